//! Schemas, of which this repository holds none: the one here is made for the test.

use causeway_iso20022::{Limits, Message, Rule, SchemaCheck, SchemaError, Schemas, Tree, validate};

const SCHEMA: &str = r#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:iso:std:iso:20022:tech:xsd:test.001.001.01"
    targetNamespace="urn:iso:std:iso:20022:tech:xsd:test.001.001.01" elementFormDefault="qualified">
  <xs:element name="Document"><xs:complexType><xs:sequence><xs:element name="Body"><xs:complexType><xs:sequence>
    <xs:element name="MsgId"><xs:simpleType><xs:restriction base="xs:string"><xs:maxLength value="5"/></xs:restriction></xs:simpleType></xs:element>
    <xs:element name="Nb" type="xs:positiveInteger" minOccurs="0"/>
    <xs:element name="Item" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
      <xs:element name="Nb" type="xs:positiveInteger"/>
    </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>
</xs:schema>"#;

fn check(body: &str) -> Vec<String> {
    let mut schemas = Schemas::default();
    assert_eq!(schemas.add(SCHEMA).unwrap().to_string(), "test.001.001.01");
    let xml = format!(
        "<e>\n<p:Document xmlns:p=\"urn:iso:std:iso:20022:tech:xsd:test.001.001.01\">\n<p:Body>{body}</p:Body></p:Document></e>"
    );
    let tree = Tree::parse(xml.as_bytes(), Limits::default()).unwrap();
    let validation = validate(&Message::find(&tree).unwrap(), &schemas);
    assert_eq!(validation.schema(), SchemaCheck::Applied);
    assert!(validation.findings().iter().all(|finding| finding.rule == Rule::Schema));
    validation.findings().iter().map(|finding| format!("{} {}", finding.path, finding.at)).collect()
}

#[test]
fn tok_4_a_schema_is_applied_to_the_document_and_names_the_place_in_the_input() {
    assert_eq!(check("<p:MsgId>ÄB</p:MsgId>\n <p:Nb>7</p:Nb>"), [""; 0]);
    assert!(
        check("<p:MsgId>ÄB</p:MsgId>\n <p:Nb>0</p:Nb>").contains(&"/e/Document/Body/Nb line 4, column 2".to_owned())
    );
    assert!(check("<p:MsgId>toolong</p:MsgId>").contains(&"/e/Document/Body/MsgId line 3, column 9".to_owned()));
    assert!(!check("<p:Other/>").is_empty());
}

#[test]
fn tok_10_a_long_list_is_checked_in_batches_and_a_mistake_keeps_its_place() {
    let items = |wrong: usize| -> String {
        let item =
            |number: usize| format!("<p:Item><p:Nb>{}</p:Nb></p:Item>", if number == wrong { 0 } else { number });
        (1..=30_000).map(item).collect()
    };
    assert_eq!(check(&format!("<p:MsgId>A</p:MsgId>{}", items(0))), [""; 0]);
    let found = check(&format!("<p:MsgId>A</p:MsgId>{}", items(29_000)));
    assert!(found.iter().all(|one| one.starts_with("/e/Document/Body/Item[29000]/Nb line 3")), "{found:?}");
    assert!(!found.is_empty());
    // What is wrong beside the list is said once, not once in each batch.
    let beside = check(&format!("<p:MsgId>toolong</p:MsgId>{}", items(0)));
    assert!(beside.len() <= 2 && beside[0].starts_with("/e/Document/Body/MsgId"), "{beside:?}");
}

#[test]
fn tok_10_a_list_of_mistakes_does_not_keep_the_validator_busy() {
    assert_eq!(check(&format!("<p:MsgId>A</p:MsgId>{}", "<p:Item/>".repeat(300_000))).len(), 100);
    assert_eq!(check(&"<p:Wrong/>".repeat(300_000)).len(), 100);
    let text = "x".repeat(1_000_000);
    assert_eq!(check(&format!("<p:MsgId>{text}</p:MsgId>")), ["/e/Document line 2, column 1"]);
}

#[test]
fn tok_10_what_is_no_schema_is_refused() {
    let mut schemas = Schemas::default();
    assert!(matches!(schemas.add("<a"), Err(SchemaError::Xml(_))));
    assert!(matches!(schemas.add("<!DOCTYPE a><a/>"), Err(SchemaError::Xml(_))));
    assert!(matches!(schemas.add("<a/>"), Err(SchemaError::Namespace)));
    assert_eq!(schemas.messages().count(), 0);
}

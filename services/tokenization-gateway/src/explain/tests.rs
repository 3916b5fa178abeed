//! What is told of messages that are right, wrong, and not to be carried out.

use causeway_iso20022::Schemas;

use super::{explain, to_json, to_table};

const MT103: &str = "{1:F01BANKBEBBAXXX0001000001}{2:I103BANKUS33XXXXN}{3:{121:174c245f-2682-4291-ad67-2a41e530cd27}}{4:\r\n\
    :20:PAY-1\r\n:23B:CRED\r\n:32A:260722EUR1234,5\r\n:33B:EUR1234,5\r\n:50K:/BE71096123456769\r\nANNA EXAMPLE\r\n\
    :59:/DE89370400440532013000\r\nBERT EXAMPLE\r\n:71A:SHA\r\n-}";

fn both(text: &str) -> (String, serde_json::Value) {
    let explanation = explain(text.as_bytes(), &Schemas::default(), "2026-07-22T09:15:00+00:00");
    (to_table(&explanation), to_json(&explanation))
}

#[test]
fn tok_4_tok_5_a_message_is_explained_with_its_order_and_the_origin_of_every_value() {
    let (table, json) = both(MT103);
    assert!(table.contains("mint EUR 1234.5 to DE89370400440532013000 for 2026-07-22\n"), "{table}");
    assert!(table.contains("as pacs.008.001.08") && table.contains("← field 32A, line 4"), "{table}");
    assert_eq!(json["messages"][0]["orders"][0]["names"][0]["scheme"], "uetr");
    assert_eq!(json["messages"][0]["orders"][0]["value_date"], "2026-07-22");
    let mapped = &json["other_standard"][0][0];
    assert_eq!((&mapped["type"], &json["refusal"]), (&"pacs.008.001.08".into(), &serde_json::Value::Null));
    assert!(mapped["lines"].as_array().unwrap().iter().all(|line| line["origin"].is_string()));
}

#[test]
fn tok_4_what_a_message_became_is_explained_back() {
    let (_, json) = both(MT103);
    let xml = json["other_standard"][0][0]["text"].as_str().unwrap();
    let (table, json) = both(xml);
    assert!(table.contains("standard   ISO 20022"), "{table}");
    assert_eq!(json["messages"][0]["orders"][0]["amount"], "1234.5");
    assert_eq!(json["other_standard"][0][0]["type"], "103");
}

#[test]
fn tok_10_what_is_wrong_is_explained_with_its_place() {
    let (table, json) = both(&MT103.replace("EUR1234,5", "EUR1234.5"));
    assert!(table.contains("line 4, column") && table.contains("field 32A"), "{table}");
    assert_eq!(json["refusal"]["reason"], "invalid");
    assert!(!json["refusal"]["findings"].as_array().unwrap().is_empty());
    let (table, _) = both("hello");
    assert!(table.starts_with("standard   unknown\norders     nothing"), "{table}");
    let (_, json) = both(&format!("{MT103}{{5:{{CHK:123456789ABC}}{{TNG:}}}}"));
    assert_eq!(json["refusal"]["reason"], "training");
}

//! No input makes the library panic, run on, or take more than it was allowed.

use causeway_iso20022::{Fault, Limits, Message, Schemas, Tree, validate};
use proptest::prelude::*;

use crate::{any_bytes::are_read_or_refused, samples};

fn fault(xml: &[u8]) -> Fault {
    Tree::parse(xml, Limits::default()).unwrap_err().fault
}

type IsRight = fn(&Fault) -> bool;

#[test]
fn tok_10_no_document_type_and_no_entity_gets_in() {
    let bomb = b"<!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
    assert!(matches!(fault(bomb), Fault::DocumentType));
    assert!(matches!(fault(b"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"), Fault::DocumentType));
    for xml in ["<a>&b;</a>", "<a b=\"&c;\"/>", "<a>&#0;</a>", "<a>&#x1;</a>", "<a>&#xFFFFFFFF;</a>"] {
        assert!(matches!(fault(xml.as_bytes()), Fault::Entity | Fault::Attribute), "{xml}");
    }
}

#[test]
fn tok_10_what_is_too_large_is_refused_before_it_is_built() {
    let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    assert!(matches!(fault(deep.as_bytes()), Fault::TooLarge("depth")));
    let attributes: String = (0..200_000).map(|number| format!(" a{number}=\"\"")).collect();
    assert!(matches!(fault(format!("<a{attributes}/>").as_bytes()), Fault::TooLarge("attributes of one element")));
    let names: String = (0..2_000).map(|number| format!("<b xmlns=\"urn:{number}\"/>")).collect();
    assert!(matches!(fault(format!("<a>{names}</a>").as_bytes()), Fault::TooLarge("namespaces")));
    assert!(matches!(fault(&vec![b' '; (8 << 20) + 1]), Fault::TooLarge("bytes")));
    let many = format!("<a>{}</a>", "<b/>".repeat(400_000));
    assert!(matches!(fault(many.as_bytes()), Fault::TooLarge("elements")));
}

#[test]
fn tok_10_other_encodings_marks_and_control_bytes_are_refused() {
    let utf16: Vec<u8> = "<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(matches!(fault(&utf16), Fault::Character(0)));
    assert!(matches!(fault(b"\xff\xfe<\0a\0"), Fault::Encoding));
    assert!(matches!(fault(b"\xef\xbb\xbf<a/>"), Fault::Encoding));
    assert!(matches!(fault(b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>"), Fault::Encoding));
    assert!(matches!(fault(b"<a>\xe9</a>"), Fault::Encoding));
    assert!(matches!(fault(b"<a>\0</a>"), Fault::Character(0)));
    assert!(matches!(fault(b"<a>\x1b</a>"), Fault::Character(0x1b)));
}

#[test]
fn tok_10_broken_xml_is_refused_with_its_place() {
    let cases: [(&str, IsRight); 12] = [
        ("", |fault| matches!(fault, Fault::Root)),
        ("hello", |fault| matches!(fault, Fault::Root)),
        ("<a>", |fault| matches!(fault, Fault::Root | Fault::NotWellFormed(_))),
        ("<a></b>", |fault| matches!(fault, Fault::NotWellFormed(_))),
        ("<a/><b/>", |fault| matches!(fault, Fault::Root)),
        ("<a/>x", |fault| matches!(fault, Fault::Root)),
        ("<a b=1/>", |fault| matches!(fault, Fault::Attribute)),
        ("<a b=\"1\" b=\"2\"/>", |fault| matches!(fault, Fault::Attribute)),
        ("<p:a/>", |fault| matches!(fault, Fault::Prefix)),
        ("<a p:b=\"1\"/>", |fault| matches!(fault, Fault::Prefix)),
        ("<1a/>", |fault| matches!(fault, Fault::Name)),
        ("<a>text<b/></a>", |fault| matches!(fault, Fault::Mixed)),
    ];
    for (xml, is_right) in cases {
        let found = fault(xml.as_bytes());
        assert!(is_right(&found), "{xml:?}: {found:?}");
    }
    // Found by fuzzing: what was written for such a namespace was read as another one.
    for namespace in ["urn:a&amp;b", "urn:a&#10;b", "urn:a\nb", "urn:a b", "urn:'\t", "urn:>a", "urn:\u{feff}"] {
        let found = fault(format!("<a xmlns=\"{namespace}\"/>").as_bytes());
        assert!(matches!(found, Fault::Attribute), "{namespace:?}: {found:?}");
    }
    let error = Tree::parse("<a>\n <é b=1/>\n</a>".as_bytes(), Limits::default()).unwrap_err();
    assert_eq!(error.to_string(), "line 2, column 2: an attribute is not well-formed");
}

#[test]
fn tok_10_a_message_made_of_mistakes_costs_no_more_than_another() {
    let wrong = "<Ctry>ZZ</Ctry>".repeat(300_000);
    let xml = samples::document("pacs.008.001.08", &format!("<FIToFICstmrCdtTrf>{wrong}</FIToFICstmrCdtTrf>"));
    let tree = Tree::parse(xml.as_bytes(), Limits::default()).unwrap();
    let validation = validate(&Message::find(&tree).unwrap(), &Schemas::default());
    assert_eq!(validation.findings().len(), 100);
}

#[test]
fn tok_10_two_documents_are_no_message() {
    let both = format!("<x>{}{}</x>", samples::pacs002(), samples::pacs004());
    let tree = Tree::parse(both.as_bytes(), Limits::default()).unwrap();
    assert!(matches!(Message::find(&tree).unwrap_err().fault, Fault::SeveralDocuments));
}

proptest! {
    #[test]
    fn tok_10_any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..1_000)) {
        are_read_or_refused(&bytes);
    }

    #[test]
    fn tok_10_any_markup_is_read_or_refused(text in "[<>/a-c:=\"' &;#x0-9!\\[\\]?-]{0,200}") {
        are_read_or_refused(text.as_bytes());
        are_read_or_refused(format!("<a>{text}</a>").as_bytes());
    }

    #[test]
    fn tok_10_a_message_with_a_few_wrong_bytes_is_read_or_refused(
        which in 0_usize..12,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = samples::all().swap_remove(which).into_bytes();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        are_read_or_refused(&bytes);
    }
}

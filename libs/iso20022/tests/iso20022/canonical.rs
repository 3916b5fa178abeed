//! One content, one spelling; and drafts, which are written in it.

use causeway_iso20022::{Draft, DraftError, Limits, Message, Schemas, Tree, validate};
use proptest::prelude::*;

use crate::samples;

fn canonical(xml: &str) -> String {
    Tree::parse(xml.as_bytes(), Limits::default()).unwrap().root().canonical().text
}

#[test]
fn tok_4_what_says_the_same_is_spelled_the_same() {
    let one = "<a xmlns=\"urn:a\" z=\"1\" b=\"2\"><b>x &gt; y</b><c/></a>";
    let other = "<?xml version='1.0'?>\n<!-- c --><p:a b='2'  z=\"&#49;\" xmlns:p='urn:a'>\n <p:b><![CDATA[x > y]]></p:b>\n<p:c></p:c> </p:a>\n";
    assert_eq!(canonical(one), "<a xmlns=\"urn:a\" b=\"2\" z=\"1\"><b>x &gt; y</b><c></c></a>");
    assert_eq!(canonical(one), canonical(other));
}

#[test]
fn tok_4_namespaces_are_declared_where_they_change() {
    let xml = "<a xmlns=\"urn:a\"><x:b xmlns:x=\"urn:x\" x:k=\"1\" k=\"2\" xml:lang=\"en\"><c xmlns=\"\"/></x:b></a>";
    let text = canonical(xml);
    assert_eq!(
        text,
        "<a xmlns=\"urn:a\"><b xmlns=\"urn:x\" xmlns:a1=\"urn:x\" k=\"2\" xml:lang=\"en\" a1:k=\"1\"><c xmlns=\"\"></c></b></a>"
    );
    assert_eq!(canonical(&text), text);
}

#[test]
fn tok_4_every_sample_is_written_back() {
    for xml in samples::all() {
        assert_eq!(canonical(&xml), xml);
    }
}

#[test]
fn tok_4_a_draft_is_a_message_in_canonical_form() {
    let amount = causeway_identifiers::Amount::new("EUR".parse().unwrap(), "95.50".parse().unwrap()).unwrap();
    let text = Draft::new("pacs.004.001.09".parse().unwrap())
        .leaf("PmtRtr/GrpHdr/MsgId", "M-1")
        .leaf("PmtRtr/GrpHdr/NbOfTxs", "2")
        .leaf("PmtRtr/TxInf[1]/RtrId", "R & 1")
        .amount("PmtRtr/TxInf[1]/RtrdIntrBkSttlmAmt", amount)
        .maybe("PmtRtr/TxInf[1]/Nothing", None)
        .leaf("PmtRtr/TxInf[2]/RtrId", "R-2")
        .amount("PmtRtr/TxInf[2]/RtrdIntrBkSttlmAmt", amount)
        .finish()
        .unwrap();
    assert_eq!(canonical(&text), text);
    let tree = Tree::parse(text.as_bytes(), Limits::default()).unwrap();
    let message = Message::find(&tree).unwrap();
    assert!(validate(&message, &Schemas::default()).is_valid());
    let ids: Vec<_> = message.body.all("TxInf").map(|one| one.text_at("RtrId").unwrap()).collect();
    assert_eq!(ids, ["R & 1", "R-2"]);
}

#[test]
fn tok_10_a_draft_cannot_be_broken_out_of() {
    let draft = || Draft::new("pacs.002.001.10".parse().unwrap());
    let text = draft().leaf("A/B", "</B><C>x</C>").finish().unwrap();
    assert_eq!(
        text,
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10\"><A><B>&lt;/B&gt;&lt;C&gt;x&lt;/C&gt;</B></A></Document>"
    );
    for path in ["", "/A", "A//B", "A/B C", "A/<B>", "A/B[x]", "A/B[1"] {
        assert_eq!(draft().leaf(path, "x").finish(), Err(DraftError::Path), "{path:?}");
    }
    assert_eq!(draft().leaf("A/B", "\u{0}").finish(), Err(DraftError::Character));
    assert_eq!(draft().finish(), Err(DraftError::Empty));
}

proptest! {
    #[test]
    fn tok_4_any_text_comes_back_as_it_was(text in any::<String>()) {
        let drafted = Draft::new("pacs.002.001.10".parse().unwrap()).leaf("A/B", &text).finish();
        if let Ok(xml) = drafted {
            let tree = Tree::parse(xml.as_bytes(), Limits::default()).unwrap();
            prop_assert_eq!(tree.root().at("A/B").unwrap().raw_text(), &text);
            prop_assert_eq!(tree.root().canonical().text, xml);
        }
    }
}

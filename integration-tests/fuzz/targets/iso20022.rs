//! Any bytes are read as an ISO 20022 message or refused; its canonical form is read as the same.
#![no_main]

use causeway_iso20022::{
    Limits, Message, Schemas, Tree, validate,
    view::{Reports, Returns, Settlement, StatusReport, Transfers},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(tree) = Tree::parse(bytes, Limits::default()) else { return };
    let text = tree.root().canonical().text;
    let again = Tree::parse(text.as_bytes(), Limits::default()).expect("what was written is read");
    assert_eq!(again.root().canonical().text, text);
    if let Ok(message) = Message::find(&tree) {
        let _ = validate(&message, &Schemas::default());
        let _ = (Transfers::read(&message), Reports::read(&message), Returns::read(&message));
        let _ = (Settlement::read(&message), StatusReport::read(&message));
    }
});

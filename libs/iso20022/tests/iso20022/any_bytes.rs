//! What holds for any bytes, whoever made them up: the tests here and the fuzzer in `integration-tests/fuzz`.

use causeway_iso20022::{
    Limits, Message, Schemas, Tree, validate,
    view::{Reports, Returns, Settlement, StatusReport, Transfers},
};

/// Reads, validates, views and writes whatever can be read; its canonical form is read as the same.
pub(crate) fn are_read_or_refused(bytes: &[u8]) {
    let Ok(tree) = Tree::parse(bytes, Limits::default()) else { return };
    let text = tree.root().canonical().text;
    let again = Tree::parse(text.as_bytes(), Limits::default()).expect("what was written is read");
    assert_eq!(again.root().canonical().text, text);
    if let Ok(message) = Message::find(&tree) {
        let _ = validate(&message, &Schemas::default());
        let _ = (Transfers::read(&message), Reports::read(&message), Returns::read(&message));
        let _ = (Settlement::read(&message), StatusReport::read(&message));
    }
}

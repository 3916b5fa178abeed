//! What holds for any bytes, whoever made them up: the tests here and the fuzzer in `integration-tests/fuzz`.

use causeway_fin::{
    Limits, Messages, parse, validate,
    view::{Settlement, Statement, Transfer, TransferRequest},
};

/// Reads, validates and writes whatever can be read; what was written is read as the same.
pub(crate) fn are_read_or_refused(bytes: &[u8]) {
    let Ok(messages) = Messages::new(bytes, Limits::default()) else { return };
    for message in messages.map_while(Result::ok) {
        let validation = validate(&message);
        for field in message.fields() {
            let _ = field.parts().map(|parts| parts.iter().count());
        }
        let _ = (Transfer::read(&validation), TransferRequest::read(&validation));
        let _ = (Settlement::read(&validation), Statement::read(&validation));
        let written = message.to_string();
        let again = parse(written.as_bytes()).expect("what was written is read");
        assert_eq!(again.to_string(), written);
    }
}

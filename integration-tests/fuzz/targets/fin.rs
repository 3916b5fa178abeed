//! Any bytes are read as SWIFT FIN or refused; what was read is written, and what was written is read as the same.
#![no_main]

use causeway_fin::{
    Limits, Messages, parse, validate,
    view::{Settlement, Statement, Transfer, TransferRequest},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
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
});

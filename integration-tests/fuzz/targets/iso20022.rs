//! Any bytes are read as an ISO 20022 message or refused; its canonical form is read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../libs/iso20022/tests/iso20022/any_bytes.rs"]
mod any_bytes;

fuzz_target!(|bytes: &[u8]| any_bytes::are_read_or_refused(bytes));

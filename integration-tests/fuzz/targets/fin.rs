//! Any bytes are read as SWIFT FIN or refused; what was read is written, and what was written is read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../libs/fin/tests/fin/any_bytes.rs"]
mod any_bytes;

fuzz_target!(|bytes: &[u8]| any_bytes::are_read_or_refused(bytes));

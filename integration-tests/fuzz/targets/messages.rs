//! Whatever is posted to the gateway is taken in or refused, and explained; no instruction says more than its message.
#![no_main]

use causeway_iso20022::Schemas;
use libfuzzer_sys::fuzz_target;
use tokenization_gateway::{
    explain::{explain, to_json, to_table},
    intake::read,
};

fuzz_target!(|bytes: &[u8]| {
    let schemas = Schemas::default();
    let taken = read(bytes, &schemas);
    let explanation = explain(bytes, &schemas, "2026-07-22T09:15:00Z");
    let (json, table) = (to_json(&explanation), to_table(&explanation));
    assert!(json.is_object() && !table.is_empty());
    if let Err(refusal) = taken {
        assert!(!refusal.to_string().is_empty());
    }
});

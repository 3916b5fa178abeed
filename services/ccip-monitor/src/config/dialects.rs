//! The operators' own dialects: event signatures and field maps → decoders.

use std::collections::BTreeSet;

use causeway_runtime::config::Validator;

use super::raw;
use crate::adapters::dialects::{Definition, EventDefinition, Private};

/// The dialects that are code.
pub(super) const CHAINLINK: [&str; 3] = ["ccip-1.5", "ccip-1.6", "ccip-2.0"];

/// The preset and the listed ones; names are different.
pub(super) fn dialects(raw: &raw::Raw, validator: &mut Validator<'_>) -> Option<Vec<Private>> {
    let preset = Private::operators();
    let mut names: BTreeSet<&str> = CHAINLINK.into_iter().chain([preset.name()]).collect();
    let mut dialects = vec![];
    for (index, dialect) in raw.dialects.iter().enumerate() {
        if !names.insert(&dialect.name) {
            validator.refuse(&format!("dialects.{index}.name"), "a name that no other dialect has");
        }
        let event = |event: &raw::DialectEvent| EventDefinition {
            signature: event.event.clone(),
            fields: event.fields.clone(),
        };
        let definition = Definition {
            name: dialect.name.clone(),
            sent: event(&dialect.sent),
            executed: event(&dialect.executed),
            failed: dialect.failed.as_ref().map(event),
            delivered: dialect.delivered.as_ref().map(event),
        };
        match Private::new(&definition) {
            Ok(private) => dialects.push(private),
            Err(error) => {
                validator.refuse(&format!("dialects.{index}"), format_args!("a dialect that fits together, but {error}"));
            }
        }
    }
    let complete = dialects.len() == raw.dialects.len();
    dialects.push(preset);
    complete.then_some(dialects)
}

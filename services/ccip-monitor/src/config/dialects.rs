//! The operators' own dialects: event signatures and field maps → decoders.

use std::collections::BTreeSet;

use causeway_runtime::config::Validator;

use super::raw;
use crate::adapters::dialects::{
    Private,
    private::{Description, Meaning},
};

/// The dialects that are code.
pub(super) const CHAINLINK: [&str; 3] = ["ccip-1.5", "ccip-1.6", "ccip-2.0"];

/// The preset and the listed ones; names are different.
pub(super) fn dialects(raw: &raw::Raw, validator: &mut Validator<'_>) -> Option<Vec<Private>> {
    let preset = validator.accept("dialects", "a preset that fits together", Private::operators())?;
    let mut names: BTreeSet<&str> = CHAINLINK.into_iter().chain([preset.name()]).collect();
    let mut dialects = vec![];
    for (index, dialect) in raw.dialects.iter().enumerate() {
        if !names.insert(&dialect.name) {
            validator.refuse(&format!("dialects.{index}.name"), "a name that no other dialect has");
        }
        match Private::new(&dialect.name, &descriptions(dialect)) {
            Ok(private) => dialects.push(private),
            Err(error) => {
                let expected = format!("a dialect that fits together, but {error}");
                validator.refuse(&format!("dialects.{index}"), expected);
            }
        }
    }
    let complete = dialects.len() == raw.dialects.len();
    dialects.push(preset.clone());
    complete.then_some(dialects)
}

fn descriptions(dialect: &raw::Dialect) -> Vec<Description> {
    let events = [
        (Meaning::Sent, Some(&dialect.sent)),
        (Meaning::Executed, Some(&dialect.executed)),
        (Meaning::Failed, dialect.failed.as_ref()),
        (Meaning::Delivered, dialect.delivered.as_ref()),
    ];
    let described = |(meaning, event): (Meaning, Option<&raw::DialectEvent>)| {
        event.map(|event| Description { meaning, event: event.event.clone(), fields: event.fields.clone() })
    };
    events.into_iter().filter_map(described).collect()
}

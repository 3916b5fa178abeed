//! A change as columns.

use causeway_primitives::{B256, Timestamp};
use causeway_store::Error;
use serde_json::Value;
use time::OffsetDateTime;

use crate::domain::change::{Change, plan::Deed};

/// The columns that are no field of a change as they stand.
pub(super) struct Columns<'a> {
    pub(super) state: &'static str,
    pub(super) action: Option<&'a str>,
    pub(super) undo: Option<&'a str>,
    pub(super) instructions: Option<&'a str>,
    pub(super) parameters: Value,
    pub(super) plan_hash: B256,
    pub(super) validate_within_ms: i64,
    pub(super) look_verdict: Option<&'static str>,
    pub(super) look_words: Option<&'a str>,
    pub(super) look_at: Option<OffsetDateTime>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(change: &'a Change) -> Result<Self, Error> {
        let (action, undo, instructions) = match &change.plan.deed {
            Deed::Action { action, undo } => (Some(action.as_str()), undo.as_deref(), None),
            Deed::ByHand { instructions } => (None, None, Some(instructions.as_str())),
        };
        let look = change.look.as_ref();
        let within = i64::try_from(change.terms.validate_within.as_millis());
        Ok(Self {
            state: change.state.as_str(),
            action,
            undo,
            instructions,
            parameters: serde_json::to_value(&change.plan.values).unwrap_or_default(),
            plan_hash: change.plan.hash(),
            validate_within_ms: within
                .map_err(|source| Error::Unwritable { column: "change.validate_within_ms", source: source.into() })?,
            look_verdict: look.map(|look| look.verdict.as_str()),
            look_words: look.map(|look| look.words.as_str()),
            look_at: look.map(|look| Timestamp::to_datetime(look.at)),
        })
    }
}

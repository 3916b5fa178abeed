//! From a row to a change.

use std::time::Duration;

use causeway_store::Error;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    changes::Filed,
    values::{timestamp, unsigned},
};
use crate::domain::change::{
    Change, Look, State, Terms,
    expect::Verdict,
    plan::{Deed, Plan},
};

/// A row.
pub(super) struct Row {
    pub(super) change_id: Uuid,
    pub(super) revision: i64,
    pub(super) state: String,
    pub(super) procedure: String,
    pub(super) service: String,
    pub(super) action: Option<String>,
    pub(super) undo: Option<String>,
    pub(super) instructions: Option<String>,
    pub(super) parameters: Value,
    pub(super) reason: String,
    pub(super) plan_hash: Vec<u8>,
    pub(super) proposer: String,
    pub(super) proposed_at: OffsetDateTime,
    pub(super) approvals_needed: i64,
    pub(super) expires_at: OffsetDateTime,
    pub(super) validate_within_ms: i64,
    pub(super) approvals: Vec<String>,
    pub(super) look_verdict: Option<String>,
    pub(super) look_words: Option<String>,
    pub(super) look_at: Option<OffsetDateTime>,
    pub(super) doer: Option<String>,
    pub(super) due_at: Option<OffsetDateTime>,
    pub(super) outcome: String,
    pub(super) changed_at: OffsetDateTime,
}

/// # Errors
/// [`Error::Unreadable`]; also when the plan is not the one that was filed, whose hash stands beside it.
pub(super) fn filed(row: Row) -> Result<Filed, Error> {
    let unreadable = |column| Error::Unreadable { column };
    let deed = match (row.action, row.instructions) {
        (Some(action), None) => Deed::Action { action, undo: row.undo },
        (None, Some(instructions)) => Deed::ByHand { instructions },
        (Some(_), Some(_)) | (None, None) => return Err(unreadable("change.action")),
    };
    let values = serde_json::from_value(row.parameters).map_err(|_| unreadable("change.parameters"))?;
    let plan = Plan { procedure: row.procedure, service: row.service, deed, values, reason: row.reason };
    if plan.hash().as_slice() != row.plan_hash {
        return Err(unreadable("change.plan_hash"));
    }
    let within = u64::try_from(row.validate_within_ms).map_err(|_| unreadable("change.validate_within_ms"))?;
    let terms = Terms {
        approvals: u32::try_from(row.approvals_needed).map_err(|_| unreadable("change.approvals_needed"))?,
        expires_at: timestamp(row.expires_at, "change.expires_at")?,
        validate_within: Duration::from_millis(within),
    };
    let look = look(row.look_verdict, row.look_words, row.look_at)?;
    Ok(Filed {
        id: row.change_id,
        revision: unsigned(row.revision),
        changed_at: timestamp(row.changed_at, "change.changed_at")?,
        change: Change {
            plan,
            proposer: row.proposer,
            proposed_at: timestamp(row.proposed_at, "change.proposed_at")?,
            terms,
            approvals: row.approvals,
            state: State::from_name(&row.state).ok_or_else(|| unreadable("change.state"))?,
            look,
            doer: row.doer,
            due_at: row.due_at.map(|at| timestamp(at, "change.due_at")).transpose()?,
            outcome: row.outcome,
        },
    })
}

fn look(verdict: Option<String>, words: Option<String>, at: Option<OffsetDateTime>) -> Result<Option<Look>, Error> {
    let (Some(verdict), Some(words), Some(at)) = (verdict, words, at) else { return Ok(None) };
    let verdict = Verdict::from_name(&verdict).ok_or(Error::Unreadable { column: "change.look_verdict" })?;
    Ok(Some(Look { verdict, words, at: timestamp(at, "change.look_at")? }))
}

//! Changes as the contract has them.

use causeway_grpc::{Code, Refusal};
use causeway_proto::ops::v1::{AuditEntry, Change, ChangeLook, Procedure, ProcedureParameter};
use causeway_service::wire::timestamp;
use causeway_telemetry::Chain;
use tonic::Status;

use crate::{
    adapters::store::{AuditRow, Filed},
    app::changes::Error,
    domain::change::{
        Look,
        catalogue::{self, Doing},
        expect::Expectation,
        plan::{self, Deed},
    },
};

pub(super) fn procedure(one: &catalogue::Procedure, approvals: u32) -> Procedure {
    let (action, undo, instructions) = match one.doing {
        Doing::Action { action, undo, .. } => (action, undo.unwrap_or_default(), ""),
        Doing::ByHand(instructions) => ("", "", instructions),
    };
    let words = |wanted: &Expectation| format!("{} is {}", wanted.fact.words(), wanted.is.join(" or "));
    Procedure {
        name: one.name.to_owned(),
        description: one.does.to_owned(),
        service: one.service.to_owned(),
        action: action.to_owned(),
        undo: undo.to_owned(),
        instructions: instructions.to_owned(),
        parameters: one.parameters.iter().map(parameter).collect(),
        before: one.preconditions().iter().map(words).collect(),
        after: one.after.iter().map(words).collect(),
        approvals,
    }
}

fn parameter(one: &catalogue::Parameter) -> ProcedureParameter {
    let expected = match one.optional {
        Some(without) => format!("{}; left out: {without}", one.expected),
        None => one.expected.to_owned(),
    };
    ProcedureParameter { name: one.name.to_owned(), expected, required: one.optional.is_none() }
}

pub(super) fn look(look: &Look) -> ChangeLook {
    ChangeLook { verdict: look.verdict.as_str().to_owned(), words: look.words.clone(), at: timestamp(look.at) }
}

pub(super) fn change(filed: &Filed) -> Change {
    let one = &filed.change;
    let (action, undo, instructions) = match &one.plan.deed {
        Deed::Action { action, undo } => (action.clone(), undo.clone().unwrap_or_default(), String::new()),
        Deed::ByHand { instructions } => (String::new(), String::new(), instructions.clone()),
    };
    Change {
        change_id: filed.id.to_string(),
        procedure: one.plan.procedure.clone(),
        service: one.plan.service.clone(),
        action,
        undo,
        instructions,
        parameters: one.plan.values.clone().into_iter().collect(),
        reason: one.plan.reason.clone(),
        plan_hash: one.plan.hash().to_string(),
        state: one.state.as_str().to_owned(),
        proposer: one.proposer.clone(),
        proposed_at: timestamp(one.proposed_at),
        expires_at: timestamp(one.terms.expires_at),
        approvals_needed: one.terms.approvals,
        approvals: one.approvals.clone(),
        look: one.look.as_ref().map(look),
        doer: one.doer.clone().unwrap_or_default(),
        outcome: one.outcome.clone(),
        changed_at: timestamp(filed.changed_at),
    }
}

pub(super) fn entry(row: AuditRow) -> AuditEntry {
    AuditEntry {
        index: row.index,
        at: timestamp(row.at),
        kind: row.kind,
        subject: row.subject,
        actor: row.actor,
        body_json: row.body,
        link: row.link.to_string(),
    }
}

/// What the caller is told.
pub(super) fn refusal(error: Error) -> Status {
    let words = error.words();
    let (code, reason) = match &error {
        Error::MayNot { .. } => (Code::PermissionDenied, "ROLE_MISSING"),
        Error::Unknown => (Code::NotFound, "CHANGE_UNKNOWN"),
        Error::Plan(plan::Error::Value { name, expected }) => return Refusal::field(*name, expected).into(),
        Error::Plan(plan::Error::Unknown(_) | plan::Error::Stray { .. } | plan::Error::Reason) => {
            (Code::InvalidArgument, "FIELD_INVALID")
        }
        Error::Refused(_) => (Code::FailedPrecondition, "NOT_POSSIBLE"),
        Error::TooMany(_) => (Code::ResourceExhausted, "TOO_MANY_WAIT"),
        Error::NameTaken => (Code::FailedPrecondition, "NAME_TAKEN"),
        Error::Meanwhile => (Code::Conflict, "CHANGED_MEANWHILE"),
        Error::Store(error) => {
            tracing::error!(error = %Chain(error), "call failed");
            let code = if error.is_retryable() { Code::Unavailable } else { Code::Internal };
            (code, "STORE_UNAVAILABLE")
        }
    };
    Refusal::new(code, reason, words).into()
}

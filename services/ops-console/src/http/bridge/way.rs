//! Halts, incidents, and the ways out of them.

use causeway_primitives::Timestamp;
use causeway_proto::guard::v1::{Halt, Incident, IncidentDecision, IncidentState, Resume, ResumeKind, ResumeState};

use super::{
    super::{
        marks::{Code, When},
        page::Mark,
        params::change,
    },
    board::scope,
};
use crate::adapters::wire::{moment, name, sentence, text};

/// Rows within a row.
const MOST: usize = 100;

/// A halt that holds.
pub(super) struct Halted {
    pub(super) scope: &'static str,
    pub(super) code: String,
    pub(super) reason: String,
    pub(super) by: String,
    pub(super) at: When,
    pub(super) incident: Code,
    pub(super) resume_link: String,
}

/// The word of the procedures for a scope.
fn named(halt: &Halt) -> &'static str {
    match halt.scope() {
        causeway_proto::guard::v1::Scope::BatchCreation => "batch_creation",
        causeway_proto::guard::v1::Scope::Settlement => "settlement",
        causeway_proto::guard::v1::Scope::Tokenization => "tokenization",
        causeway_proto::guard::v1::Scope::All | causeway_proto::guard::v1::Scope::Unspecified => "all",
    }
}

pub(super) fn halted(wire: &Halt, now: Timestamp) -> Halted {
    Halted {
        scope: scope(wire.scope()),
        code: name(&wire.code),
        reason: sentence(&wire.reason),
        by: name(&wire.caused_by),
        at: When::of(moment(wire.halted_at.as_ref()), now, "not known"),
        incident: Code::of(&wire.incident_id),
        resume_link: change("relayer-invariant-guard", "relayer.resume", &[("scope", named(wire))]),
    }
}

/// An incident in a list.
pub(super) struct Opened {
    pub(super) id: Code,
    pub(super) mark: Mark,
    pub(super) code: String,
    pub(super) reason: String,
    pub(super) at: When,
    pub(super) taken_by: String,
    pub(super) decision: &'static str,
}

pub(super) fn opened(wire: &Incident, now: Timestamp) -> Opened {
    let halt = wire.halt.clone().unwrap_or_default();
    Opened {
        id: Code::of(&wire.incident_id),
        mark: standing(wire.state()),
        code: name(&halt.code),
        reason: sentence(&halt.reason),
        at: When::of(moment(halt.halted_at.as_ref()), now, "not known"),
        taken_by: name(&wire.acknowledged_by),
        decision: decision(wire.decision()),
    }
}

pub(super) const fn standing(state: IncidentState) -> Mark {
    match state {
        IncidentState::Unspecified => Mark::unknown("unknown"),
        IncidentState::Open => Mark::wrong("open"),
        IncidentState::Acknowledged => Mark::less("taken"),
        IncidentState::Decided => Mark::less("decided"),
        IncidentState::Mitigated => Mark::waits("mitigated, no post-mortem yet"),
        IncidentState::Closed => Mark::ok("closed"),
    }
}

pub(super) const fn decision(decision: IncidentDecision) -> &'static str {
    match decision {
        IncidentDecision::Unspecified => "not decided",
        IncidentDecision::FixForward => "repaired and on from there",
        IncidentDecision::RollBack => "back to the last checkpoint",
        IncidentDecision::FalseAlarm => "false alarm",
    }
}

/// A way out of a halt, with who said yes.
pub(super) struct Way {
    pub(super) id: Code,
    pub(super) halt: Code,
    pub(super) kind: &'static str,
    pub(super) mark: Mark,
    pub(super) plan: String,
    pub(super) plan_hash: Code,
    pub(super) evidence_hash: Code,
    /// Somebody's word is missing.
    pub(super) waits: bool,
    pub(super) proposer: String,
    pub(super) approvals: Vec<(String, When, String)>,
    pub(super) needed: u32,
    pub(super) progress: String,
    pub(super) expires: When,
    pub(super) ended: String,
}

pub(super) fn way(wire: &Resume, now: Timestamp) -> Way {
    let approval = |one: &causeway_proto::guard::v1::Approval| {
        (name(&one.operator), When::of(moment(one.at.as_ref()), now, "not known"), sentence(&one.comment))
    };
    Way {
        id: Code::of(&wire.resume_id),
        halt: Code::of(&wire.halt_id),
        kind: match wire.kind() {
            ResumeKind::Unspecified => "unknown",
            ResumeKind::Resume => "resume",
            ResumeKind::Release => "release",
        },
        mark: match wire.state() {
            ResumeState::Unspecified => Mark::unknown("unknown"),
            ResumeState::Proposed => Mark::waits("waits for approval"),
            ResumeState::Approved => Mark::waits("approved"),
            ResumeState::Validating => Mark::waits("validating"),
            ResumeState::Probation => Mark::less("on probation"),
            ResumeState::Running => Mark::ok("running"),
            ResumeState::Ended => Mark::unknown("ended"),
        },
        plan: text(&wire.plan),
        plan_hash: Code::of(&wire.plan_hash),
        evidence_hash: Code::of(&wire.evidence_hash),
        waits: wire.state() == ResumeState::Proposed,
        proposer: name(&wire.proposer),
        approvals: wire.approvals.iter().take(MOST).map(approval).collect(),
        needed: wire.approvals_needed,
        progress: format!(
            "{} of {} validations, {} of {} passes of probation",
            wire.validations, wire.validations_needed, wire.probation_passes, wire.probation_needed
        ),
        expires: When::of(moment(wire.expires_at.as_ref()), now, "not known"),
        ended: sentence(&wire.ended_because),
    }
}

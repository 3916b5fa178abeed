//! Values → wire for the operators' calls. Pure.

use std::time::Duration;

use causeway_primitives::{B256, ChainName, Timestamp};
use causeway_proto::{
    guard::v1 as wire,
    types::v1::{BigInteger, ChainPosition},
};
use uuid::Uuid;

use super::convert::scope_out;
use crate::{
    adapters::store::{AdjustmentRow, AuditRow, HaltRow, IncidentRow, LeaseRow, Outcome, ResumeRow},
    app::{Checked, Dossier, Facts, Happened, Pauser},
    domain::{
        incident::{Decision, State},
        latch::HaltId,
        name::Name,
        pause::Readiness,
        resume::{Ending, Kind, State as ResumeState},
    },
};

pub(super) fn time(value: Timestamp) -> Option<prost_types::Timestamp> {
    let nanos = i32::try_from(value.as_millis() % 1_000).unwrap_or(0).saturating_mul(1_000_000);
    Some(prost_types::Timestamp { seconds: i64::try_from(value.as_secs()).unwrap_or(i64::MAX), nanos })
}

pub(super) fn span(value: Duration) -> Option<prost_types::Duration> {
    // Only a span of more than 10,000 years has none.
    prost_types::Duration::try_from(value).ok()
}

/// 64 hexadecimal digits.
pub(super) fn hash(value: B256) -> String {
    value.to_string().trim_start_matches("0x").to_owned()
}

pub(super) fn id(halt: HaltId) -> String {
    Uuid::from_u128(halt.get()).to_string()
}

pub(super) fn halt(row: &HaltRow) -> wire::Halt {
    let halt = &row.halt;
    wire::Halt {
        halt_id: id(halt.id),
        scope: scope_out(halt.scope).into(),
        code: halt.cause.as_str().to_owned(),
        reason: row.reason.clone(),
        caused_by: row.caused_by.clone(),
        epoch: halt.epoch,
        halted_at: time(halt.at),
        incident_id: id(halt.id),
        parent_halt_id: halt.parent.map(id).unwrap_or_default(),
        released_at: row.released_at.and_then(time),
    }
}

pub(super) fn lease(row: &LeaseRow, ends_by: Timestamp) -> wire::GrantedLease {
    let (holder, scope) = (row.holder.to_string(), scope_out(row.scope).into());
    wire::GrantedLease { holder, scope, sequence: row.sequence, ends_by: time(ends_by) }
}

/// Without timeline and investigations.
pub(super) fn incident(row: &IncidentRow) -> wire::Incident {
    wire::Incident {
        incident_id: id(row.halt.halt.id),
        halt: Some(halt(&row.halt)),
        state: incident_state(row.state).into(),
        verdict_id: row.verdict.map(|id| id.to_string()).unwrap_or_default(),
        evidence_hash: hash(row.halt.halt.evidence),
        decision: row.decision.map_or(wire::IncidentDecision::Unspecified, decision).into(),
        root_cause: row.root_cause.clone(),
        acknowledged_by: row.acknowledged_by.clone().unwrap_or_default(),
        timeline: Vec::new(),
        investigations: Vec::new(),
    }
}

pub(super) fn dossier(dossier: &Dossier) -> wire::Incident {
    let fired = &dossier.incident.halt;
    let line = |at, (kind, actor, text): (&str, &str, &str)| wire::TimelineEntry {
        at: time(at),
        kind: kind.to_owned(),
        actor: actor.to_owned(),
        text: text.to_owned(),
    };
    let first = line(fired.halt.at, ("fired", "guard", &fired.reason));
    let rest = dossier.entries.iter().map(|entry| line(entry.at, (&entry.kind, &entry.actor, &entry.text)));
    let found = dossier.investigations.iter().map(|found| wire::Investigation {
        name: found.name.clone(),
        summary: found.summary.clone(),
        rows_json: found.rows.clone(),
    });
    wire::Incident {
        timeline: std::iter::once(first).chain(rest).collect(),
        investigations: found.collect(),
        ..incident(&dossier.incident)
    }
}

const fn incident_state(state: State) -> wire::IncidentState {
    match state {
        State::Open => wire::IncidentState::Open,
        State::Acknowledged => wire::IncidentState::Acknowledged,
        State::Decided => wire::IncidentState::Decided,
        State::Mitigated => wire::IncidentState::Mitigated,
        State::Closed => wire::IncidentState::Closed,
    }
}

const fn decision(decision: Decision) -> wire::IncidentDecision {
    match decision {
        Decision::FixForward => wire::IncidentDecision::FixForward,
        Decision::RollBack => wire::IncidentDecision::RollBack,
        Decision::FalseAlarm => wire::IncidentDecision::FalseAlarm,
    }
}

pub(super) fn resume(row: &ResumeRow) -> wire::Resume {
    let (plan, small) = (&row.resume.plan, |count: u64| u32::try_from(count).unwrap_or(u32::MAX));
    let approval = |approval: &crate::adapters::store::ApprovalRow| wire::Approval {
        operator: approval.operator.to_string(),
        at: time(approval.at),
        comment: approval.comment.clone(),
    };
    let kind = match plan.kind {
        Kind::Resume => wire::ResumeKind::Resume,
        Kind::Release => wire::ResumeKind::Release,
    };
    let (state, ended_because) = resume_state(&row.resume.state);
    wire::Resume {
        resume_id: row.id.to_string(),
        halt_id: id(plan.halt),
        kind: kind.into(),
        state: state.into(),
        plan: plan.text.clone(),
        plan_hash: hash(plan.hash()),
        evidence_hash: hash(plan.evidence),
        proposer: row.resume.proposer.to_string(),
        approvals: row.approvals.iter().map(approval).collect(),
        approvals_needed: row.policy.approvals,
        expires_at: time(row.resume.expires_at),
        validations: small(row.validations),
        validations_needed: row.policy.validations,
        probation_passes: small(row.probation_passes),
        probation_needed: match plan.kind {
            Kind::Resume => row.policy.probation,
            Kind::Release => 0,
        },
        ended_because,
    }
}

fn resume_state(state: &ResumeState) -> (wire::ResumeState, String) {
    match state {
        ResumeState::Proposed => (wire::ResumeState::Proposed, String::new()),
        ResumeState::Approved => (wire::ResumeState::Approved, String::new()),
        ResumeState::Validating { .. } => (wire::ResumeState::Validating, String::new()),
        ResumeState::Probation { .. } => (wire::ResumeState::Probation, String::new()),
        ResumeState::Running => (wire::ResumeState::Running, String::new()),
        ResumeState::Ended(ending) => {
            let because = match ending {
                Ending::Refused(operator) => format!("refused by {operator}"),
                Ending::Expired => "expired".to_owned(),
                Ending::Violation => "a violation came on the way".to_owned(),
                Ending::HaltedAgain(halt) => format!("halted again by {}", id(*halt)),
            };
            (wire::ResumeState::Ended, because)
        }
    }
}

pub(super) fn adjustment(row: &AdjustmentRow) -> wire::Adjustment {
    let state = match row.decision.as_ref().map(|decision| decision.outcome) {
        None => wire::AdjustmentState::Proposed,
        Some(Outcome::Approved) => wire::AdjustmentState::Approved,
        Some(Outcome::Refused) => wire::AdjustmentState::Refused,
    };
    let (new, decision) = (&row.adjustment, row.decision.as_ref());
    wire::Adjustment {
        adjustment_id: row.id.to_string(),
        asset: new.asset.to_string(),
        term: new.term.to_string(),
        amount: Some(BigInteger { value: new.amount.to_string() }),
        reason: new.reason.clone(),
        proposer: new.proposer.to_string(),
        proposed_at: time(row.proposed_at),
        state: state.into(),
        decided_by: decision.map(|decision| decision.operator.to_string()).unwrap_or_default(),
        decided_at: decision.and_then(|decision| time(decision.at)),
        comment: decision.map(|decision| decision.comment.clone()).unwrap_or_default(),
    }
}

pub(super) fn record(row: &AuditRow) -> wire::AuditRecord {
    wire::AuditRecord {
        index: row.index,
        at: time(row.at),
        kind: row.kind.clone(),
        actor: row.actor.clone(),
        body_json: row.body.clone(),
        link: hash(row.link),
    }
}

pub(super) fn checked(checked: Checked) -> wire::CheckAuditResponse {
    wire::CheckAuditResponse {
        holds: checked.broken_at.is_none(),
        checked: checked.checked,
        broken_at: checked.broken_at.unwrap_or_default(),
        head: checked.head.map(hash).unwrap_or_default(),
        detail: checked.detail,
    }
}

/// A contract that is not to be paused is not here.
pub(super) fn pause(pauser: &Pauser) -> Vec<wire::PauseReadiness> {
    let told = |(name, (chain, readiness)): (&Name, &(ChainName, Readiness))| wire::PauseReadiness {
        chain: chain.to_string(),
        state: readiness.as_str().to_owned(),
        detail: format!("{name}: {}", readiness.detail()),
    };
    pauser.readiness().iter().map(told).collect()
}

pub(super) fn event(happened: Happened) -> wire::GuardEvent {
    let Happened { sequence, at, kind, subject, summary } = happened;
    wire::GuardEvent { sequence, at: time(at), kind: kind.to_owned(), subject, summary }
}

/// Where a chain was read.
pub(super) fn position(facts: &Facts, chain: &ChainName, mark: crate::domain::evidence::Watermark) -> ChainPosition {
    ChainPosition {
        chain_id: facts.chain_ids.get(chain).copied().unwrap_or_default(),
        block_number: mark.height,
        block_hash: mark.hash.to_string(),
    }
}

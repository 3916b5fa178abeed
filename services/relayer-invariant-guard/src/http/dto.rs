//! The JSON of the REST face. Amounts are strings in base units, so that no reader's number type can bend them; times are
//! RFC 3339 in UTC.

use causeway_primitives::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    adapters::store::{HaltRow, IncidentRow, Judged},
    app::{self, AlertBoard},
    domain::{
        evaluate::Verdict as Outcome, incident, latch::HaltId, lease::Role, quantity::Quantity, target::Standing,
    },
};

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PageQuery {
    /// 1 to 200; 50 when absent.
    pub page_size: Option<u32>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    pub after: Option<Uuid>,
    /// Halts only: those that hold.
    pub active: bool,
}

/// The guard now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Status {
    /// `RUNNING`, `HALTED`, `VALIDATING`, `PROBATION` or `NO_FRESH_PASS`.
    state: &'static str,
    /// `leader` or `standby`.
    role: &'static str,
    epoch: u64,
    checkpoint: u64,
    halted: Vec<HaltedScope>,
    leases: Vec<Lease>,
    /// Absent before the first Pass.
    pass_age_seconds: Option<u64>,
    last_verdict: Option<Verdict>,
}

/// A scope that is stopped.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HaltedScope {
    scope: &'static str,
    halt_id: String,
    epoch: u64,
}

/// A lease that may still be good.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Lease {
    holder: String,
    scope: &'static str,
    sequence: u64,
    ends_by: String,
}

/// A verdict without its evidence.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Verdict {
    verdict_id: String,
    /// `pass`, `violation` or `indeterminate`.
    outcome: &'static str,
    at: String,
    cause: String,
    took_ms: u64,
    findings: Vec<Finding>,
    gaps: Vec<Gap>,
    evidence_hash: String,
}

/// Something that does not hold.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Finding {
    code: &'static str,
    detail: &'static str,
    subject: String,
    summary: String,
    /// `halt`, `alert` or `track`.
    tier: &'static str,
    /// `enforce` or `shadow`.
    mode: &'static str,
}

/// Something that could not be found out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Gap {
    reason: &'static str,
    subject: String,
    detail: String,
}

/// A halt.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Halt {
    halt_id: String,
    scope: &'static str,
    code: &'static str,
    reason: String,
    caused_by: String,
    epoch: u64,
    halted_at: String,
    /// Absent while it holds.
    released_at: Option<String>,
}

/// An incident, whose id is its halt's.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Incident {
    halt: Halt,
    /// `open`, `acknowledged`, `decided`, `mitigated` or `closed`.
    state: &'static str,
    acknowledged_by: Option<String>,
    root_cause: String,
}

/// A page of them.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    /// To be given as `after`; absent on the last page.
    pub(super) next: Option<String>,
}

/// Page 1 of the operators' pages.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SystemHealth {
    balances: Vec<Balance>,
    relayer: &'static str,
    uptime_seconds: Option<u64>,
    errors: u64,
    deposits_indexed: u64,
    batches_created: u64,
    batches_anchored: u64,
    /// Parts per million; absent where nothing was reported.
    success_ppm: Option<u32>,
    dependencies: Vec<Dependency>,
    updated_at: String,
}

/// What books and chain say about an asset, in base units.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Balance {
    asset: String,
    decimals: u8,
    database_total: Option<String>,
    chain_total: Option<String>,
    delta: Option<String>,
    /// Absent where one of its balances is not known.
    holds: Option<bool>,
}

/// Something that the guard depends on.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Dependency {
    name: String,
    state: &'static str,
    detail: String,
}

/// Page 2 of the operators' pages.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Performance {
    pub(super) measures: Vec<Measure>,
    pub(super) updated_at: String,
}

/// A figure with its target.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Measure {
    name: &'static str,
    value: Option<String>,
    unit: &'static str,
    target: &'static str,
    /// `met`, `missed` or `unknown`.
    standing: &'static str,
}

/// Page 3 of the operators' pages.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Board {
    severities: Vec<Severity>,
    recent: Vec<Event>,
    updated_at: String,
}

/// How many alerts of a severity fire.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Severity {
    severity: &'static str,
    firing: usize,
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Event {
    sequence: u64,
    at: String,
    kind: &'static str,
    subject: String,
    summary: String,
}

/// Why there is no answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// Constant, for machines.
    pub(super) reason: &'static str,
    /// For people.
    pub(super) message: String,
}

fn id(halt: HaltId) -> String {
    Uuid::from_u128(halt.get()).to_string()
}

fn amount(value: Option<Quantity>) -> Option<String> {
    value.map(|value| value.to_string())
}

impl From<app::Status> for Status {
    fn from(status: app::Status) -> Self {
        let halted = status.halted.iter().map(|halt| HaltedScope {
            scope: halt.scope.as_str(),
            halt_id: id(halt.id),
            epoch: halt.epoch,
        });
        let leases = status.leases.iter().map(|(lease, ends_by)| Lease {
            holder: lease.holder.to_string(),
            scope: lease.scope.as_str(),
            sequence: lease.sequence,
            ends_by: ends_by.to_string(),
        });
        Self {
            state: status.condition.as_str(),
            role: match status.role {
                Role::Leader { .. } => "leader",
                Role::Standby => "standby",
            },
            epoch: status.epoch,
            checkpoint: status.checkpoint,
            halted: halted.collect(),
            leases: leases.collect(),
            pass_age_seconds: status.pass_age.map(|age| age.as_secs()),
            last_verdict: status.last.as_ref().map(Verdict::from),
        }
    }
}

impl From<&Judged> for Verdict {
    fn from(judged: &Judged) -> Self {
        let finding = |one: &crate::domain::finding::Finding| Finding {
            code: one.code.as_str(),
            detail: one.detail.as_str(),
            subject: one.subject.clone(),
            summary: one.summary.clone(),
            tier: one.consequence.tier.as_str(),
            mode: one.consequence.mode.as_str(),
        };
        let gap = |one: &crate::domain::finding::Gap| Gap {
            reason: one.reason.as_str(),
            subject: one.subject.clone(),
            detail: one.detail.clone(),
        };
        Self {
            verdict_id: judged.id.to_string(),
            outcome: match judged.evaluation.verdict {
                Outcome::Pass => "pass",
                Outcome::Violation { .. } => "violation",
                Outcome::Indeterminate { .. } => "indeterminate",
            },
            at: judged.at.to_string(),
            cause: judged.cause.clone(),
            took_ms: u64::try_from(judged.took.as_millis()).unwrap_or(u64::MAX),
            findings: judged.evaluation.findings.iter().map(finding).collect(),
            gaps: judged.evaluation.gaps.iter().map(gap).collect(),
            evidence_hash: judged.evidence_hash.to_string(),
        }
    }
}

impl From<&HaltRow> for Halt {
    fn from(row: &HaltRow) -> Self {
        Self {
            halt_id: id(row.halt.id),
            scope: row.halt.scope.as_str(),
            code: row.halt.cause.as_str(),
            reason: row.reason.clone(),
            caused_by: row.caused_by.clone(),
            epoch: row.halt.epoch,
            halted_at: row.halt.at.to_string(),
            released_at: row.released_at.as_ref().map(Timestamp::to_string),
        }
    }
}

impl From<&IncidentRow> for Incident {
    fn from(row: &IncidentRow) -> Self {
        Self {
            halt: Halt::from(&row.halt),
            state: match row.state {
                incident::State::Open => "open",
                incident::State::Acknowledged => "acknowledged",
                incident::State::Decided => "decided",
                incident::State::Mitigated => "mitigated",
                incident::State::Closed => "closed",
            },
            acknowledged_by: row.acknowledged_by.clone(),
            root_cause: row.root_cause.clone(),
        }
    }
}

impl From<app::SystemHealth> for SystemHealth {
    fn from(page: app::SystemHealth) -> Self {
        let balance = |one: &app::AssetBalance| Balance {
            asset: one.asset.to_string(),
            decimals: one.decimals,
            database_total: amount(one.books),
            chain_total: amount(one.chain),
            delta: amount(one.delta),
            holds: one.holds,
        };
        let dependency =
            |one: &app::Dependency| Dependency { name: one.name.clone(), state: one.state, detail: one.detail.clone() };
        let good = |kind: &str| page.totals.get(kind).map_or(0, |total| total.good);
        Self {
            balances: page.balances.iter().map(balance).collect(),
            relayer: page.relayer.as_str(),
            uptime_seconds: page.uptime.map(|uptime| uptime.as_secs()),
            errors: page.errors(),
            deposits_indexed: page.things("index_cycle"),
            batches_created: good("batch_created"),
            batches_anchored: good("batch_anchored"),
            success_ppm: page.success().ppm(),
            dependencies: page.dependencies.iter().map(dependency).collect(),
            updated_at: page.at.to_string(),
        }
    }
}

impl From<&app::Measure> for Measure {
    fn from(one: &app::Measure) -> Self {
        Self {
            name: one.name,
            value: one.value.clone(),
            unit: one.unit,
            target: one.target,
            standing: match one.standing {
                Standing::Met => "met",
                Standing::Missed => "missed",
                Standing::Unknown => "unknown",
            },
        }
    }
}

impl From<AlertBoard> for Board {
    fn from(board: AlertBoard) -> Self {
        let event = |one: app::Happened| Event {
            sequence: one.sequence,
            at: one.at.to_string(),
            kind: one.kind,
            subject: one.subject,
            summary: one.summary,
        };
        let severity =
            |(severity, firing): (causeway_alerting::Severity, usize)| Severity { severity: severity.as_str(), firing };
        Self {
            severities: board.firing.into_iter().map(severity).collect(),
            recent: board.recent.into_iter().map(event).collect(),
            updated_at: board.at.to_string(),
        }
    }
}

//! The guard's figures: state, balances, equations with their terms, measures, events.

use causeway_primitives::Timestamp;
use causeway_proto::{
    guard::v1::{
        AssetBalance, EnforcementMode, Equation as WireEquation, GetStatusResponse, GuardEvent, Measure as WireMeasure,
        Scope, SystemHealth, Term as WireTerm, Tier, VerdictOutcome,
    },
    types::v1::BigInteger,
};

use super::super::{
    ages::span as age,
    marks::{Code, When},
    page::Mark,
};
use crate::{
    adapters::wire::{decimal, integer, moment, name, sentence, span},
    domain::figures::{fixed, grouped, percent},
};

/// Rows within a row.
const MOST: usize = 100;

/// What the guard grants and holds now.
pub(super) struct State {
    pub(super) mark: Mark,
    pub(super) role: String,
    pub(super) epoch: String,
    pub(super) leases: Vec<Lease>,
    pub(super) verdict: Option<Verdict>,
    pub(super) pass_age: String,
    pub(super) pause: Vec<(String, Mark, String)>,
    pub(super) notes: Vec<String>,
}

pub(super) struct Lease {
    pub(super) holder: String,
    pub(super) scope: &'static str,
    pub(super) ends: When,
}

pub(super) struct Verdict {
    pub(super) mark: Mark,
    pub(super) at: When,
    pub(super) trigger: String,
    pub(super) findings: Vec<(Mark, String)>,
    pub(super) gaps: Vec<String>,
}

/// A state that this console does not know is unknown.
pub(super) fn state(wire: &GetStatusResponse, now: Timestamp) -> State {
    State {
        mark: running(&wire.state),
        role: name(&wire.role),
        epoch: grouped(&wire.epoch.to_string()),
        leases: wire
            .leases
            .iter()
            .take(MOST)
            .map(|lease| Lease {
                holder: name(&lease.holder),
                scope: scope(lease.scope()),
                ends: When::of(moment(lease.ends_by.as_ref()), now, "not known"),
            })
            .collect(),
        verdict: wire.last_verdict.as_ref().map(|verdict| Verdict {
            mark: outcome(verdict.outcome()),
            at: When::of(moment(verdict.at.as_ref()), now, "not known"),
            trigger: name(&verdict.trigger),
            findings: verdict
                .findings
                .iter()
                .take(MOST)
                .map(|one| (tier(one.tier(), one.mode()), sentence(&one.summary)))
                .collect(),
            gaps: verdict
                .gaps
                .iter()
                .take(MOST)
                .map(|gap| sentence(&format!("{}: {}", gap.reason, gap.detail)))
                .collect(),
        }),
        pass_age: span(wire.pass_age.as_ref())
            .map_or_else(|| "never yet".to_owned(), |passed| format!("{} ago", age(passed))),
        pause: wire
            .pause
            .iter()
            .take(MOST)
            .map(|one| (name(&one.chain), readiness(&one.state), sentence(&one.detail)))
            .collect(),
        notes: wire.notes.iter().take(MOST).map(|note| sentence(note)).collect(),
    }
}

/// Of the guard, and of the relayer as its health says it.
fn running(state: &str) -> Mark {
    match state {
        "RUNNING" => Mark::ok("running"),
        "HALTED" => Mark::wrong("halted"),
        "VALIDATING" => Mark::less("validating"),
        "PROBATION" => Mark::less("on probation"),
        "NO_FRESH_PASS" => Mark::wrong("no fresh pass: nobody may act"),
        "NO_LEASE" => Mark::wrong("no lease: the relayer may not act"),
        _ => Mark::unknown("unknown"),
    }
}

fn readiness(state: &str) -> Mark {
    match state {
        "ready" => Mark::ok("ready"),
        "not_ready" => Mark::wrong("not ready"),
        "not_configured" => Mark::unknown("not set up"),
        _ => Mark::unknown("unknown"),
    }
}

const fn outcome(outcome: VerdictOutcome) -> Mark {
    match outcome {
        VerdictOutcome::Unspecified => Mark::unknown("unknown"),
        VerdictOutcome::Pass => Mark::ok("pass"),
        VerdictOutcome::Violation => Mark::wrong("violation"),
        VerdictOutcome::Indeterminate => Mark::unknown("indeterminate"),
    }
}

const fn tier(tier: Tier, mode: EnforcementMode) -> Mark {
    match (tier, mode) {
        (_, EnforcementMode::Shadow) => Mark::unknown("would have acted: shadow"),
        (Tier::Unspecified, _) => Mark::unknown("unknown"),
        (Tier::Halt, EnforcementMode::Enforce | EnforcementMode::Unspecified) => Mark::wrong("halts"),
        (Tier::Alert, EnforcementMode::Enforce | EnforcementMode::Unspecified) => Mark::less("alerts"),
        (Tier::Track, EnforcementMode::Enforce | EnforcementMode::Unspecified) => Mark::waits("is counted"),
    }
}

pub(super) const fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::Unspecified => "unknown",
        Scope::BatchCreation => "batch creation",
        Scope::Settlement => "settlement",
        Scope::Tokenization => "tokenization",
        Scope::All => "everything",
    }
}

/// Dashboard 1 but for its balances.
pub(super) struct Health {
    pub(super) relayer: Mark,
    pub(super) figures: Vec<(&'static str, String)>,
    pub(super) dependencies: Vec<(String, Mark, String)>,
    pub(super) updated: When,
}

pub(super) fn health(wire: &SystemHealth, now: Timestamp) -> Health {
    let count = |count: u64| grouped(&count.to_string());
    Health {
        relayer: running(&wire.relayer_status),
        figures: vec![
            (
                "Relayer up",
                span(wire.relayer_uptime.as_ref()).map_or_else(|| "it has reported nothing".to_owned(), age),
            ),
            ("Cycles", count(wire.cycles)),
            ("Errors", count(wire.errors)),
            ("Deposits indexed", count(wire.deposits_indexed)),
            ("Batches created", count(wire.batches_created)),
            ("Batches anchored", count(wire.batches_anchored)),
            (
                "Succeeded",
                wire.success_ppm.map_or_else(|| "nothing was done".to_owned(), |ppm| percent(u64::from(ppm))),
            ),
        ],
        dependencies: wire
            .dependencies
            .iter()
            .take(MOST)
            .map(|one| (name(&one.name), dependency(&one.state), sentence(&one.detail)))
            .collect(),
        updated: When::of(moment(wire.updated_at.as_ref()), now, "not known"),
    }
}

fn dependency(state: &str) -> Mark {
    match state {
        "up" => Mark::ok("up"),
        "degraded" => Mark::less("degraded"),
        "down" => Mark::wrong("down"),
        _ => Mark::unknown("unknown"),
    }
}

/// What books and chain say of an asset.
pub(super) struct Balance {
    pub(super) asset: String,
    pub(super) mark: Mark,
    pub(super) database: String,
    pub(super) chain: String,
    pub(super) delta: String,
}

pub(super) fn balance(wire: &AssetBalance) -> Balance {
    Balance {
        asset: name(&wire.asset),
        mark: match wire.status.as_str() {
            "VALID" => Mark::ok("valid"),
            "INVALID" => Mark::wrong("invalid"),
            _ => Mark::unknown("unknown"),
        },
        database: tokens(wire.database_total.as_ref(), wire.decimals),
        chain: tokens(wire.chain_total.as_ref(), wire.decimals),
        delta: tokens(wire.delta.as_ref(), wire.decimals),
    }
}

fn tokens(wire: Option<&BigInteger>, decimals: u32) -> String {
    integer(wire).map_or_else(|| "not known".to_owned(), |units| fixed(units, decimals))
}

/// A declared balance.
pub(super) struct Equation {
    pub(super) name: String,
    pub(super) asset: String,
    pub(super) mark: Mark,
    pub(super) effect: Mark,
    pub(super) relation: &'static str,
    pub(super) left: Vec<Term>,
    pub(super) right: Vec<Term>,
    pub(super) delta: String,
    pub(super) tolerance: String,
    pub(super) explanation: String,
}

pub(super) struct Term {
    pub(super) factor: String,
    pub(super) name: String,
    pub(super) value: String,
    pub(super) source: String,
    pub(super) block: String,
}

pub(super) fn equation(wire: &WireEquation) -> Equation {
    let terms = |terms: &[WireTerm]| terms.iter().take(MOST).map(|one| term(one, wire.decimals)).collect();
    Equation {
        name: name(&wire.name),
        asset: name(&wire.asset),
        mark: match wire.standing.as_str() {
            "holds" => Mark::ok("holds"),
            "broken" => Mark::wrong("broken"),
            _ => Mark::unknown("unknown"),
        },
        effect: tier(wire.tier(), wire.mode()),
        relation: match wire.relation.as_str() {
            "=" => "=",
            "<=" => "≤",
            ">=" => "≥",
            _ => "?",
        },
        left: terms(&wire.left),
        right: terms(&wire.right),
        delta: tokens(wire.delta.as_ref(), wire.decimals),
        tolerance: tokens(wire.tolerance.as_ref(), wire.decimals),
        explanation: sentence(&wire.explanation),
    }
}

fn term(wire: &WireTerm, decimals: u32) -> Term {
    Term {
        factor: match wire.coefficient {
            1 => "+".to_owned(),
            -1 => "−".to_owned(),
            other => format!("{} ×", grouped(&other.to_string())),
        },
        name: name(&wire.name),
        value: tokens(wire.value.as_ref(), decimals),
        source: name(&wire.source),
        block: wire
            .position
            .as_ref()
            .map(|at| format!("block {}", grouped(&at.block_number.to_string())))
            .unwrap_or_default(),
    }
}

/// A figure with its target.
pub(super) struct Measure {
    pub(super) name: String,
    pub(super) mark: Mark,
    pub(super) value: String,
    pub(super) target: String,
}

pub(super) fn measure(wire: &WireMeasure) -> Measure {
    let unit = match wire.unit.as_str() {
        "percent" => "%".to_owned(),
        other => name(other),
    };
    Measure {
        name: name(&wire.name).replace('_', " "),
        mark: match wire.standing.as_str() {
            "met" => Mark::ok("met"),
            "missed" => Mark::wrong("missed"),
            _ => Mark::unknown("nothing measured"),
        },
        value: decimal(wire.value.as_ref())
            .map_or_else(|| "–".to_owned(), |value| format!("{} {unit}", grouped(value))),
        target: format!("{} {unit}", name(&wire.target)),
    }
}

/// Something that happened.
pub(super) struct Happened {
    pub(super) at: When,
    pub(super) kind: String,
    pub(super) subject: Code,
    pub(super) summary: String,
}

pub(super) fn happened(wire: &GuardEvent, now: Timestamp) -> Happened {
    Happened {
        at: When::of(moment(wire.at.as_ref()), now, "not known"),
        kind: name(&wire.kind),
        subject: Code::of(&wire.subject),
        summary: sentence(&wire.summary),
    }
}

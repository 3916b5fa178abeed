//! Verdicts and balances → wire. Pure.

use std::collections::BTreeMap;

use causeway_primitives::ChainName;
use causeway_proto::{guard::v1 as wire, types::v1::BigInteger};

use super::{
    convert::scope_out,
    tell::{hash, position, span, time},
};
use crate::{
    adapters::store::Judged,
    app::Facts,
    domain::{
        equation::{Equation, Source, Term},
        evaluate::{Balance, ChainStanding, Verdict},
        evidence::{Answer, Evidence, Said},
        finding::{Finding, Gap, Mode, Tier},
        name::Name,
        quantity::Quantity,
    },
};

/// A verdict; with its evidence, also who said what and what was final. Lists leave that out: it is a hundred times as long.
pub(super) fn verdict(judged: &Judged, evidence: Option<&Evidence>, facts: &Facts) -> wire::Verdict {
    let evaluation = &judged.evaluation;
    let answers = |chain: &ChainName| evidence.and_then(|evidence| evidence.chains.get(chain));
    let cut = |standing: &ChainStanding| {
        let quorum = judged.rules.chains.get(&standing.chain).map_or(0, |rule| rule.quorum.max(1));
        chain(standing, quorum, answers(&standing.chain).map(Vec::as_slice), facts)
    };
    wire::Verdict {
        verdict_id: judged.id.to_string(),
        outcome: outcome(&evaluation.verdict).into(),
        at: time(judged.at),
        findings: evaluation.findings.iter().map(finding).collect(),
        gaps: evaluation.gaps.iter().map(gap).collect(),
        chains: evaluation.chains.iter().map(cut).collect(),
        evidence_hash: hash(judged.evidence_hash),
        config_hash: hash(judged.rules.hash()),
        trigger: judged.cause.clone(),
        took: span(judged.took),
        epoch: judged.epoch,
    }
}

const fn outcome(verdict: &Verdict) -> wire::VerdictOutcome {
    match verdict {
        Verdict::Pass => wire::VerdictOutcome::Pass,
        Verdict::Violation { .. } => wire::VerdictOutcome::Violation,
        Verdict::Indeterminate { .. } => wire::VerdictOutcome::Indeterminate,
    }
}

fn finding(finding: &Finding) -> wire::Finding {
    wire::Finding {
        code: finding.code.to_string(),
        detail_code: finding.detail.to_string(),
        invariant: finding.check.to_string(),
        subject: finding.subject.clone(),
        summary: finding.summary.clone(),
        tier: tier(finding.consequence.tier).into(),
        mode: mode(finding.consequence.mode).into(),
        scope: scope_out(finding.consequence.scope).into(),
    }
}

fn gap(gap: &Gap) -> wire::Gap {
    wire::Gap { reason: gap.reason.to_string(), subject: gap.subject.clone(), detail: gap.detail.clone() }
}

const fn tier(tier: Tier) -> wire::Tier {
    match tier {
        Tier::Halt => wire::Tier::Halt,
        Tier::Alert => wire::Tier::Alert,
        Tier::Track => wire::Tier::Track,
    }
}

const fn mode(mode: Mode) -> wire::EnforcementMode {
    match mode {
        Mode::Enforce => wire::EnforcementMode::Enforce,
        Mode::Shadow => wire::EnforcementMode::Shadow,
    }
}

fn chain(standing: &ChainStanding, quorum: u32, answers: Option<&[Answer]>, facts: &Facts) -> wire::ChainCut {
    let endpoints = match answers {
        Some(answers) => answers.iter().map(|answer| reading(standing, answer)).collect(),
        None => {
            let said = |names: &std::collections::BTreeSet<Name>, stance: &str| {
                let told = |name: &Name| endpoint(name, stance, "");
                names.iter().map(told).collect::<Vec<_>>()
            };
            [said(&standing.voters, "agrees"), said(&standing.dissenters, "dissents")].concat()
        }
    };
    let finals = answers.into_iter().flatten().filter_map(|answer| match &answer.said {
        Said::Reading { final_height, .. } => Some(*final_height),
        Said::Nothing(_) => None,
    });
    wire::ChainCut {
        chain: standing.chain.to_string(),
        position: standing.watermark.map(|mark| position(facts, &standing.chain, mark)),
        final_height: finals.min().unwrap_or_default(),
        quorum,
        endpoints,
    }
}

fn reading(standing: &ChainStanding, answer: &Answer) -> wire::EndpointReading {
    match &answer.said {
        Said::Reading { head, reading, .. } => {
            let stance = if standing.dissenters.contains(&answer.endpoint) { "dissents" } else { "agrees" };
            endpoint(&answer.endpoint, stance, &format!("block {} at head {head}", reading.hash))
        }
        Said::Nothing(gap) => endpoint(&answer.endpoint, "silent", &gap.detail),
    }
}

fn endpoint(name: &Name, stance: &str, detail: &str) -> wire::EndpointReading {
    wire::EndpointReading { endpoint: name.to_string(), stance: stance.to_owned(), detail: detail.to_owned() }
}

/// The declared balances with their figures as of a verdict, in the order of the rules.
pub(super) fn equations(judged: &Judged, facts: &Facts) -> Vec<wire::Equation> {
    let positions: BTreeMap<_, _> = judged
        .evaluation
        .chains
        .iter()
        .filter_map(|standing| Some((&standing.chain, position(facts, &standing.chain, standing.watermark?))))
        .collect();
    let told = |equation: &Equation| {
        let is_its = |balance: &&Balance| balance.name == equation.name && balance.asset == equation.asset;
        let balance = judged.evaluation.balances.iter().find(is_its);
        let value = |name: &Name| {
            let known = balance.and_then(|balance| balance.terms.iter().find(|(term, _)| term == name));
            known.and_then(|(_, value)| *value)
        };
        let side = |terms: &[Term]| {
            let term = |term: &Term| wire::Term {
                name: term.name.to_string(),
                coefficient: term.coefficient,
                value: value(&term.name).map(units),
                source: source(&term.source),
                position: match &term.source {
                    Source::Chain(chain) => positions.get(chain).cloned(),
                    Source::Books(_) | Source::InFlight | Source::Adjustment => None,
                },
            };
            terms.iter().map(term).collect()
        };
        let delta = balance.and_then(|balance| balance.delta);
        let side_off = if delta.is_some_and(|delta| delta < Quantity::ZERO) { equation.below } else { equation.above };
        wire::Equation {
            name: equation.name.to_string(),
            asset: equation.asset.to_string(),
            left: side(&equation.left),
            relation: equation.relation.as_str().to_owned(),
            right: side(&equation.right),
            delta: delta.map(units),
            tolerance: Some(BigInteger { value: side_off.tolerance.units().to_string() }),
            decimals: facts.decimals.get(&equation.asset).copied().map(u32::from).unwrap_or_default(),
            tier: tier(side_off.consequence.tier).into(),
            mode: mode(side_off.consequence.mode).into(),
            standing: standing(balance.and_then(|balance| balance.holds)).to_owned(),
            explanation: equation.explanation.clone(),
        }
    };
    judged.rules.equations.iter().map(told).collect()
}

pub(super) fn units(value: Quantity) -> BigInteger {
    BigInteger { value: value.to_string() }
}

const fn standing(holds: Option<bool>) -> &'static str {
    match holds {
        Some(true) => "holds",
        Some(false) => "broken",
        None => "unknown",
    }
}

fn source(source: &Source) -> String {
    match source {
        Source::Books(_) => "database".to_owned(),
        Source::Chain(chain) => format!("chain:{chain}"),
        Source::InFlight => "in_flight".to_owned(),
        Source::Adjustment => "adjustment".to_owned(),
    }
}

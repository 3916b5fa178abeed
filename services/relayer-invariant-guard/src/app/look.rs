//! What this replica saw when it last looked, and for how long it has not been able to: what alerts are judged by. Nothing
//! here decides who may act.

use std::{collections::BTreeMap, time::Duration};

use causeway_primitives::{ChainName, Monotonic};

use super::Guard;
use crate::domain::{
    evaluate::{Evaluation, Verdict},
    evidence::{Evidence, Said, Seen},
    finding::{Finding, Gap, Reason},
    name::Name,
};

/// The newest evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// When it was over.
    pub at: Monotonic,
    /// What it said.
    pub verdict: Verdict,
    /// What does not hold.
    pub findings: Vec<Finding>,
    /// What could not be found out.
    pub gaps: Vec<Gap>,
    /// Endpoints that contradicted the quorum.
    pub dissenters: Vec<(ChainName, Name)>,
    /// Messages on their way.
    pub pending: u64,
    /// How long gathering and judging took.
    pub took: Duration,
    /// How long the slowest call to each endpoint took, as `chain/endpoint`.
    pub slowest: BTreeMap<String, Duration>,
}

/// Something that has not answered for some evaluations in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// How many.
    pub failures: u32,
    /// Since when.
    pub since: Monotonic,
    /// What it said at last, or why it said nothing.
    pub detail: String,
}

/// What is remembered of looking.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sight {
    /// The newest evaluation; `None` before the first, and while another replica leads.
    pub look: Option<Look>,
    /// Who does not answer: `database`, `books`, or an endpoint as `chain/endpoint`.
    pub outages: BTreeMap<String, Outage>,
    /// When the newest Pass was.
    pub passed_at: Option<Monotonic>,
    /// When this replica last began to lead.
    pub leads_since: Option<Monotonic>,
    /// How often this replica has evaluated: what a dead-man's switch listens to.
    pub evaluations: u64,
}

impl Sight {
    /// Another replica looks: what this one saw is old.
    pub(super) fn stand_by(&mut self) {
        *self = Self { evaluations: self.evaluations, ..Self::default() };
    }

    /// Whether anything was seen, or tried in vain, since this replica began to lead.
    pub(super) fn is_something(&self) -> bool {
        self.look.is_some() || !self.outages.is_empty()
    }

    fn answered(&mut self, who: &str) {
        self.outages.remove(who);
    }

    fn failed(&mut self, who: &str, detail: &str, now: Monotonic) {
        let outage =
            self.outages.entry(who.to_owned()).or_insert(Outage { failures: 0, since: now, detail: String::new() });
        outage.failures = outage.failures.saturating_add(1);
        detail.clone_into(&mut outage.detail);
    }
}

impl Guard {
    /// What this replica last saw.
    pub fn sight(&self) -> Sight {
        self.state().sight.clone()
    }

    /// Remembers an evaluation that is stored.
    pub(super) fn looked(&self, evaluation: &Evaluation, evidence: &Evidence, took: Duration) {
        let now = self.parts.clock.monotonic();
        let dissents = evaluation
            .chains
            .iter()
            .flat_map(|standing| standing.dissenters.iter().map(|endpoint| (standing.chain.clone(), endpoint.clone())));
        let look = Look {
            at: now,
            verdict: evaluation.verdict.clone(),
            findings: evaluation.findings.clone(),
            gaps: evaluation.gaps.clone(),
            dissenters: dissents.collect(),
            pending: u64::try_from(evaluation.open.len()).unwrap_or(u64::MAX),
            took,
            slowest: self.slowest(),
        };
        let mut state = self.state();
        let sight = &mut state.sight;
        sight.answered("database");
        match &evidence.books {
            Seen::Missing(gap) if gap.reason == Reason::DatabaseUnreadable => sight.failed("books", &gap.detail, now),
            Seen::Missing(_) | Seen::Known(_) => sight.answered("books"),
        }
        for (chain, answers) in &evidence.chains {
            for answer in answers {
                let who = format!("{chain}/{}", answer.endpoint);
                match &answer.said {
                    Said::Reading { .. } => sight.answered(&who),
                    Said::Nothing(gap) => sight.failed(&who, &gap.detail, now),
                }
            }
        }
        if evaluation.verdict == Verdict::Pass {
            sight.passed_at = Some(now);
        }
        sight.evaluations = sight.evaluations.saturating_add(1);
        sight.look = Some(look);
    }

    fn slowest(&self) -> BTreeMap<String, Duration> {
        let named = self.parts.chains.iter().flat_map(|(chain, reader)| {
            reader.slowest().map(move |(endpoint, took)| (format!("{chain}/{}", endpoint.name), took))
        });
        named.collect()
    }

    /// Remembers that the guard's own database did not do its part.
    pub(super) fn could_not_look(&self, detail: &str) {
        let now = self.parts.clock.monotonic();
        self.state().sight.failed("database", detail, now);
    }
}

//! Latching: a halt is in force in this process at once, and durable as soon as the database takes it. Nothing that can fail
//! stands before it.

use causeway_primitives::Scope;
use causeway_store::Error as StoreError;
use causeway_telemetry::Chain;
use uuid::Uuid;

use super::{
    Guard,
    resume::{again, joined},
    sweep::Violated,
};
use crate::{
    adapters::store::Snapshot,
    domain::{
        evaluate::{Balance, Evaluation},
        latch::{Cause, Halt, HaltId, Latch},
    },
};

/// A halt on its way into the database.
#[derive(Debug, Clone)]
pub(super) struct Unlatched {
    pub(super) halt: Halt,
    reason: String,
    caused_by: String,
    snapshot: Option<Snapshot>,
}

impl Unlatched {
    pub(super) fn new(halt: Halt, reason: &str, caused_by: String) -> Self {
        Self { halt, reason: reason.to_owned(), caused_by, snapshot: None }
    }

    fn with(self, snapshot: Snapshot) -> Self {
        Self { snapshot: Some(snapshot), ..self }
    }
}

impl Guard {
    /// Latches what a violation halts, unless it is halted already. One that comes on the way out of another halt halts
    /// again, linked to it.
    pub(super) async fn halt(&self, what: &Violated<'_>, evaluation: &Evaluation) {
        evaluation.balances.iter().for_each(log);
        let halted = self.parts.store.read_latch().await.unwrap_or_default();
        let finding = evaluation.findings.iter().find(|finding| finding.consequence.halts());
        let Some(finding) = finding else { return };
        let halt = |id, scope, parent| Halt {
            id,
            scope,
            cause: Cause::Violation(finding.code),
            evidence: what.evidence_hash,
            epoch: what.epoch,
            at: self.parts.clock.now(),
            parent,
        };
        let mut halts = Vec::new();
        for (row, before) in self.resumes_under_way(&halted).await {
            let scope = joined(what.scopes.iter().copied(), before);
            halts.push(halt(again(row.id), scope, Some(row.resume.plan.halt)));
        }
        for scope in widest(what.scopes.iter().copied()) {
            let known = halted.active().chain(&halts).any(|halt| halt.scope.covers(scope));
            if !known {
                halts.push(halt(HaltId::new(Uuid::now_v7().as_u128()), scope, None));
            }
        }
        let snapshot = Snapshot::of(what.verdict, &self.parts.rules, what.evidence, evaluation);
        for halt in halts {
            let halt = Unlatched::new(halt, &finding.summary, format!("verdict:{}", what.verdict));
            self.latch(halt.with(snapshot.clone())).await;
        }
    }

    /// Latches a halt.
    pub(super) async fn latch(&self, new: Unlatched) {
        let Unlatched { halt, reason, caused_by, .. } = &new;
        let (scope, code) = (halt.scope.as_str(), halt.cause.as_str());
        tracing::error!(scope, code, halt_id = %halt.id, reason, caused_by, "halted");
        self.state().unlatched.push(new);
        self.latch_again().await;
        self.tell_of_halt();
    }

    /// Latches what could not be latched before.
    pub(super) async fn latch_again(&self) {
        let waiting = self.state().unlatched.clone();
        for one in waiting {
            match self.insert(&one).await {
                Ok(()) => self.state().unlatched.retain(|known| known.halt.id != one.halt.id),
                Err(error) => {
                    tracing::error!(halt_id = %one.halt.id, error = %Chain(&error), "halt not yet durable");
                }
            }
        }
    }

    /// With its evidence, and if that is what the database does not take, without.
    async fn insert(&self, one: &Unlatched) -> Result<(), StoreError> {
        let Unlatched { halt, reason, caused_by, snapshot } = one;
        let store = &self.parts.store;
        if let Some(snapshot) = snapshot {
            match store.insert_halt_with_evidence(halt, (reason, caused_by), snapshot).await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    tracing::error!(halt_id = %halt.id, error = %Chain(&error), "halt not latched with its evidence");
                }
            }
        }
        store.insert_halt(halt, reason, caused_by).await
    }

    /// The epoch of leases as far as this replica knows; 0 where it does not lead. The database knows better when it takes a
    /// halt.
    pub(super) fn known_epoch(&self) -> u64 {
        self.state().term.map_or(0, |term| term.epoch)
    }

    /// Halts that are in force here and nowhere else yet.
    pub(super) fn unlatched(&self) -> usize {
        self.state().unlatched.len()
    }

    /// What is latched, with what could not be latched yet.
    ///
    /// # Errors
    /// [`StoreError`]: what is halted is not known, which counts as halted.
    pub(super) async fn latched(&self) -> Result<Latch, StoreError> {
        let mut latch = self.parts.store.read_latch().await?;
        for waiting in &self.state().unlatched {
            latch.halt(waiting.halt.clone());
        }
        Ok(latch)
    }
}

/// The scopes that no other one of them covers.
fn widest(scopes: impl Iterator<Item = Scope> + Clone) -> impl Iterator<Item = Scope> {
    let all = scopes.clone().any(|scope| scope == Scope::All);
    scopes.filter(move |scope| !all || *scope == Scope::All)
}

/// The whole breakdown, for whoever has only the log (GRD-7).
fn log(balance: &Balance) {
    let Balance { name, asset, delta, terms, holds } = balance;
    let terms = terms.iter().map(|(name, value)| match value {
        Some(value) => format!("{name} = {value}"),
        None => format!("{name} = ?"),
    });
    let terms = terms.collect::<Vec<_>>().join(", ");
    let delta = delta.map(|delta| delta.to_string());
    tracing::error!(equation = name.as_str(), asset = asset.as_str(), delta, holds, terms, "balance at the halt");
}

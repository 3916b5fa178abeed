//! From a turn to what is stored of it: the decision, the states that changed, and what operators are told.

use causeway_primitives::Monotonic;
use causeway_store::{Error as StoreError, lease::Leadership};
use serde_json::json;
use tokio::time::timeout;

use super::FeedTask;
use crate::{
    app::{control::Order, crew::Move, record},
    domain::{
        breaker::{Breaker, Transition},
        decide::Decision,
        evaluation::{Evaluation, Inputs},
    },
    ports::{Entry, NewDecision, NewEvent, NewPublication, Wanted},
};

/// What one turn wants stored.
#[derive(Debug, Default)]
pub(super) struct Draft {
    moves: Vec<Move>,
    decided: Option<Decided>,
    transition: Option<Transition>,
    order: Option<NewEvent>,
    breaker_moved: bool,
}

#[derive(Debug)]
struct Decided {
    inputs: Inputs,
    evaluation: Evaluation,
}

impl Draft {
    pub(super) fn of_moves(moves: Vec<Move>) -> Self {
        Self { moves, ..Self::default() }
    }

    pub(super) fn of_decision(moves: Vec<Move>, inputs: &Inputs, evaluation: &Evaluation) -> Self {
        let decided = Decided { inputs: inputs.clone(), evaluation: evaluation.clone() };
        Self { moves, transition: evaluation.transition, decided: Some(decided), ..Self::default() }
    }

    pub(super) fn of_breaker(transition: Option<Transition>) -> Self {
        Self { transition, breaker_moved: true, ..Self::default() }
    }

    /// With the operator's order, which is told also when it changed nothing.
    pub(super) fn ordered(mut self, order: &Order, subject: &str, action: &str) -> Self {
        self.order = Some(NewEvent {
            kind: "operator_order",
            subject: subject.to_owned(),
            summary: format!("{} ordered {action} of {subject}: {}", order.actor, order.reason),
            detail: json!({ "actor": order.actor, "action": action, "reason": order.reason }),
        });
        self
    }

    /// Whether there is anything to store.
    fn is_empty(&self, keep_holds: bool) -> bool {
        let hold = |decided: &Decided| matches!(decided.evaluation.decision, Decision::Hold(_));
        let worthless = self.decided.as_ref().is_none_or(|decided| hold(decided) && !keep_holds);
        worthless && self.moves.is_empty() && self.transition.is_none() && self.order.is_none() && !self.breaker_moved
    }

    fn breaker(&self, current: Breaker) -> Breaker {
        self.decided.as_ref().map_or(current, |decided| decided.evaluation.breaker)
    }
}

impl FeedTask {
    /// Stores a draft in one fenced transaction; then, and only then, the feed moves on. False when it was not stored:
    /// the stored state is loaded again on the next turn.
    pub(super) async fn commit(&mut self, leadership: &Leadership, draft: Draft) -> bool {
        if draft.is_empty(self.deps.keep_holds) && self.notes.is_empty() {
            self.breaker = draft.breaker(self.breaker);
            if let Some(decided) = &draft.decided {
                self.decided(decided.evaluation.decision.kind(), decided.evaluation.decision.reason());
            }
            return true;
        }
        let entry = match self.entry(&draft) {
            Ok(entry) => entry,
            Err(error) => {
                // Nothing was stored, so nothing moves on.
                self.epoch = None;
                self.deps.metrics.failed(self.setup.feed.id(), "refused");
                tracing::error!(feed_id = %self.setup.feed.id(), error = %causeway_telemetry::Chain(&error), "decision cannot be written");
                return false;
            }
        };
        let stored = timeout(self.deps.wait_limit, self.deps.ledger.insert_entry(leadership, &entry)).await;
        match stored {
            Ok(Ok(_)) => {
                self.committed(&draft, &entry);
                true
            }
            Ok(Err(error)) => {
                self.not_stored(&error);
                false
            }
            Err(_) => {
                // It may have been stored or not; the next turn loads what is there.
                self.epoch = None;
                self.deps.metrics.failed(self.setup.feed.id(), "store_unavailable");
                tracing::warn!(feed_id = %self.setup.feed.id(), "store did not answer in time");
                false
            }
        }
    }

    fn entry(&self, draft: &Draft) -> Result<Entry, record::Error> {
        let decided_at = draft.decided.as_ref().map_or_else(|| self.now(), |decided| decided.inputs.now);
        let mut events: Vec<NewEvent> = draft.moves.iter().map(moved).collect();
        events.extend(draft.transition.as_ref().map(|transition| self.broke(transition)));
        events.extend(draft.order.clone());
        events.extend(self.notes.iter().cloned());
        let records = draft
            .moves
            .iter()
            .filter_map(|moved| self.crew.record(&moved.source).map(|record| (moved.source.clone(), record.clone())));
        Ok(Entry {
            feed: self.setup.feed.id().clone(),
            decided_at,
            decision: draft.decided.as_ref().map(|decided| self.decision_of(decided)).transpose()?,
            breaker: draft.breaker(self.breaker),
            sources: records.collect(),
            events,
            trace_id: causeway_telemetry::propagation::current_trace_id(),
        })
    }

    fn decision_of(&self, decided: &Decided) -> Result<NewDecision, record::Error> {
        let Decided { inputs, evaluation } = decided;
        Ok(NewDecision {
            kind: evaluation.decision.kind(),
            reason: evaluation.decision.reason(),
            record: record::write(&self.setup.policy, &self.deps.config_hash, inputs, evaluation)?,
            policy: self.setup.policy.text().to_owned(),
            policy_digest: self.setup.policy.digest(),
            publication: self.publication_of(decided),
        })
    }

    fn publication_of(&self, decided: &Decided) -> Option<NewPublication> {
        let Decision::Publish { answer, reason } = decided.evaluation.decision else { return None };
        let aggregator = self.setup.feed.aggregator.filter(|_| !self.deps.dry_run)?;
        let target = self.reading.as_ref()?.target;
        let latest = decided.inputs.on_chain.latest;
        let based_on_round = latest.map_or(causeway_primitives::RoundId::ZERO, |round| round.id);
        let wanted = Wanted {
            feed: self.setup.feed.id(),
            aggregator,
            target,
            based_on_round,
            answer,
            decided_at: decided.inputs.now,
            tick: self.newest_tick(),
        };
        match self.deps.chain.intent(&wanted) {
            Ok(intent) => {
                let signer = self.setup.feed.signer.clone();
                Some(NewPublication { based_on_round, answer, reason: reason.as_str(), signer, intent })
            }
            Err(error) => {
                self.deps.metrics.failed(self.setup.feed.id(), "refused");
                tracing::error!(feed_id = %self.setup.feed.id(), error = %error, "answer cannot be written");
                None
            }
        }
    }

    /// When the newest word of any of its sources came; for a derived feed, now.
    fn newest_tick(&self) -> Monotonic {
        let ticks = self.crew.mates().iter().filter_map(|mate| self.deps.board.look(&mate.source.id).tick);
        ticks.map(|tick| tick.received).max().unwrap_or_else(|| self.deps.clock.monotonic())
    }

    fn broke(&self, transition: &Transition) -> NewEvent {
        let (from, to, cause) = (transition.from.as_str(), transition.to.as_str(), transition.cause.as_str());
        NewEvent {
            kind: "breaker_transition",
            subject: self.setup.feed.id().to_string(),
            summary: format!("breaker of {} went from {from} to {to}: {cause}", self.setup.feed.id()),
            detail: json!({ "from": from, "to": to, "cause": cause }),
        }
    }

    fn committed(&mut self, draft: &Draft, entry: &Entry) {
        self.breaker = entry.breaker;
        self.notes.clear();
        self.stored.extend(entry.sources.iter().cloned());
        for moved in &draft.moves {
            let (from, to) = (moved.change.from.as_str(), moved.change.to.as_str());
            let cause = moved.change.cause.as_str();
            self.deps.source_metrics.state(&moved.source, from, to);
            self.deps.alerts.source(moved.source.as_str(), to, cause);
            tracing::info!(source_id = %moved.source, from, to, cause, "source changed state");
        }
        if let Some(transition) = &draft.transition {
            let (from, to, cause) = (transition.from.as_str(), transition.to.as_str(), transition.cause.as_str());
            tracing::warn!(feed_id = %entry.feed, from, to, cause, "breaker changed state");
        }
        let Some(decision) = &entry.decision else { return };
        self.decided(decision.kind, decision.reason);
        if decision.kind == "refuse" {
            self.deps.metrics.failed(&entry.feed, "refused");
        }
        if decision.kind == "publish" && decision.publication.is_none() {
            self.patience.unsent(self.deps.clock.monotonic(), self.setup.feed.evaluate_interval);
        }
        if let Some(publication) = &decision.publication {
            self.pending = Some(publication.answer);
            self.deps.chain.wake_sender();
            let (answer, reason) = (publication.answer, publication.reason);
            tracing::info!(feed_id = %entry.feed, %answer, reason, "answer decided");
        }
    }

    fn not_stored(&mut self, error: &StoreError) {
        self.epoch = None;
        let feed = self.setup.feed.id();
        let fenced = matches!(error, StoreError::Fenced { .. });
        // The unique indexes refuse a second answer for one round: another leader was faster.
        let collided = error.violated_constraint().is_some_and(|name| name.starts_with("publication_one_"));
        let kind = if fenced || collided { "fenced" } else { "store_unavailable" };
        self.deps.metrics.failed(feed, kind);
        tracing::warn!(
            feed_id = %feed,
            kind,
            error = %causeway_telemetry::Chain(error),
            "decision was not stored and has no effect"
        );
    }
}

fn moved(moved: &Move) -> NewEvent {
    let (from, to, cause) = (moved.change.from.as_str(), moved.change.to.as_str(), moved.change.cause.as_str());
    NewEvent {
        kind: "source_transition",
        subject: moved.source.to_string(),
        summary: format!("source {} went from {from} to {to}: {cause}", moved.source),
        detail: json!({ "from": from, "to": to, "cause": cause }),
    }
}

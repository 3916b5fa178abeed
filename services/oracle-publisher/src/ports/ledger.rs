//! Where decisions and the states that they change are kept: all of one turn, or nothing of it.

use std::{collections::BTreeMap, fmt};

use async_trait::async_trait;
use causeway_chain::intent::Intent;
use causeway_primitives::{Answer, B256, FeedId, RoundId, SignerId, SourceId, Timestamp};
use causeway_store::{Error as StoreError, lease::Leadership};

use crate::{
    app::{control::Landing, view::DecisionView},
    domain::{breaker::Breaker, lifecycle},
};

/// What a feed is, as it was last stored.
#[derive(Debug, Clone, Default)]
pub struct FeedState {
    /// Its breaker; `None` before the first decision.
    pub breaker: Option<Breaker>,
    /// The records of its sources, as far as there are any.
    pub sources: BTreeMap<SourceId, lifecycle::Source>,
    /// The answer on its way to the chain.
    pub pending: Option<Answer>,
    /// How many transactions were signed for it; more than one means that the first was stuck.
    pub attempts: u32,
    /// How the last answer ended that is not on its way any more.
    pub last: Option<Landing>,
    /// The latest decision.
    pub decision: Option<DecisionView>,
}

/// Something to tell operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Kind, for example `source_transition`.
    pub kind: &'static str,
    /// What it is about.
    pub subject: String,
    /// One sentence.
    pub summary: String,
    /// The event as data.
    pub detail: serde_json::Value,
}

/// A decision with all that it changes, stored in one transaction or not at all.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The feed.
    pub feed: FeedId,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// The decision; `None` when only states changed.
    pub decision: Option<NewDecision>,
    /// The breaker after.
    pub breaker: Breaker,
    /// The sources whose records changed.
    pub sources: Vec<(SourceId, lifecycle::Source)>,
    /// What operators are told.
    pub events: Vec<NewEvent>,
    /// Trace of the business event.
    pub trace_id: Option<String>,
}

/// A decision to store.
#[derive(Debug, Clone)]
pub struct NewDecision {
    /// `publish`, `hold` or `refuse`.
    pub kind: &'static str,
    /// The reason's label.
    pub reason: &'static str,
    /// Canonical JSON.
    pub record: String,
    /// Canonical JSON of the policy, stored once.
    pub policy: String,
    /// Its digest.
    pub policy_digest: B256,
    /// The transaction that it leads to.
    pub publication: Option<NewPublication>,
}

/// An answer to put on its way.
#[derive(Debug, Clone)]
pub struct NewPublication {
    /// The round on chain that the decision started from.
    pub based_on_round: RoundId,
    /// The answer.
    pub answer: Answer,
    /// Why: `first_round`, `deviation` or `heartbeat`.
    pub reason: &'static str,
    /// The key that it is to be sent with.
    pub signer: SignerId,
    /// The transaction.
    pub intent: Intent,
}

/// Where decisions and states are kept. All writes are fenced: a stale leader's are refused.
#[async_trait]
pub trait Ledger: Send + Sync + fmt::Debug {
    /// What a feed is, as it was last stored.
    async fn get_feed(&self, feed: &FeedId) -> Result<FeedState, StoreError>;

    /// Stores an entry and gives the key of its decision, if it has one.
    async fn insert_entry(&self, leadership: &Leadership, entry: &Entry) -> Result<Option<u64>, StoreError>;
}

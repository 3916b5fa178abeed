//! What was stored, as its readers see it. Nothing here writes, except the number of a round that became known.

use std::fmt;

use async_trait::async_trait;
use causeway_primitives::{Answer, B256, FeedId, RoundId, Timestamp};
use causeway_service::ops::EventLog;
use causeway_store::{Error as StoreError, lease::Leadership};

/// A transaction that carries an answer, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundRow {
    /// The caller's key of the transaction intent.
    pub intent_key: String,
    /// The feed.
    pub feed: FeedId,
    /// The decision behind it.
    pub decision_id: u64,
    /// The round on chain that the decision started from.
    pub based_on_round: RoundId,
    /// The answer.
    pub answer: Answer,
    /// Why it was published.
    pub reason: String,
    /// `pending`, `confirmed`, `reverted` or `failed`.
    pub state: String,
    /// The round on chain, once mined.
    pub round_id: Option<RoundId>,
    /// Its latest transaction.
    pub tx_hash: Option<B256>,
    /// The block, once mined.
    pub block_number: Option<u64>,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// When it reached its state.
    pub updated_at: Timestamp,
    /// Trace of the business event.
    pub trace_id: Option<String>,
}

/// A decision, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRow {
    /// Key.
    pub decision_id: u64,
    /// The feed.
    pub feed: FeedId,
    /// Counts from 1 within the feed.
    pub sequence: u64,
    /// When.
    pub decided_at: Timestamp,
    /// Canonical JSON: the bytes under the digest.
    pub record: String,
    /// Canonical JSON of the policy that was in force.
    pub policy: String,
    /// Hash over the record and the digest before it.
    pub digest: B256,
    /// Trace of the business event.
    pub trace_id: Option<String>,
}

/// The end of a feed's chain of decisions, kept apart from the decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Sequence number of the last decision.
    pub sequence: u64,
    /// Its digest.
    pub digest: B256,
}

/// Where a page of rounds starts: after this row, in the order newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundCursor {
    /// When the last row of the page before was decided.
    pub decided_at: Timestamp,
    /// Its key, for rows of the same instant.
    pub intent_key: String,
}

/// Which decision is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecisionQuery {
    /// The one with this key.
    Id(u64),
    /// The one that led to this round.
    Round(RoundId),
    /// The last one of the feed.
    Latest,
}

/// What was stored, for readers. Every method is one query, bounded by the pool's statement timeout.
#[async_trait]
pub trait Records: EventLog {
    /// Rounds newest first, at most `limit`, of one feed or of all.
    async fn list_rounds(
        &self,
        feed: Option<&FeedId>,
        after: Option<&RoundCursor>,
        limit: u32,
    ) -> Result<Vec<RoundRow>, StoreError>;

    /// One decision of a feed.
    async fn find_decision(&self, feed: &FeedId, query: &DecisionQuery) -> Result<Option<DecisionRow>, StoreError>;

    /// Decisions of a feed after a sequence number, oldest first, at most `limit`.
    async fn list_decisions(&self, feed: &FeedId, after: u64, limit: u32) -> Result<Vec<DecisionRow>, StoreError>;

    /// Where a feed's chain of decisions ends; `None` before its first.
    async fn find_head(&self, feed: &FeedId) -> Result<Option<Head>, StoreError>;

    /// The transaction of a decision, if it led to one.
    async fn find_round_of(&self, decision_id: u64) -> Result<Option<RoundRow>, StoreError>;
}

/// Settled answers, as the publisher needs them.
#[async_trait]
pub trait Rounds: Send + Sync + fmt::Debug {
    /// The answer of an intent.
    async fn find_round_by_key(&self, intent_key: &str) -> Result<Option<RoundRow>, StoreError>;

    /// Confirmed answers whose round is not known yet, oldest first.
    async fn list_unnamed_rounds(&self, feeds: &[FeedId], limit: u32) -> Result<Vec<RoundRow>, StoreError>;

    /// Notes the round that an answer became.
    async fn update_round_id(
        &self,
        leadership: &Leadership,
        intent_key: &str,
        round: RoundId,
    ) -> Result<(), StoreError>;
}

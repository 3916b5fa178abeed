//! The seams to the outside: what sources tell the application, and what the application needs from a
//! store and a chain. A trait here is an I/O port; everything else is concrete.

use std::{collections::BTreeMap, fmt, time::Duration};

use async_trait::async_trait;
use causeway_chain::intent::Intent;
use causeway_primitives::{Address, Answer, B256, FeedId, Monotonic, Price, RoundId, SourceId, Timestamp};
use causeway_store::{Error as StoreError, lease::Leadership};

use crate::{
    app::view::PositionView,
    domain::{breaker::Breaker, decide::OnChain, lifecycle},
};

/// One price as a venue gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// The stream it came from.
    pub source: SourceId,
    /// The price of the venue's own market, before any conversion.
    pub price: Price,
    /// The venue's own time of it; `None` where the venue gives none (Kraken's ticker).
    pub venue_time: Option<Timestamp>,
    /// Wall time of receipt, for people.
    pub received_at: Timestamp,
    /// Monotonic time of receipt, for ages.
    pub received: Monotonic,
}

/// Why a source gave no price. The label is metric label, log field and wire value at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// Could not connect, or the connection broke.
    Connect,
    /// No answer within the deadline.
    Timeout,
    /// 401 or 403: the credential is wrong, expired or not allowed. Opens the source at once.
    Credential,
    /// 418 or 429: the quota is used up.
    RateLimited,
    /// Any other status than 2xx.
    HttpStatus,
    /// The answer was no such document as the venue documents.
    Payload,
    /// The answer holds a price that is zero, negative, or no exact decimal.
    BadPrice,
    /// The venue refused or silently ignored the subscription.
    Subscription,
    /// Connected, but nothing heard for longer than the venue's silence limit.
    Silent,
}

impl Fault {
    /// Every fault, for metrics that start at zero.
    pub const ALL: [Self; 9] = [
        Self::Connect,
        Self::Timeout,
        Self::Credential,
        Self::RateLimited,
        Self::HttpStatus,
        Self::Payload,
        Self::BadPrice,
        Self::Subscription,
        Self::Silent,
    ];

    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Credential => "credential",
            Self::RateLimited => "rate_limited",
            Self::HttpStatus => "http_status",
            Self::Payload => "payload",
            Self::BadPrice => "bad_price",
            Self::Subscription => "subscription",
            Self::Silent => "silent",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a venue told about our budget with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaReading {
    /// Used within the window.
    pub used: u64,
    /// Allowed within the window.
    pub limit: u64,
    /// How long the window is.
    pub window: Duration,
}

/// What a source tells the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// A price.
    Tick(Tick),
    /// The venue is there and says that nothing changed (heartbeat, pong): the last price is still its price.
    Alive {
        /// The stream.
        source: SourceId,
        /// When we heard it.
        received: Monotonic,
    },
    /// No price, and why; `retry_after` when the venue asked for a pause.
    Fault {
        /// The stream.
        source: SourceId,
        /// Why.
        fault: Fault,
        /// Free of secrets and bounded: for the log and the operator, at most 200 characters.
        detail: String,
        /// The pause that the venue asked for.
        retry_after: Option<Duration>,
    },
    /// A reading of the budget.
    Quota {
        /// The stream.
        source: SourceId,
        /// The reading.
        reading: QuotaReading,
    },
}

/// Where sources put what they hear. Never blocks: a slow reader loses nothing but intermediate ticks.
pub trait SignalSink: Send + Sync + fmt::Debug {
    /// Takes one signal.
    fn put(&self, signal: Signal);
}

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

/// Something that operators are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Grows by one or more.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// Kind, for example `source_transition`.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// One sentence.
    pub summary: String,
    /// The event as JSON.
    pub detail_json: String,
    /// Trace of the business event.
    pub trace_id: Option<String>,
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
pub trait Records: Send + Sync + fmt::Debug {
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

    /// The transaction of a decision, if it led to one.
    async fn find_round_of(&self, decision_id: u64) -> Result<Option<RoundRow>, StoreError>;

    /// Events after a sequence number, oldest first, at most `limit`.
    async fn list_events(&self, after: u64, limit: u32) -> Result<Vec<EventRow>, StoreError>;

    /// The last sequence number, 0 when there is none.
    async fn last_event(&self) -> Result<u64, StoreError>;
}

/// What a feed is, as it was last stored.
#[derive(Debug, Clone, Default)]
pub struct FeedState {
    /// Its breaker; `None` before the first decision.
    pub breaker: Option<Breaker>,
    /// The records of its sources, as far as there are any.
    pub sources: BTreeMap<SourceId, lifecycle::Source>,
    /// The answer on its way to the chain.
    pub pending: Option<Answer>,
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

/// A feed on chain, read at one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedReading {
    /// What the decision looks at.
    pub on_chain: OnChain,
    /// The block with its hash, for people.
    pub position: PositionView,
    /// Where rounds are written at that block: behind a proxy, the aggregator of its phase.
    pub target: Address,
}

/// Why a feed cannot be read on chain, or an answer not be written.
#[derive(Debug, thiserror::Error)]
pub enum ChainGap {
    /// Too few endpoints answered.
    #[error("no evidence")]
    NoEvidence(#[source] causeway_chain::endpoints::Gap),
    /// Endpoints contradict each other.
    #[error("endpoints contradict each other: {camps:?}")]
    Disagreement {
        /// Who agrees with whom.
        camps: Vec<Vec<usize>>,
    },
    /// The contract's write function cannot hold the answer.
    #[error("the contract cannot hold the answer")]
    Unwritable,
    /// The contract answered something that no aggregator answers.
    #[error("the contract does not answer like an aggregator")]
    NotAnAggregator,
}

/// The chain as a feed needs it.
#[async_trait]
pub trait FeedChain: Send + Sync + fmt::Debug {
    /// Reads a feed at one block that enough endpoints agree on.
    async fn read(&self, aggregator: Address) -> Result<FeedReading, ChainGap>;

    /// The transaction that would write an answer.
    ///
    /// # Errors
    /// [`ChainGap::Unwritable`], [`ChainGap::NotAnAggregator`].
    fn intent(&self, wanted: &Wanted<'_>) -> Result<Intent, ChainGap>;

    /// Tells the sender that there is something new in the journal.
    fn wake_sender(&self);
}

/// Settled answers, as the publisher needs them.
#[async_trait]
pub trait Rounds: Send + Sync + fmt::Debug {
    /// The answer of an intent.
    async fn find_round_by_key(&self, intent_key: &str) -> Result<Option<RoundRow>, StoreError>;

    /// Confirmed answers whose round is not known yet, oldest first.
    async fn list_unnamed_rounds(&self, limit: u32) -> Result<Vec<RoundRow>, StoreError>;

    /// Notes the round that an answer became.
    async fn update_round_id(
        &self,
        leadership: &Leadership,
        intent_key: &str,
        round: RoundId,
    ) -> Result<(), StoreError>;
}

/// Who knows the round that a transaction wrote.
#[async_trait]
pub trait RoundFinder: Send + Sync + fmt::Debug {
    /// The round, from the transaction's receipt; `None` when it cannot be told now.
    async fn find_round(&self, tx_hash: B256) -> Option<RoundId>;
}

/// What a transaction is to be made for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The feed.
    pub feed: &'a FeedId,
    /// The address of the configuration.
    pub aggregator: Address,
    /// Where rounds are written.
    pub target: Address,
    /// The round on chain that the decision started from.
    pub based_on_round: RoundId,
    /// The answer.
    pub answer: Answer,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// When the tick came that it follows.
    pub tick: Monotonic,
}

//! What the monitor writes: events with the cursor that they were read up to, in one transaction.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use causeway_chain::logs::Position;
use causeway_primitives::{Address, B256, Bytes, ChainId, MessageId, Timestamp};
use causeway_store::{Error as StoreError, lease::Leadership};

use crate::domain::{
    event::{Located, Outcome, Place},
    finding::{Finding, Kind},
    lane::LaneKey,
};

/// Why the ledger did not take what it was given.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The batch, or what undoes some, does not begin where the stored cursor stands: rows between would be missing, or come
    /// twice.
    #[error("what was read of chain {chain} does not follow the stored cursor")]
    NotNext {
        /// The chain.
        chain: ChainId,
        /// Up to where it was read, as stored.
        stored: Option<Position>,
        /// What it follows.
        after: Option<Position>,
    },
    /// Nothing is known of this block that would make it a place to go on from.
    #[error("block {} of chain {chain} is no block to go back to", to.number)]
    NoMark {
        /// The chain.
        chain: ChainId,
        /// The block.
        to: Position,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl LedgerError {
    /// True when the same call may succeed later, unchanged. After a commit of unknown outcome a batch may be given
    /// again as well: it is known again by its position.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Store(StoreError::CommitUnknown(_)) => true,
            Self::Store(error) => error.is_retryable(),
            Self::NotNext { .. } | Self::NoMark { .. } => false,
        }
    }
}

/// How a batch is read, which says how it is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Far behind the head: the commit does not wait for the disk. A power failure may cost the last batches, cursor
    /// and rows together, and they are read again.
    Backfill,
    /// At the head: what is committed stays.
    Live,
}

/// Everything that a range of blocks of one chain gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The chain.
    pub chain: ChainId,
    /// How it is read.
    pub pace: Pace,
    /// The cursor that it follows; `None`: it is the chain's first.
    pub after: Option<Position>,
    /// Up to where it was read; the cursor after it.
    pub position: Position,
    /// The time of that block: how far this chain's clock is known.
    pub time: Timestamp,
    /// The highest block that is final as far as was known when this was read.
    pub final_height: u64,
    /// The chain's last block as far as was known. Of the first batch: up to there the chain's past goes.
    pub head: u64,
    /// The events, in the order of the chain.
    pub events: Vec<Located>,
    /// What could not be read.
    pub holes: Vec<Hole>,
    /// What was seen on the way and must never be.
    pub findings: Vec<Finding>,
    /// W3C `traceparent` of the work.
    pub traceparent: Option<String>,
}

/// Something that is there and could not be read. Kept until it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// The chain.
    pub chain: ChainId,
    /// The first block that it is in.
    pub first_block: u64,
    /// The last block that it is in.
    pub last_block: u64,
    /// Why.
    pub cause: HoleCause,
}

/// Why something could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoleCause {
    /// A log of a watched contract is not what its topic says.
    Undecodable {
        /// Where it stands.
        place: Place,
        /// Its topics.
        topics: Vec<B256>,
        /// Its data; shortened when it is longer than 64 KiB, and then decoded again only from the chain.
        data: Bytes,
        /// What was wrong, in words.
        reason: String,
    },
    /// Messages of a ramp are missing that the ramp has counted.
    MissingMessages {
        /// The lane.
        lane: LaneKey,
        /// The ramp.
        on_ramp: Address,
        /// The first missing number.
        first: u64,
        /// The last missing number.
        last: u64,
    },
}

/// What a batch changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ingested {
    /// Executions that were brought together with their messages: of this batch, or waiting for its sends.
    pub executed: Vec<Executed>,
    /// Findings that are new.
    pub findings: Vec<Finding>,
    /// Lanes that were never seen before and that nobody listed.
    pub new_lanes: Vec<LaneKey>,
    /// The number of the last change; what watchers read up to.
    pub last_change: u64,
}

/// A message and an execution that were brought together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// The lane.
    pub lane: LaneKey,
    /// The message, as its source names it.
    pub id: MessageId,
    /// How the execution ended.
    pub outcome: Outcome,
    /// When it was sent, by the source chain's clock.
    pub sent_at: Timestamp,
    /// When it was executed, by the destination chain's clock. May lie before `sent_at`: two clocks.
    pub executed_at: Timestamp,
}

/// A block that was read, remembered while it may be reorganised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The block.
    pub position: Position,
    /// Its time.
    pub time: Timestamp,
}

/// What a reorganisation undid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unwound {
    /// Events of blocks that are not on the chain any more.
    pub events: u64,
    /// Messages that were folded again.
    pub messages: u64,
}

/// A lane as the configuration, or the official table of chains, describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneRow {
    /// The lane.
    pub key: LaneKey,
    /// Its name.
    pub name: String,
    /// The source's id, where known.
    pub source_chain: Option<ChainId>,
    /// The destination's id, where known.
    pub destination_chain: Option<ChainId>,
}

/// What the monitor itself found out about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The message's key.
    pub message: u64,
    /// What.
    pub verdict: Verdict,
    /// When, by the destination chain's clock.
    pub at: Timestamp,
    /// Why, in words.
    pub cause: String,
}

/// What was found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A transaction that executes it is on its way.
    Underway(B256),
    /// A transaction that executes it was reverted as a whole: an execution that left no log.
    Reverted(B256),
    /// The lane's time is over.
    TimedOut,
    /// The lane's time was made longer.
    TimeExtended,
}

/// Something to tell operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// For example `pause_recommended`.
    pub kind: String,
    /// What it is about: a lane, a chain, a message.
    pub subject: String,
    /// One sentence.
    pub summary: String,
    /// The event as JSON.
    pub detail_json: String,
    /// W3C `traceparent` of the work that found it.
    pub traceparent: Option<String>,
}

/// The highest number that is known of a ramp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastNumber {
    /// The lane.
    pub lane: LaneKey,
    /// The ramp.
    pub on_ramp: Address,
    /// The number.
    pub number: u64,
    /// The block of the message that has it.
    pub block: u64,
}

/// Findings that a person takes as they are: they are closed, and stay closed when they are seen again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Which.
    pub which: Which,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// One finding, or all that are open of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// By its number.
    One(u64),
    /// By what they are.
    Kind(Kind),
}

/// A hole that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenHole {
    /// Names it.
    pub number: u64,
    /// What it is.
    pub hole: Hole,
}

/// The write side. Every method is one transaction that checks the leader's epoch.
#[async_trait]
pub trait Ledger: Send + Sync + fmt::Debug {
    /// Up to where a chain was read; `None` before the first batch.
    async fn find_position(&self, chain: ChainId) -> Result<Option<Position>, LedgerError>;

    /// Blocks of a chain that were read and may still be reorganised, newest first, the cursor included, and the newest
    /// final one at the end.
    async fn list_marks(&self, chain: ChainId) -> Result<Vec<Mark>, LedgerError>;

    /// The highest sequence number known of each (lane, on-ramp) whose source is this chain, on the canonical chain.
    async fn list_sequences(&self, chain: ChainId) -> Result<Vec<LastNumber>, LedgerError>;

    /// Names lanes. Listed ones that are not among them any more become unlisted, and keep their messages.
    async fn upsert_lanes(&self, leadership: &Leadership, lanes: &[LaneRow]) -> Result<(), LedgerError>;

    /// A long back-fill begins. Where nothing was read before, what only readers need is laid aside until
    /// [`Ledger::end_backfill`]; says whether that was done.
    ///
    /// # Errors
    /// [`LedgerError::Store`], also where the database's role may not change the schema: all is as it was.
    async fn begin_backfill(&self, leadership: &Leadership) -> Result<bool, LedgerError>;

    /// Builds what is missing of what readers search by, however long it takes; says how many indexes. Without anything to
    /// build it costs one question.
    async fn end_backfill(&self, leadership: &Leadership) -> Result<u64, LedgerError>;

    /// Stores a batch, merges both sides of its messages, and moves the cursor. A batch whose position is the stored
    /// cursor was stored before: nothing changes.
    ///
    /// Finds by itself: [`Kind`]s `IdMismatch`, `LeafMismatch`, `DuplicateExecution`, `SequenceGap`,
    /// `SequenceRepeated`, `CommitOverlap`, `CommitGap`, `NonceOutOfOrder`, `RootRemoved`, `AmbiguousLink`,
    /// `IllegalTransition`. The others come with the batch or by [`Ledger::audit`].
    ///
    /// # Errors
    /// [`LedgerError::NotNext`].
    ///
    /// [`Kind`]: crate::domain::finding::Kind
    async fn ingest(&self, leadership: &Leadership, batch: &Batch) -> Result<Ingested, LedgerError>;

    /// Keeps holes and findings that no batch has shown, in one transaction. A hole that is open, or whose numbers all lie
    /// within one that is, stays as it is; one that was closed is open again. Each hole of missing messages brings its
    /// `SequenceGap`, known by ramp and numbers, when it is not among the findings; both are over when it is filled. Given
    /// again, it changes nothing. Says which findings are new.
    async fn insert_holes(
        &self,
        leadership: &Leadership,
        holes: &[Hole],
        findings: &[Finding],
    ) -> Result<Vec<Finding>, LedgerError>;

    /// Holes that are open, oldest first after a number, at most `limit`.
    async fn list_open_holes(&self, after: u64, limit: u32) -> Result<Vec<OpenHole>, LedgerError>;

    /// Stores what an open hole turned out to hold, folds the messages that it concerns, and closes the hole when nothing
    /// is missing in it any more. Events that are known already are left out. The cursor stays.
    async fn fill(&self, leadership: &Leadership, hole: &OpenHole, events: &[Located])
    -> Result<Ingested, LedgerError>;

    /// Undoes everything of a chain above `to`, one of its marks (`None`: everything), folds the messages again, and
    /// moves the cursor back. `from` is the cursor that this was decided on.
    ///
    /// # Errors
    /// [`LedgerError::NotNext`] when the cursor is another one by now, [`LedgerError::NoMark`].
    async fn unwind(
        &self,
        leadership: &Leadership,
        chain: ChainId,
        span: (Option<Position>, Option<Position>),
    ) -> Result<Unwound, LedgerError>;

    /// Adds judgements to their messages' ways. One that changes nothing any more, because the message was executed
    /// meanwhile or the transaction is known, is left out. Says how many were added.
    async fn judge(&self, leadership: &Leadership, judgements: &[Judgement]) -> Result<u64, LedgerError>;

    /// Looks for what is missing: executions and reports of messages that nobody sent, although their source was read
    /// `margin` past them. Closes findings that are over. Bounded; called from time to time. Says which are new.
    async fn audit(
        &self,
        leadership: &Leadership,
        margin: Duration,
        now: Timestamp,
    ) -> Result<Vec<Finding>, LedgerError>;

    /// Closes findings for a person, and tells who did. Needs no lead: nothing that a reader writes depends on it. Says how
    /// many were open.
    async fn accept(&self, accepted: &Accepted) -> Result<u64, StoreError>;

    /// Adds to what operators are told.
    async fn insert_events(&self, leadership: &Leadership, events: &[NewEvent]) -> Result<(), LedgerError>;
}

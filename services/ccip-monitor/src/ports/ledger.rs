//! What the monitor writes: events with the cursor that they were read up to, in one transaction.

use std::fmt;

use async_trait::async_trait;
use causeway_chain::logs::Position;
use causeway_primitives::{B256, ChainId, MessageId, Timestamp};
use causeway_store::{Error as StoreError, lease::Leadership};

use crate::domain::{
    event::{Located, Outcome, Place},
    finding::Finding,
    lane::LaneKey,
};

/// Everything that a range of blocks of one chain gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The chain.
    pub chain: ChainId,
    /// Up to where it was read; the cursor after it.
    pub position: Position,
    /// The time of that block: how far this chain's clock is known.
    pub time: Timestamp,
    /// The highest block that is final as far as was known when this was read.
    pub final_height: u64,
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
        data: causeway_primitives::Bytes,
        /// What was wrong, in words.
        reason: String,
    },
    /// Messages of a ramp are missing that the ramp has counted.
    MissingMessages {
        /// The lane.
        lane: LaneKey,
        /// The ramp.
        on_ramp: causeway_primitives::Address,
        /// The first missing number.
        first: u64,
        /// The last missing number.
        last: u64,
    },
}

/// What a batch changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ingested {
    /// Messages that got an execution by this batch: from here, or from the waiting ones.
    pub executed: Vec<Executed>,
    /// Findings that are new.
    pub findings: Vec<Finding>,
}

/// A message and an execution that were brought together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// The lane.
    pub lane: LaneKey,
    /// The message.
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
    /// Messages whose status was folded again.
    pub messages: u64,
}

/// The write side. Every method is one transaction that checks the leader's epoch.
#[async_trait]
pub trait Ledger: Send + Sync + fmt::Debug {
    /// Up to where a chain was read; `None` before the first batch.
    async fn find_position(&self, chain: ChainId) -> Result<Option<Position>, StoreError>;

    /// Blocks of a chain that were read and may still be reorganised, newest first, the cursor included.
    async fn list_marks(&self, chain: ChainId) -> Result<Vec<Mark>, StoreError>;

    /// The highest sequence number known of each (lane, on-ramp) whose source is this chain, on the canonical chain.
    async fn list_sequences(
        &self,
        chain: ChainId,
    ) -> Result<Vec<(LaneKey, causeway_primitives::Address, u64)>, StoreError>;

    /// Stores a batch, merges both sides of its messages, and moves the cursor.
    async fn ingest(&self, leadership: &Leadership, batch: &Batch) -> Result<Ingested, StoreError>;

    /// Undoes everything of a chain above `to` (`None`: everything), folds the messages again, and moves the cursor
    /// back.
    async fn unwind(
        &self,
        leadership: &Leadership,
        chain: ChainId,
        to: Option<Position>,
    ) -> Result<Unwound, StoreError>;
}

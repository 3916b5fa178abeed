//! What the monitor itself asks the store on each round of looking: who is late, how lanes did, what is open.

use std::fmt;

use async_trait::async_trait;
use causeway_primitives::{ChainId, Timestamp};
use causeway_store::Error as StoreError;

use crate::domain::{finding::Kind, lane::LaneKey, message::Status, rates::Ended};

/// The open findings of one kind on one lane, or on one chain where they are of no lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenFindings {
    /// What was seen.
    pub kind: Kind,
    /// The chain that they stand on.
    pub chain: ChainId,
    /// The lane's name.
    pub lane_name: Option<String>,
    /// How many.
    pub count: u64,
    /// The number of the newest.
    pub newest: u64,
    /// What it says.
    pub detail: String,
    /// When it was seen.
    pub seen_at: Timestamp,
}

/// The round's questions. Every method is one bounded query.
#[async_trait]
pub trait Upkeep: Send + Sync + fmt::Debug {
    /// Keys of messages of a lane that are `sent`, `delivered` or `executing` and were sent before `before`, oldest
    /// first, at most `limit`. One is left out whose content an execution has that waits for the source to be read past it.
    async fn list_late(&self, lane: &LaneKey, before: Timestamp, limit: u32) -> Result<Vec<u64>, StoreError>;

    /// Keys of `expired` messages of a lane that were sent at or after `from`: their lane's time was made longer.
    async fn list_early(&self, lane: &LaneKey, from: Timestamp, limit: u32) -> Result<Vec<u64>, StoreError>;

    /// How many messages of a lane are `sent`, `delivered` or `executing` and were sent before `before`; as
    /// [`Upkeep::list_late`] takes them.
    async fn count_late(&self, lane: &LaneKey, before: Timestamp) -> Result<u64, StoreError>;

    /// Every lane that was ever seen.
    async fn list_lanes(&self) -> Result<Vec<LaneKey>, StoreError>;

    /// Messages of each lane that ended at or after `from`, by the destination's clock: executed for the first time,
    /// failed last, or judged expired. Each message counts once.
    async fn list_ended(&self, from: Timestamp) -> Result<Vec<(LaneKey, Ended)>, StoreError>;

    /// Messages by lane and status, without the executed ones: a few entries of an index each.
    async fn count_unfinished(&self) -> Result<Vec<(LaneKey, Status, u64)>, StoreError>;

    /// Executed messages by lane. Walks an index over all of them: seconds where there are many millions.
    async fn count_executed(&self) -> Result<Vec<(LaneKey, u64)>, StoreError>;

    /// Open holes of every chain that is read or has one; 0 where there is none.
    async fn count_holes(&self) -> Result<Vec<(ChainId, u64)>, StoreError>;

    /// Open findings by kind, chain and lane: every one of these that has any.
    async fn count_findings(&self) -> Result<Vec<OpenFindings>, StoreError>;
}

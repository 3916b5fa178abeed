//! What the store knows around a message or a ramp, for those who explain and verify. The samples of balances live here
//! too: only explanations and forecasts read them.

use std::{fmt, ops::RangeInclusive};

use async_trait::async_trait;
use causeway_chain::logs::Position;
use causeway_primitives::{Address, B256, ChainId, MessageId, Timestamp};
use causeway_store::Error as StoreError;

use crate::domain::{
    diagnose::evidence::{Arrival, Blocker},
    lane::LaneKey,
    spend::Sample,
};

/// Up to where a chain was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The last block whose logs are all known.
    pub position: Position,
    /// Its time.
    pub time: Timestamp,
}

/// The last message that was executed over a lane, in the order of sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastExecution {
    /// The transaction.
    pub tx: B256,
    /// When.
    pub at: Timestamp,
    /// When the message had been sent.
    pub sent_at: Timestamp,
}

/// Numbers of a ramp that were seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    /// How many.
    pub seen: u64,
    /// The lowest.
    pub lowest: Option<u64>,
    /// The highest.
    pub highest: Option<u64>,
    /// Those between them that are missing, in order; at most as many ranges as were asked for.
    pub missing: Vec<Missing>,
}

/// Numbers that are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// The block of the number before them; they are not in an earlier one. `None`: nothing before them was seen.
    pub not_before: Option<u64>,
    /// The block of the number after them; they are not in a later one. `None`: nothing after them was seen.
    pub not_after: Option<u64>,
}

/// A balance as it was read at a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BalanceAt {
    /// The chain.
    pub chain: ChainId,
    /// The token.
    pub token: Address,
    /// Whose.
    pub account: Address,
    /// The block.
    pub block: u64,
    /// When and how much.
    pub sample: Sample,
}

/// What the store knows around a message or a ramp. Every method is one bounded query, over the chains as they are.
#[async_trait]
pub trait Dossier: Send + Sync + fmt::Debug {
    /// Up to where a chain was read; `None` before the first batch.
    async fn find_cursor(&self, chain: ChainId) -> Result<Option<Cursor>, StoreError>;

    /// Logs of a chain that could not be decoded, from a block at or after this time. Missing messages are other
    /// messages than one that is there, so they do not count.
    async fn count_holes_since(&self, chain: ChainId, from: Timestamp) -> Result<u64, StoreError>;

    /// The newest report of a lane that covers a number of a ramp and was not withdrawn.
    async fn find_arrival(
        &self,
        lane: &LaneKey,
        on_ramp: Address,
        sequence: u64,
    ) -> Result<Option<Arrival>, StoreError>;

    /// The leaves of a ramp's messages with these numbers, in their order; messages without one are left out.
    async fn list_leaves(
        &self,
        lane: &LaneKey,
        on_ramp: Address,
        numbers: RangeInclusive<u64>,
    ) -> Result<Vec<(u64, B256)>, StoreError>;

    /// Of a sender's messages on a lane below a nonce the first that has no execution.
    async fn find_blocker(&self, lane: &LaneKey, sender: Address, nonce: u64) -> Result<Option<Blocker>, StoreError>;

    /// The last execution, failed or not, of the message of a lane that was sent last of those that were executed: a message
    /// that was sent before it and has no execution was passed over.
    async fn find_last_execution(&self, lane: &LaneKey) -> Result<Option<LastExecution>, StoreError>;

    /// The store's key and the id of the message with this number; of several ramps the newest.
    async fn find_numbered(&self, lane: &LaneKey, sequence: u64) -> Result<Option<(u64, MessageId)>, StoreError>;

    /// A ramp's numbers in blocks up to this one, with at most `limit` ranges of missing ones.
    async fn read_numbers(
        &self,
        lane: &LaneKey,
        on_ramp: Address,
        up_to: u64,
        limit: u32,
    ) -> Result<Numbers, StoreError>;

    /// Keeps a balance; the same block again changes nothing.
    async fn insert_balance(&self, balance: &BalanceAt) -> Result<(), StoreError>;

    /// An account's balances at or after a time, oldest first, at most 20,000: one every three minutes over a month.
    async fn list_balances(
        &self,
        chain: ChainId,
        token: Address,
        account: Address,
        from: Timestamp,
    ) -> Result<Vec<Sample>, StoreError>;

    /// Forgets balances of a chain before a time of its own clock; how many.
    async fn delete_balances(&self, chain: ChainId, before: Timestamp) -> Result<u64, StoreError>;
}

//! What a scan hands out.

use std::ops::RangeInclusive;

use alloy::primitives::{Address, B256, Bytes};
use causeway_primitives::Timestamp;

use crate::endpoints::EndpointIndex;

/// Up to where logs were read: the last block whose logs are all known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// Its height.
    pub number: u64,
    /// Its hash, by which a reorganisation is noticed.
    pub hash: B256,
}

/// All selected logs of a range of blocks, as one endpoint tells them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The blocks, without a gap after the window before.
    pub range: RangeInclusive<u64>,
    /// The hash of the block below the first one.
    pub parent: B256,
    /// The last block: what is stored together with what comes from the logs.
    pub position: Position,
    /// The last block's time, which is how far the chain's clock is known to have come.
    pub time: Timestamp,
    /// The logs in the order of the chain; may be none.
    pub logs: Vec<ScannedLog>,
    /// Who told.
    pub endpoint: EndpointIndex,
}

/// A log with its place on the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannedLog {
    /// The contract.
    pub address: Address,
    /// At most four; the first is the event's signature, unless the event is anonymous.
    pub topics: Vec<B256>,
    /// The event's data, which anybody may have written: any length, any bytes.
    pub data: Bytes,
    /// The height of its block.
    pub block_number: u64,
    /// The hash of its block.
    pub block_hash: B256,
    /// The time of its block.
    pub block_time: Timestamp,
    /// Its transaction.
    pub tx_hash: B256,
    /// The transaction's place in the block.
    pub tx_index: u64,
    /// The log's place in the block, over all transactions.
    pub log_index: u64,
}

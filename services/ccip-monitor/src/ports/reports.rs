//! What was stored, summed up: value on its way, findings, and the rows of reports.

use std::fmt;

use async_trait::async_trait;
use causeway_chain::logs::Position;
use causeway_primitives::{Address, ChainId, Timestamp, U256};
use causeway_store::Error as StoreError;

use super::FindingView;
use crate::domain::report::{Rows, Window};

/// Up to where a chain was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadPosition {
    /// The chain.
    pub chain: ChainId,
    /// Its last block that is stored.
    pub position: Position,
    /// The time of that block.
    pub time: Timestamp,
    /// Things of this chain that are there and could not be read yet.
    pub open_holes: u64,
}

/// Value that left a chain and has not arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFlight {
    /// The lane's name.
    pub lane_name: String,
    /// The chain that it left.
    pub source: Option<ChainId>,
    /// The chain that it goes to.
    pub destination: Option<ChainId>,
    /// The token on the source chain.
    pub token: Address,
    /// The sum over messages that are not executed and whose send is on the chain.
    pub amount: U256,
    /// Of so many messages.
    pub messages: u64,
}

/// Value on its way and the positions that it is true for: one cut through the database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InFlightCut {
    /// Ordered by lane and token.
    pub values: Vec<InFlight>,
    /// Ordered by chain.
    pub positions: Vec<ReadPosition>,
}

/// Sums over what was stored. Every method reads one snapshot of the database.
#[async_trait]
pub trait Reports: Send + Sync + fmt::Debug {
    /// Value on its way, of one lane or token or of all.
    async fn read_in_flight(&self, lane: Option<&str>, token: Option<Address>) -> Result<InFlightCut, StoreError>;

    /// Findings, open and closed, newest first, below a sequence number, at most `limit`.
    async fn list_all_findings(&self, before: Option<u64>, limit: u32) -> Result<Vec<FindingView>, StoreError>;

    /// Everything that a report over a window says.
    async fn read_report_rows(&self, window: Window) -> Result<Rows, StoreError>;
}

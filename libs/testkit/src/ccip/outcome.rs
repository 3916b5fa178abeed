//! What a step on a lane came to, told the same way for every version.

use std::ops::RangeInclusive;

use alloy::primitives::{B256, Bytes, U256, aliases::B128};

use super::{Error, Transaction};

/// A message on its way.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Where it was sent.
    pub transaction: Transaction,
    /// The position of its log in the block.
    pub log_index: u64,
    /// Its id, recomputed and found right.
    pub message_id: B256,
    /// Its place on the lane, from 1.
    pub sequence_number: u64,
    /// Its place among the sender's messages, from 1; 0 when it may be executed out of order.
    pub nonce: u64,
    /// What was paid, in the fee token's smallest unit.
    pub fee: U256,
}

/// A root on the destination chain.
#[derive(Debug, Clone)]
pub struct Committed {
    /// Where it was accepted.
    pub transaction: Transaction,
    /// The sequence numbers that it covers.
    pub interval: RangeInclusive<u64>,
    /// The root.
    pub root: B256,
}

/// An execution that was mined and took effect; a receiver may have failed in it.
#[derive(Debug, Clone)]
pub struct Executed {
    /// The transaction.
    pub transaction: Transaction,
    /// What became of each message, in order; none when the ramp skipped them.
    pub outcomes: Vec<Outcome>,
}

/// One `ExecutionStateChanged`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The message's place on the lane.
    pub sequence_number: u64,
    /// Its id.
    pub message_id: B256,
    /// The leaf under the root, which 1.6 tells and 1.5 has as the id.
    pub message_hash: B256,
    /// The state now.
    pub state: State,
    /// What the receiver or its pool reverted with; empty on success.
    pub return_data: Bytes,
}

/// The state of a message on its off-ramp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// 0: never tried.
    Untouched,
    /// 1: only ever seen from within an execution.
    InProgress,
    /// 2: done, for good.
    Success,
    /// 3: tried without success, open to manual execution.
    Failure,
}

impl State {
    /// From the contracts' number.
    pub(super) const fn from_number(number: u8) -> Result<Self, Error> {
        match number {
            0 => Ok(Self::Untouched),
            1 => Ok(Self::InProgress),
            2 => Ok(Self::Success),
            3 => Ok(Self::Failure),
            other => Err(Error::State(other)),
        }
    }
}

/// What the risk network curses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The chain at the other end of the lane.
    Lane,
    /// Everything.
    Everything,
}

impl Subject {
    /// The subject as the contracts know it, for a lane to or from this selector.
    pub(super) fn of(self, selector: u64) -> B128 {
        match self {
            Self::Lane => B128::from(u128::from(selector)),
            Self::Everything => B128::from(0x0100_0000_0000_0000_0000_0000_0000_0001_u128),
        }
    }
}

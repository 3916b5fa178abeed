//! A log opened as an event that its first topic names: the number of topics is right, the rest is read on demand.

use causeway_chain::logs::ScannedLog;
use causeway_primitives::{Address, B256, Bytes, ChainSelector};

use super::abi::{Budget, Tuple, bytes_to_address, word_to_address, word_to_u64};
use crate::{
    domain::{
        event::{Attempted, Outcome},
        lane::LaneKey,
    },
    ports::{Contract, DecodeError},
};

/// Messages of the widest report that is one. Off-ramps prove leaves of trees with up to 256.
const WIDEST_REPORT: u64 = 4_096;

/// The longest receiver that is one. EVM has 20 bytes and the longest known family 64; a log can claim a megabyte.
const LONGEST_RECEIVER: usize = 256;

/// A log of a known event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event<'a> {
    log: &'a ScannedLog,
    /// The data.
    pub(super) data: Tuple<'a>,
}

impl<'a> Event<'a> {
    /// Opens a log as the event `name`, which has `topics` topics, its signature included.
    pub(super) fn open(
        name: &'a str,
        topics: usize,
        log: &'a ScannedLog,
        budget: &'a Budget,
    ) -> Result<Self, DecodeError> {
        let found = log.topics.len();
        if found != topics {
            return Err(DecodeError::Topics { expected: topics, found });
        }
        Ok(Self { log, data: Tuple::new(name, &log.data, budget) })
    }

    /// The data as it is.
    pub(super) fn raw(&self) -> &'a [u8] {
        &self.log.data
    }

    /// A topic.
    pub(super) fn topic(&self, index: usize) -> Result<B256, DecodeError> {
        self.log.topics.get(index).copied().ok_or_else(|| self.data.malformed())
    }

    /// An indexed `uint64`.
    pub(super) fn topic_u64(&self, index: usize) -> Result<u64, DecodeError> {
        word_to_u64(&self.topic(index)?.0).ok_or_else(|| self.data.malformed())
    }

    /// An indexed `address`.
    pub(super) fn topic_address(&self, index: usize) -> Result<Address, DecodeError> {
        word_to_address(self.topic(index)?.as_slice()).ok_or_else(|| self.data.malformed())
    }
}

/// A chain's selector; zero is none.
pub(super) fn selector(field: &'static str, value: u64) -> Result<ChainSelector, DecodeError> {
    ChainSelector::new(value).map_err(|_| DecodeError::Range { field })
}

/// A number that contracts count up from 1. Whatever exceeds 63 bits was never counted.
pub(super) fn counted(field: &'static str, value: u64) -> Result<u64, DecodeError> {
    if i64::try_from(value).is_ok() { Ok(value) } else { Err(DecodeError::Range { field }) }
}

/// The numbers that a report covers. One that is empty, or wider than any tree of leaves, was never accepted.
pub(super) fn interval(field: &'static str, first: u64, last: u64) -> Result<(u64, u64), DecodeError> {
    match last.checked_sub(first) {
        Some(width) if width < WIDEST_REPORT => Ok((first, last)),
        Some(_) | None => Err(DecodeError::Range { field }),
    }
}

/// A sender's number; 0 stands for a message that may be executed in any order.
pub(super) fn nonce(value: u64) -> Result<Option<u64>, DecodeError> {
    counted("nonce", value).map(|nonce| (nonce != 0).then_some(nonce))
}

/// Refuses an event that says another thing twice, or of another chain than the one that its contract is on.
pub(super) fn same<T: PartialEq>(field: &'static str, one: &T, other: &T) -> Result<(), DecodeError> {
    if one == other { Ok(()) } else { Err(DecodeError::Range { field }) }
}

/// A receiver as it is kept: 20 bytes where it is an EVM address, as it stands where it is not.
pub(super) fn receiver(bytes: &[u8]) -> Result<Bytes, DecodeError> {
    match bytes_to_address(bytes) {
        Some(address) => Ok(Bytes::copy_from_slice(address.as_slice())),
        None if bytes.len() <= LONGEST_RECEIVER => Ok(Bytes::copy_from_slice(bytes)),
        None => Err(DecodeError::Range { field: "receiver" }),
    }
}

/// How an execution ended. The states before an end, 0 and 1, are never logged: they are set and replaced in one call.
pub(super) fn outcome(state: u64) -> Result<Outcome, DecodeError> {
    match state {
        2 => Ok(Outcome::Succeeded),
        3 => Ok(Outcome::Failed),
        0 | 1 | 4.. => Err(DecodeError::Range { field: "state" }),
    }
}

/// The beginning of what an execution returned.
pub(super) fn return_data(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(bytes.get(..Attempted::RETURN_DATA_KEPT).unwrap_or(bytes))
}

/// The lane of messages that leave through a contract.
pub(super) fn lane_to(contract: &Contract, destination: ChainSelector) -> LaneKey {
    LaneKey { dialect: contract.dialect.clone(), source: contract.home, destination }
}

/// The lane of messages that arrive through a contract.
pub(super) fn lane_from(contract: &Contract, source: ChainSelector) -> LaneKey {
    LaneKey { dialect: contract.dialect.clone(), source, destination: contract.home }
}

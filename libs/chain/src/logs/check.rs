//! Whether what one endpoint said about a range fits together. Pure.

use std::ops::RangeInclusive;

use alloy::primitives::Address;

use super::{selection::Selection, wire::RawLog};
use crate::endpoints::Block;

/// The EVM has the instructions `LOG0` to `LOG4`.
const MOST_TOPICS: usize = 4;

/// What does not fit in an endpoint's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Two views of the chain in one answer: it was reorganised in between, or several nodes answered.
    #[error("block {block} changed while it was read")]
    Moved {
        /// Where it shows.
        block: u64,
    },
    /// The header of another block than the one that was asked for.
    #[error("the header of block {found} where that of block {asked} was asked for")]
    OtherHeader {
        /// The block in the question.
        asked: u64,
        /// The block in the answer.
        found: u64,
    },
    /// A log of a block that was not asked for.
    #[error("a log of block {block}, which was not asked for")]
    OutOfRange {
        /// Its block.
        block: u64,
    },
    /// A log of a contract, or with a signature, that was not asked for.
    #[error("a log of {address} in block {block}, which was not asked for")]
    NotSelected {
        /// Its block.
        block: u64,
        /// Its contract.
        address: Address,
    },
    /// A log of a block that is not on the chain any more.
    #[error("a removed log in block {block}")]
    Removed {
        /// Its block.
        block: u64,
    },
    /// The same place twice.
    #[error("log {log_index} of block {block} twice")]
    Twice {
        /// Its block.
        block: u64,
        /// Its place in the block.
        log_index: u64,
    },
    /// More topics than the EVM can write.
    #[error("a log with {count} topics in block {block}")]
    TooManyTopics {
        /// Its block.
        block: u64,
        /// How many.
        count: usize,
    },
}

impl Fault {
    /// True when the endpoint is wrong whatever the chain did in the meantime.
    pub const fn blames_endpoint(&self) -> bool {
        match self {
            Self::Moved { .. } => false,
            Self::OtherHeader { .. }
            | Self::OutOfRange { .. }
            | Self::NotSelected { .. }
            | Self::Removed { .. }
            | Self::Twice { .. }
            | Self::TooManyTopics { .. } => true,
        }
    }
}

/// What one endpoint said about a range, in one go.
#[derive(Debug)]
pub(super) struct Part {
    /// The last block's header, asked for before everything else: the endpoint had come that far.
    pub(super) last_before: Block,
    pub(super) first: Block,
    pub(super) logs: Vec<RawLog>,
    /// The last block's header once more, asked for after the logs. The same hash means the same chain below
    /// it, so the logs and the first header are of that chain too.
    pub(super) last: Block,
    /// How long the logs were as JSON.
    pub(super) bytes: u64,
}

/// Checks all of it and puts the logs in the chain's order, which no standard promises.
pub(super) fn check(part: &mut Part, range: &RangeInclusive<u64>, selection: &Selection) -> Result<(), Fault> {
    let (from, to) = (*range.start(), *range.end());
    for (header, asked) in [(&part.first, from), (&part.last_before, to), (&part.last, to)] {
        if header.number != asked {
            return Err(Fault::OtherHeader { asked, found: header.number });
        }
    }
    if part.last_before.hash != part.last.hash || (from == to && part.first.hash != part.last.hash) {
        return Err(Fault::Moved { block: to });
    }
    for log in &part.logs {
        let known = [&part.first, &part.last].into_iter().find(|header| header.number == log.block_number.0);
        check_log(log, range, selection)?;
        if known.is_some_and(|header| header.hash != log.block_hash) {
            return Err(Fault::Moved { block: log.block_number.0 });
        }
    }
    part.logs.sort_by_key(place);
    part.logs.windows(2).try_for_each(|pair| match pair {
        [one, next] => check_pair(one, next),
        _ => Ok(()),
    })
}

fn check_log(log: &RawLog, range: &RangeInclusive<u64>, selection: &Selection) -> Result<(), Fault> {
    let block = log.block_number.0;
    if !range.contains(&block) {
        return Err(Fault::OutOfRange { block });
    }
    if log.removed == Some(true) {
        return Err(Fault::Removed { block });
    }
    if !selection.contains(&log.address, &log.topics) {
        return Err(Fault::NotSelected { block, address: log.address });
    }
    if log.topics.len() > MOST_TOPICS {
        return Err(Fault::TooManyTopics { block, count: log.topics.len() });
    }
    Ok(())
}

fn check_pair(one: &RawLog, next: &RawLog) -> Result<(), Fault> {
    let (block, log_index) = place(one);
    if block == next.block_number.0 && one.block_hash != next.block_hash {
        return Err(Fault::Moved { block });
    }
    if (block, log_index) == place(next) { Err(Fault::Twice { block, log_index }) } else { Ok(()) }
}

const fn place(log: &RawLog) -> (u64, u64) {
    (log.block_number.0, log.log_index.0)
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{B256, Bytes};
    use causeway_primitives::Timestamp;

    use super::*;
    use crate::logs::wire::Quantity;

    const CONTRACT: Address = Address::repeat_byte(1);
    const TOPIC: B256 = B256::repeat_byte(2);

    fn hash(block: u64) -> B256 {
        B256::left_padding_from(&block.to_be_bytes())
    }

    fn header(number: u64) -> Block {
        let parent_hash = hash(number - 1);
        Block { number, hash: hash(number), parent_hash, time: Timestamp::EPOCH, base_fee: None }
    }

    fn log(block: u64, log_index: u64) -> RawLog {
        RawLog {
            address: CONTRACT,
            topics: vec![TOPIC],
            data: Bytes::new(),
            block_number: Quantity(block),
            block_hash: hash(block),
            transaction_hash: B256::ZERO,
            transaction_index: Quantity(0),
            log_index: Quantity(log_index),
            removed: None,
            block_timestamp: None,
        }
    }

    /// The part of the blocks 10 to 20 after a change, checked.
    fn checked(change: impl FnOnce(&mut Part)) -> Result<Vec<(u64, u64)>, Fault> {
        let logs = vec![log(10, 0), log(15, 3), log(15, 4), log(20, 0)];
        let mut part = Part { last_before: header(20), first: header(10), logs, last: header(20), bytes: 0 };
        change(&mut part);
        check(&mut part, &(10..=20), &Selection::new([CONTRACT], [TOPIC]))?;
        Ok(part.logs.iter().map(place).collect())
    }

    #[test]
    fn ccip_17_logs_come_in_the_order_of_the_chain_however_they_were_sent() {
        let expected = vec![(10, 0), (15, 3), (15, 4), (20, 0)];
        assert_eq!(checked(|_| ()), Ok(expected.clone()));
        assert_eq!(checked(|part| part.logs.reverse()), Ok(expected));
        assert_eq!(checked(|part| part.logs.clear()), Ok(vec![]));
    }

    #[test]
    fn ccip_17_a_log_that_nobody_asked_for_blames_the_endpoint() {
        let other = Address::repeat_byte(9);
        let faults = [
            (checked(|part| part.logs[1].block_number = Quantity(9)), Fault::OutOfRange { block: 9 }),
            (checked(|part| part.logs[1].block_number = Quantity(21)), Fault::OutOfRange { block: 21 }),
            (checked(|part| part.logs[1].address = other), Fault::NotSelected { block: 15, address: other }),
            (checked(|part| part.logs[1].topics.clear()), Fault::NotSelected { block: 15, address: CONTRACT }),
            (checked(|part| part.logs[1].topics = vec![TOPIC; 5]), Fault::TooManyTopics { block: 15, count: 5 }),
            (checked(|part| part.logs[1].removed = Some(true)), Fault::Removed { block: 15 }),
            (checked(|part| part.logs[1].log_index = Quantity(4)), Fault::Twice { block: 15, log_index: 4 }),
            (checked(|part| part.first = header(11)), Fault::OtherHeader { asked: 10, found: 11 }),
        ];
        for (found, expected) in faults {
            assert_eq!(found, Err(expected));
            assert!(expected.blames_endpoint(), "{expected}");
        }
    }

    #[test]
    fn ccip_16_two_views_of_the_chain_in_one_answer_are_noticed_and_blame_nobody() {
        let faults = [
            (checked(|part| part.last_before.hash = hash(99)), Fault::Moved { block: 20 }),
            (checked(|part| part.logs[0].block_hash = hash(99)), Fault::Moved { block: 10 }),
            (checked(|part| part.logs[2].block_hash = hash(99)), Fault::Moved { block: 15 }),
            (checked(|part| part.logs[3].block_hash = hash(99)), Fault::Moved { block: 20 }),
        ];
        for (found, expected) in faults {
            assert_eq!(found, Err(expected));
            assert!(!expected.blames_endpoint(), "{expected}");
        }
    }
}

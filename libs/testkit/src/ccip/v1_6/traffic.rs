//! A lane's worth of 1.6 messages without contracts: the logs that the real ramps would emit, computed. For
//! [`blocks`](crate::blocks), where a million messages are wanted and no contract could send them.
//!
//! Ids and leaves are right by the formulas that the real contracts accept in this crate's own tests, so a monitor may
//! verify every one of them.

use alloy::{
    primitives::{Address, B256, Bytes, LogData, U256, keccak256},
    sol_types::SolEvent,
};

use super::messages::Ends;
use crate::{
    blocks::GeneratedLog,
    ccip::{
        abi::v1_6::{
            Header,
            OffRamp::{CommitReportAccepted, ExecutionStateChanged},
            OnRamp::CCIPMessageSent,
            PriceUpdates, Root, SentMessage,
        },
        codec::{extra_args, padded},
    },
};

/// The state of a message that was executed with success.
const SUCCESS: u8 = 2;

/// Accounts that send; enough that an index over senders is no list of one.
const SENDERS: u64 = 997;

/// Receivers.
const RECEIVERS: u64 = 499;

/// A lane with regular traffic. Everything about message `n`, from 1, follows from `n`.
#[derive(Debug, Clone, Copy)]
pub struct Traffic {
    /// Selector of the source chain.
    pub source: u64,
    /// Selector of the destination chain.
    pub destination: u64,
    /// Messages in all.
    pub messages: u64,
    /// Messages of one block.
    pub per_block: u64,
    /// Every so many-th block has messages, beginning with block 1.
    pub every: u64,
    /// Blocks from a send to its execution, at least 2; the commit is in the block before.
    pub delay: u64,
    /// Bytes of a message's data.
    pub data_bytes: usize,
}

impl Traffic {
    /// The on-ramp on the source chain.
    pub fn on_ramp(&self) -> Address {
        account("on-ramp", self.source)
    }

    /// The off-ramp on the destination chain.
    pub fn off_ramp(&self) -> Address {
        account("off-ramp", self.destination)
    }

    /// The last block of the destination chain that has a log.
    pub const fn last_block(&self) -> u64 {
        let blocks = self.messages.div_ceil(self.per_block);
        blocks.saturating_sub(1).saturating_mul(self.every).saturating_add(1).saturating_add(self.delay)
    }

    /// How many messages were sent up to a block of the source: what the ramp's counter says, less one.
    pub const fn sent_up_to(&self, block: u64) -> u64 {
        if block == 0 {
            return 0;
        }
        let blocks = block.saturating_sub(1).checked_div(self.every);
        let blocks = match blocks {
            Some(blocks) => blocks.saturating_add(1),
            None => 0,
        };
        let sent = blocks.saturating_mul(self.per_block);
        if sent < self.messages { sent } else { self.messages }
    }

    /// The logs of a block of the source chain.
    pub fn sends(&self, block: u64) -> Vec<GeneratedLog> {
        self.numbers(block).map(|number| self.send(number)).collect()
    }

    /// The logs of a block of the destination chain.
    pub fn arrivals(&self, block: u64) -> Vec<GeneratedLog> {
        let mut logs = Vec::new();
        let mut committed = self.numbers(block.saturating_add(1).saturating_sub(self.delay));
        if let Some(first) = committed.next() {
            logs.push(self.commit(first, committed.last().unwrap_or(first)));
        }
        let executed = self.numbers(block.saturating_sub(self.delay));
        logs.extend(executed.map(|number| self.execution(number)));
        logs
    }

    /// The numbers of the messages that were sent in a block.
    fn numbers(&self, block: u64) -> impl Iterator<Item = u64> + use<> {
        let index = block.checked_sub(1).filter(|block| block.is_multiple_of(self.every));
        let first = index.and_then(|index| index.checked_div(self.every)).unwrap_or(u64::MAX);
        let first = first.saturating_mul(self.per_block).saturating_add(1);
        let last = first.saturating_add(self.per_block).saturating_sub(1).min(self.messages);
        first..=last
    }

    const fn ends(&self, on_ramp: Address) -> Ends {
        Ends { source: self.source, destination: self.destination, on_ramp }
    }

    fn message(&self, number: u64) -> SentMessage {
        let mut message = SentMessage {
            header: Header {
                messageId: B256::ZERO,
                sourceChainSelector: self.source,
                destChainSelector: self.destination,
                sequenceNumber: number,
                nonce: 0,
            },
            sender: account("sender", number % SENDERS),
            data: keccak256(number.to_be_bytes()).repeat(self.data_bytes.div_ceil(32)).into(),
            receiver: padded(account("receiver", number % RECEIVERS)),
            extraArgs: extra_args(200_000, true),
            feeToken: account("link", self.source),
            feeTokenAmount: U256::from(100_000_000_000_000_000_u64),
            feeValueJuels: U256::from(100_000_000_000_000_000_u64),
            tokenAmounts: Vec::new(),
        };
        message.header.messageId = self.ends(self.on_ramp()).message_id(&message);
        message
    }

    fn send(&self, number: u64) -> GeneratedLog {
        let message = self.message(number);
        let event = CCIPMessageSent { destChainSelector: self.destination, sequenceNumber: number, message };
        log(self.on_ramp(), event.encode_log_data(), number)
    }

    fn commit(&self, first: u64, last: u64) -> GeneratedLog {
        // A root of nothing: what is behind it costs a tree, and a monitor cannot check it without all leaves.
        let root = Root {
            sourceChainSelector: self.source,
            onRampAddress: padded(self.on_ramp()),
            minSeqNr: first,
            maxSeqNr: last,
            merkleRoot: keccak256(first.to_be_bytes()),
        };
        let prices = PriceUpdates { tokenPriceUpdates: Vec::new(), gasPriceUpdates: Vec::new() };
        let event = CommitReportAccepted { blessed: Vec::new(), unblessed: vec![root], prices };
        log(self.off_ramp(), event.encode_log_data(), 0)
    }

    fn execution(&self, number: u64) -> GeneratedLog {
        let message = self.message(number);
        let id = message.header.messageId;
        let leaf = self.ends(self.on_ramp()).leaf(&message).map_or(B256::ZERO, |leaf| leaf.hash);
        let event = ExecutionStateChanged {
            sourceChainSelector: self.source,
            sequenceNumber: number,
            messageId: id,
            messageHash: leaf,
            state: SUCCESS,
            returnData: Bytes::new(),
            gasUsed: U256::from(81_234),
        };
        log(self.off_ramp(), event.encode_log_data(), number)
    }
}

fn log(address: Address, data: LogData, number: u64) -> GeneratedLog {
    let (topics, data) = data.split();
    GeneratedLog { address, topics, data, tx_index: number }
}

/// An account that nobody else has.
fn account(kind: &str, number: u64) -> Address {
    Address::from_word(keccak256([kind.as_bytes(), &number.to_be_bytes()].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_sent_committed_and_executed_once() {
        let traffic =
            Traffic { source: 138, destination: 1337, messages: 25, per_block: 4, every: 3, delay: 5, data_bytes: 64 };
        let blocks = 0..=traffic.last_block();
        let sent: Vec<_> = blocks.clone().flat_map(|block| traffic.sends(block)).collect();
        assert_eq!(sent.len(), 25);
        let arrived: Vec<_> = blocks.flat_map(|block| traffic.arrivals(block)).collect();
        let executed = arrived.iter().filter(|log| log.topics[0] == ExecutionStateChanged::SIGNATURE_HASH);
        assert_eq!(executed.count(), 25);
        let committed = arrived.iter().filter(|log| log.topics[0] == CommitReportAccepted::SIGNATURE_HASH);
        assert_eq!(committed.count(), 7);
        assert_eq!(traffic.sent_up_to(traffic.last_block()), 25);
        assert_eq!(traffic.sent_up_to(3), 4);
        assert_eq!(traffic.sent_up_to(4), 8);
    }
}

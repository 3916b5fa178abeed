//! What the store says about a window, before anything is concluded from it. The cohort is the messages sent in the
//! window and still on their chain, unless a row says otherwise.

use std::time::Duration;

use causeway_primitives::{Address, B256, Bytes, ChainId, MessageId, Timestamp, U256};

use crate::domain::{finding::Kind, message::Status};

/// Everything that a report is made of: one snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rows {
    /// Up to where each chain was read when this was taken: chain, block, its time.
    pub positions: Vec<(ChainId, u64, Timestamp)>,
    /// Things that were there and could not be read, opened and not closed.
    pub open_holes: u64,
    /// Each lane, and all together (without a lane).
    pub volumes: Vec<Volume>,
    /// At most 20 of each lane, slowest first.
    pub slowest: Vec<Slow>,
    /// Hours of the window in which something was sent or executed, by lane.
    pub hours: Vec<Hour>,
    /// Each lane's busiest hour in the year up to the end of the window, by sends.
    pub peaks: Vec<Hour>,
    /// Fees by UTC day, lane and token.
    pub fees: Vec<FeeRow>,
    /// The same of the window before.
    pub fees_before: Vec<FeeRow>,
    /// Failed executions *in the window*, whenever their messages were sent; at most 500, most frequent first.
    pub failures: Vec<Failure>,
    /// Failed executions in the window, all of them.
    pub failed_attempts: u64,
    /// Senders and receivers; at most 500 of each, busiest first.
    pub parties: Vec<Party>,
    /// Settings of contracts that changed in the window; at most 500, in order.
    pub settings: Vec<SettingRow>,
    /// Findings first seen in the window, by kind: how many, and how many are open.
    pub findings: Vec<(Kind, u64, u64)>,
    /// Form of messages by lane.
    pub formats: Vec<Format>,
    /// Messages that could have travelled together; at most 200, most first.
    pub repeats: Vec<Repeat>,
    /// The smallest fee by lane and token.
    pub cheapest: Vec<Cheapest>,
    /// At most 200 messages with data of each lane, spread over the window, for what their data looks like.
    pub samples: Vec<Sample>,
}

/// Messages of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// The lane; `None`: all together.
    pub lane: Option<String>,
    /// Sent in the window.
    pub sent: u64,
    /// Of these, by status now; statuses without a message may be left out.
    pub by_status: Vec<(Status, u64)>,
    /// Of those that were executed; `None` without one.
    pub latency: Option<Latency>,
}

/// Executed − sent, each by its own chain's clock, exact over single messages (`percentile_disc`). An execution that
/// lies before its send, by two clocks that differ, counts as zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// Over so many messages.
    pub messages: u64,
    /// The mean, to the millisecond.
    pub mean: Duration,
    /// 25 %.
    pub p25: Duration,
    /// The median.
    pub p50: Duration,
    /// 75 %.
    pub p75: Duration,
    /// 95 %.
    pub p95: Duration,
    /// 99 %.
    pub p99: Duration,
    /// The longest.
    pub longest: Duration,
    /// Executions whose block time lies before that of their send.
    pub backwards: u64,
}

/// A slow message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slow {
    /// Its lane.
    pub lane: String,
    /// Its id.
    pub message: MessageId,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// Executed − sent.
    pub latency: Duration,
}

/// An hour of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hour {
    /// The lane.
    pub lane: String,
    /// Its beginning.
    pub start: Timestamp,
    /// Messages sent in it.
    pub sent: u64,
    /// Messages executed in it, whenever they were sent.
    pub executed: u64,
}

/// Fees of a UTC day in one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeRow {
    /// The day's beginning.
    pub day: Timestamp,
    /// The lane.
    pub lane: String,
    /// The chain that they were paid on.
    pub chain: Option<ChainId>,
    /// The token; zero is the chain's coin.
    pub token: Address,
    /// Messages.
    pub messages: u64,
    /// The sum, in the token's smallest unit.
    pub total: U256,
    /// Bytes of data of these messages.
    pub data_bytes: u64,
}

/// Failed executions that returned the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The lane.
    pub lane: String,
    /// What was returned, as far as it is kept.
    pub return_data: Bytes,
    /// Executions.
    pub attempts: u64,
    /// Messages of these.
    pub messages: u64,
    /// The last one.
    pub last_at: Timestamp,
    /// The message of the last one.
    pub example: MessageId,
}

/// Which end of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// Who sent.
    Sender,
    /// Who got.
    Receiver,
}

/// Somebody who used a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The lane.
    pub lane: String,
    /// Which end.
    pub end: End,
    /// Who: 20 bytes on an EVM chain.
    pub account: Bytes,
    /// Messages.
    pub messages: u64,
    /// The first message ever of this account on this lane and end.
    pub first_seen: Timestamp,
}

/// A change of a contract's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingRow {
    /// When.
    pub at: Timestamp,
    /// The chain.
    pub chain: ChainId,
    /// The block.
    pub block: u64,
    /// The transaction.
    pub tx: B256,
    /// The contract.
    pub contract: Address,
    /// What: a name of [`crate::domain::event::ChangeKind`].
    pub kind: String,
    /// Whom or what it names.
    pub subject: Bytes,
}

/// What messages of a lane look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// The lane.
    pub lane: String,
    /// Messages.
    pub messages: u64,
    /// Ids that the content gives.
    pub verified: u64,
    /// Ids that the content does not give.
    pub mismatched: u64,
    /// Ids that have no formula over the content.
    pub not_derivable: u64,
    /// Ids that no event states.
    pub derived: u64,
    /// Receivers that are not 20 bytes.
    pub receivers_not_evm: u64,
    /// Bytes of data: median.
    pub data_p50: u64,
    /// Bytes of data: 95 %.
    pub data_p95: u64,
    /// Bytes of data: most.
    pub data_longest: u64,
}

/// Messages of one sender to one receiver, each sent within [`Repeat::WITHIN`] of the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeat {
    /// The lane.
    pub lane: String,
    /// The sender.
    pub sender: Address,
    /// The receiver.
    pub receiver: Bytes,
    /// Messages that followed another one that closely: those that need not have been sent on their own.
    pub followers: u64,
    /// What the followers were paid for in.
    pub token: Address,
    /// What they were paid for.
    pub fees: U256,
}

impl Repeat {
    /// A minute: an application that waits so long before it sends loses little against the finality of a chain.
    pub const WITHIN: Duration = Duration::from_secs(60);
}

/// The smallest fee on a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cheapest {
    /// The lane.
    pub lane: String,
    /// The token.
    pub token: Address,
    /// The fee, above zero.
    pub fee: U256,
}

/// A message's data as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The lane.
    pub lane: String,
    /// Bytes of the whole.
    pub length: u64,
    /// The beginning, as far as it is kept.
    pub head: Bytes,
    /// What the fee was paid in.
    pub token: Address,
    /// The fee.
    pub fee: U256,
}

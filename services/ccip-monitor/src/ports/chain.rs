//! What a chain is asked when a message, a lane or a router is to be explained.
//!
//! These reads fail over, so they explain and are no evidence: what the monitor stores comes from logs. Each gives its
//! value with the line that proves it, or a gap: a failed read is never a zero, a `false` or an empty list.

use std::{fmt, ops::RangeInclusive};

use async_trait::async_trait;
use causeway_primitives::{Address, B256, Bytes, ChainSelector, MessageId, Timestamp, U256};

use crate::domain::{
    diagnose::{
        Read,
        diagnosis::ManualCall,
        evidence::{Curses, DestinationReads, RouterState, SourceReads},
    },
    lane::{Dialect, LaneKey},
};

/// A block that reads are pinned to, so that the answers to one question fit each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pin {
    /// Its height.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// Its time.
    pub time: Timestamp,
    /// What it asks for gas, in wei; `None` before London, 0 where gas is free.
    pub base_fee: Option<u128>,
}

/// An on-ramp, and whom it counts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RampAsk {
    /// How it speaks.
    pub dialect: Dialect,
    /// Where it is.
    pub on_ramp: Address,
    /// The other end.
    pub destination: ChainSelector,
}

/// A lane that leaves the chain, with its newest on-ramp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingAsk {
    /// The lane.
    pub lane: LaneKey,
    /// Its on-ramp; the operators' contract in a private dialect.
    pub on_ramp: Address,
}

/// What is looked at on a chain from time to time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeAsk {
    /// The chain's own selector.
    pub own: ChainSelector,
    /// The router.
    pub router: Option<Address>,
    /// The contract that curses, where it is configured; else it is found through the router.
    pub rmn: Option<Address>,
    /// The lanes that leave it.
    pub outgoing: Vec<OutgoingAsk>,
    /// The chains that messages come from, by the lanes that arrive.
    pub incoming: Vec<IncomingAsk>,
    /// LINK.
    pub link_token: Option<Address>,
    /// Whose LINK is watched.
    pub link_accounts: Vec<Address>,
}

/// A lane that arrives, with its off-ramp in service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingAsk {
    /// The lane.
    pub lane: LaneKey,
    /// Its off-ramp.
    pub off_ramp: Address,
}

/// What a probe found, in the order of the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeReads {
    /// How the router serves.
    pub router: Read<RouterState>,
    /// Whether the whole chain is cursed.
    pub cursed: Read<bool>,
    /// Each lane that leaves.
    pub outgoing: Vec<OutgoingReads>,
    /// Whether this chain curses the other end of each lane that arrives.
    pub incoming: Vec<(LaneKey, Read<Curses>)>,
    /// LINK of each account, in juels.
    pub balances: Vec<(Address, Read<U256>)>,
}

/// A lane at its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingReads {
    /// The lane.
    pub lane: LaneKey,
    /// Whether its router supports the other end.
    pub supported: Read<bool>,
    /// The number that the ramp gives next.
    pub expected_next: Read<u64>,
    /// Whether this chain curses the other end.
    pub curses: Read<Curses>,
}

/// A message as its send's log has it, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// Its data; `None` where only its dialect's decoder finds it (2.0).
    pub data: Option<Bytes>,
    /// Its tokens.
    pub tokens: Vec<OriginalToken>,
    /// All of it, as its dialect writes it. Only an adapter reads it.
    pub encoded: Bytes,
}

/// A token of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OriginalToken {
    /// The token on the source chain; in 1.6 its pool.
    pub source: Address,
    /// The token on the destination chain; `None` where that is no EVM address.
    pub destination: Option<Address>,
    /// In its smallest unit.
    pub amount: U256,
}

/// A message, as far as both ends must know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Its lane.
    pub lane: LaneKey,
    /// Its id.
    pub id: MessageId,
    /// Its number.
    pub sequence: Option<u64>,
    /// Who sent it.
    pub sender: Address,
    /// Who gets it.
    pub receiver: Bytes,
    /// Its data; `None` where only its beginning is known.
    pub data: Option<Bytes>,
    /// Its tokens.
    pub tokens: Vec<OriginalToken>,
    /// Gas for the receiver.
    pub gas_limit: Option<U256>,
    /// True: it may be executed in any order.
    pub out_of_order: bool,
}

/// What the source is asked about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceAsk {
    /// The message.
    pub parcel: Parcel,
    /// The transaction of its send.
    pub tx: B256,
    /// The on-ramp that took it.
    pub on_ramp: Address,
    /// What its fee was paid in.
    pub fee_token: Address,
    /// The router.
    pub router: Option<Address>,
    /// The contract that curses.
    pub rmn: Option<Address>,
}

/// What the destination is asked about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationAsk {
    /// The message.
    pub parcel: Parcel,
    /// The off-ramp in service.
    pub off_ramp: Option<Address>,
    /// The router.
    pub router: Option<Address>,
    /// The contract that curses.
    pub rmn: Option<Address>,
    /// The root of the report that covers it.
    pub root: Option<B256>,
    /// The last execution over its lane: transaction, time, and when that message had been sent.
    pub last_relayed: Option<(B256, Timestamp, Timestamp)>,
}

/// What a call that executes a message by hand is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualAsk {
    /// The lane.
    pub lane: LaneKey,
    /// The off-ramp.
    pub off_ramp: Address,
    /// The message.
    pub original: Original,
    /// The root of its report; `None` in 2.0.
    pub root: Option<B256>,
    /// The leaves of all messages of the report, in the order of their numbers.
    pub leaves: Vec<B256>,
    /// Which of them is this message's.
    pub index: usize,
    /// Gas for the receiver instead of the message's own; `None`: its own.
    pub gas_override: Option<U256>,
}

/// An off-ramp whose callers are watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffRampAsk {
    /// How it speaks.
    pub dialect: Dialect,
    /// Where it is.
    pub address: Address,
    /// The chain at the other end, where it serves one lane only (1.2 and 1.5).
    pub source: Option<ChainSelector>,
}

/// Which message a transaction means to execute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Named {
    /// The one with this number from this chain.
    Number {
        /// The source.
        source: ChainSelector,
        /// The number.
        sequence: u64,
    },
    /// The one with this id.
    Id(MessageId),
}

/// A transaction that means to execute messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    /// The transaction.
    pub tx: B256,
    /// The off-ramp that it calls.
    pub off_ramp: Address,
    /// How that speaks.
    pub dialect: Dialect,
    /// The messages that it names.
    pub names: Vec<Named>,
    /// The block that reverted it; `None`: it is on its way.
    pub reverted_in: Option<Pin>,
}

/// One chain, asked for explanations. Every read is bounded in time and number.
#[async_trait]
pub trait ChainReads: Send + Sync + fmt::Debug {
    /// The last block.
    async fn head(&self) -> Read<Pin>;

    /// Routers, curses, counters and balances.
    async fn probe(&self, at: Pin, ask: &ProbeAsk) -> ProbeReads;

    /// The number that an on-ramp gives next.
    async fn expected_next(&self, at: Pin, ask: &RampAsk) -> Read<u64>;

    /// The block at a height.
    async fn block(&self, number: u64) -> Read<Pin>;

    /// The message as its send's log has it.
    async fn original(&self, ask: &SourceAsk) -> Read<Original>;

    /// What the source says of a message.
    async fn source(&self, at: Pin, ask: &SourceAsk) -> SourceReads;

    /// What the destination says of a message.
    async fn destination(&self, at: Pin, ask: &DestinationAsk) -> DestinationReads;

    /// A call that executes a message by hand.
    async fn manual_call(&self, at: Pin, ask: &ManualAsk) -> Read<ManualCall>;

    /// Transactions on their way that call one of these off-ramps.
    async fn pending_tries(&self, off_ramps: &[OffRampAsk]) -> Read<Vec<Try>>;

    /// Transactions of these blocks that called one of these off-ramps and were reverted. A long range is the caller's
    /// mistake: each block costs a request.
    async fn reverted_tries(&self, blocks: RangeInclusive<u64>, off_ramps: &[OffRampAsk]) -> Read<Vec<Try>>;
}

//! Everything that a diagnosis rests on: what the store knows, and what the chains were asked for it.

use std::time::Duration;

use causeway_primitives::{Address, B256, Bytes, MessageId, Timestamp, U256};

use super::{diagnosis::ManualCall, read::Read};
use crate::domain::{
    event::{IdProof, Outcome},
    lane::LaneKey,
    message::Status,
};

/// Everything that a diagnosis rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Our clock.
    pub now: Timestamp,
    /// The message.
    pub subject: Subject,
    /// What is normal.
    pub limits: Limits,
    /// How well the source chain is watched.
    pub source_watch: Watch,
    /// How well the destination chain is watched.
    pub destination_watch: Watch,
    /// What the source chain was asked.
    pub source: SourceReads,
    /// What the destination chain was asked.
    pub destination: DestinationReads,
    /// Its arrival, by the store; `None`: no report that covers it was read.
    pub arrival: Read<Option<Arrival>>,
    /// Its executions, by the store, oldest first.
    pub attempts: Read<Vec<Attempt>>,
    /// The earliest message of the same sender and lane that has no execution yet and must come first.
    pub blocker: Read<Option<Blocker>>,
    /// An execution by hand, ready to send.
    pub call: Read<ManualCall>,
}

/// The message, as far as a diagnosis needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its id.
    pub id: MessageId,
    /// Its lane.
    pub lane: LaneKey,
    /// The lane's name.
    pub lane_name: String,
    /// Whether its id is the one that its content gives.
    pub id_proof: IdProof,
    /// True when its send is not on the chain any more.
    pub orphaned: bool,
    /// Its status in the store.
    pub status: Status,
    /// Who sent it.
    pub sender: Address,
    /// Who gets it.
    pub receiver: Bytes,
    /// The on-ramp that took it.
    pub on_ramp: Address,
    /// Number within the ramp.
    pub sequence: Option<u64>,
    /// Number within (lane, sender); `None`: executed in any order.
    pub nonce: Option<u64>,
    /// Gas for the receiver.
    pub gas_limit: Option<U256>,
    /// How many bytes its data has.
    pub data_length: u64,
    /// The transaction of the send.
    pub sent_tx: B256,
    /// Its block.
    pub sent_block: u64,
    /// Its block's hash.
    pub sent_block_hash: B256,
    /// Its block's time.
    pub sent_at: Timestamp,
}

/// What is normal on this lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A message without an end after so long is late.
    pub expire_after: Duration,
    /// A cursor may be so far behind its chain's head.
    pub behind: Duration,
    /// A chain's last block may be so old.
    pub head_age: Duration,
}

/// A block of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Its height.
    pub number: u64,
    /// Its time.
    pub time: Timestamp,
}

/// How well a chain is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// The operators' word for the chain.
    pub chain: String,
    /// Up to where its logs were read.
    pub cursor: Read<Point>,
    /// Its last block, asked just now.
    pub head: Read<Point>,
    /// Up to where its blocks are final; `None`: no block yet.
    pub final_height: Read<Option<u64>>,
    /// Open holes in what was read, over the blocks that matter to the message.
    pub holes: Read<u64>,
}

/// How the send's transaction stands on the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mined {
    /// Its block.
    pub block_hash: B256,
    /// False: it was reverted.
    pub succeeded: bool,
}

/// How a router serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouterState {
    /// There is code and it answers.
    Serves {
        /// What `typeAndVersion()` says; empty where the contract has none.
        version: String,
    },
    /// There is no code at its address.
    NoCode,
    /// There is code that does not answer as a router.
    Refuses {
        /// Its reason.
        reason: String,
    },
}

/// What a risk network's contract says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Curses {
    /// The whole chain is cursed.
    pub global: bool,
    /// The chain at the lane's other end is cursed here.
    pub lane: bool,
}

/// What the source chain was asked. Funds and router bear on the next messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceReads {
    /// The send's transaction; `None`: no endpoint knows it.
    pub mined: Read<Option<Mined>>,
    /// The router.
    pub router: Read<RouterState>,
    /// `isChainSupported` of the destination.
    pub supported: Read<bool>,
    /// The on-ramp that the router uses for the destination; zero: none.
    pub current_on_ramp: Read<Address>,
    /// The router that the emitting on-ramp takes messages from; zero: paused.
    pub ramp_router: Read<Address>,
    /// The number that the on-ramp will give next.
    pub expected_next: Read<u64>,
    /// What the sender pays with.
    pub funds: Funds,
    /// Curses.
    pub curses: Read<Curses>,
}

/// What the sender pays with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Funds {
    /// The token; zero is the chain's own coin.
    pub token: Address,
    /// What the sender has of it.
    pub balance: Read<U256>,
    /// What the router may take of it; a gap for the chain's own coin.
    pub allowance: Read<U256>,
    /// Whether the sender is a contract, which may approve the router with each send.
    pub is_contract: Read<bool>,
    /// What a message like this costs now.
    pub fee: Read<U256>,
}

/// How an off-ramp takes messages of the lane's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffRampState {
    /// False: switched off.
    pub enabled: bool,
    /// Whose messages it takes; one on every version but 2.0.
    pub on_ramps: Vec<Bytes>,
}

/// A message's state at the off-ramp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecutionState {
    /// Not executed.
    Untouched,
    /// Within its execution: never seen from outside.
    InProgress,
    /// Done.
    Succeeded,
    /// Executed, and the receiver or a token pool failed.
    Failed,
}

/// What a simulated delivery to the receiver gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It would go through with so much gas.
    Takes {
        /// How much.
        gas: u64,
    },
    /// It would revert whatever gas it has.
    Reverts {
        /// Its reason.
        reason: String,
    },
    /// The ramp calls nobody: the receiver has no code, or does not receive messages.
    NotCalled,
}

/// What the destination chain was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationReads {
    /// Which off-ramp; of several the one in service.
    pub off_ramp: Read<Address>,
    /// Whether the destination's router takes messages from it.
    pub listed: Read<bool>,
    /// How it takes messages of this source.
    pub state: Read<OffRampState>,
    /// The next number that a report may begin with.
    pub next_commit: Read<u64>,
    /// Commits are halted (1.2 and 1.5).
    pub paused: Read<bool>,
    /// When the message's root was accepted; `None`: it is not there.
    pub root_accepted: Read<Option<Timestamp>>,
    /// The message's root was blessed (1.2 and 1.5).
    pub blessed: Read<bool>,
    /// The last nonce of the sender that was executed.
    pub inbound_nonce: Read<u64>,
    /// The message's state.
    pub execution: Read<ExecutionState>,
    /// How long after its arrival anybody may execute it.
    pub threshold: Read<Duration>,
    /// A simulated delivery at the last block.
    pub delivery: Read<Delivery>,
    /// The buckets of its tokens' pools.
    pub buckets: Vec<Read<Bucket>>,
    /// Transactions to the off-ramp that are on their way and name the message.
    pub pending: Read<Vec<B256>>,
    /// Curses.
    pub curses: Read<Curses>,
    /// The relay service (private dialects).
    pub relay: RelayReads,
}

/// A token pool's rate limit, and what the message wants of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// The token at the destination.
    pub token: Address,
    /// What the message brings.
    pub wanted: U256,
    /// Whether the limit is on.
    pub enabled: bool,
    /// What was in it at `updated_at`.
    pub tokens: U256,
    /// When.
    pub updated_at: Timestamp,
    /// What fits in.
    pub capacity: U256,
    /// What flows in within a second.
    pub rate: U256,
}

/// The relay service of a private dialect, as far as the chain shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayReads {
    /// The last message that it brought over this lane, and who sent the transaction; `None`: none yet.
    pub last: Read<Option<Relayed>>,
    /// Whether that account may still relay.
    pub allowed: Read<bool>,
    /// Its coins, in wei.
    pub balance: Read<U256>,
    /// What the chain asks for gas, in wei; 0: gas is free.
    pub gas_price: Read<U256>,
}

/// The last message that a relay service brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relayed {
    /// Who sent the transaction.
    pub relayer: Address,
    /// When.
    pub at: Timestamp,
    /// When that message had been sent.
    pub sent_at: Timestamp,
}

/// A message's arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The first number of its report.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// The report's root.
    pub root: B256,
    /// When it was accepted.
    pub at: Timestamp,
    /// In which transaction.
    pub tx: B256,
}

/// Why an execution failed, as far as its return data says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// In words, nested reasons included.
    pub words: String,
    /// True when the data says nothing: a bare revert, or out of gas.
    pub silent: bool,
    /// A rate limit's own word on how long to wait.
    pub retry_after: Option<Duration>,
}

/// An execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The transaction.
    pub tx: B256,
    /// When.
    pub at: Timestamp,
    /// How it ended; `None`: the transaction was reverted as a whole.
    pub outcome: Option<Outcome>,
    /// Why it failed.
    pub failure: Option<Failure>,
}

/// A message that must be executed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocker {
    /// Which.
    pub id: MessageId,
    /// Its nonce.
    pub nonce: u64,
    /// Where it is.
    pub status: Status,
}

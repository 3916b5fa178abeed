//! A dialect's decoder: logs of watched contracts in, neutral events out.

use std::fmt;

use causeway_chain::logs::ScannedLog;
use causeway_primitives::{Address, B256, ChainSelector};

use crate::domain::{event::LaneEvent, lane::Dialect};

/// What a contract does in a lane. A contract may have several roles; it is then listed once for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Where applications send. Its own events are settings; `MessageExecuted` of a Chainlink router proves nothing.
    Router,
    /// Accepts messages (for a private dialect: the operators' own sending contract).
    OnRamp,
    /// Executes messages (for a private dialect: the operators' own executing contract).
    OffRamp,
    /// Takes reports of arrival (1.2 and 1.5).
    CommitStore,
    /// Counts the messages of a sender (1.6).
    NonceManager,
    /// Curses lanes.
    Rmn,
    /// Attests messages of its lanes, and may keep an allow-list of senders (2.0).
    Verifier,
}

impl Role {
    /// Label, row and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Router => "router",
            Self::OnRamp => "on_ramp",
            Self::OffRamp => "off_ramp",
            Self::CommitStore => "commit_store",
            Self::NonceManager => "nonce_manager",
            Self::Rmn => "rmn",
            Self::Verifier => "verifier",
        }
    }
}

/// A watched contract: only logs of these count, because anyone can emit a look-alike event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// Where it is.
    pub address: Address,
    /// What it does.
    pub role: Role,
    /// How it speaks.
    pub dialect: Dialect,
    /// The selector of the chain that it is on.
    pub home: ChainSelector,
    /// The chain at the other end, where the contract serves one lane only (1.2 and 1.5) and its events do not say it.
    pub peer: Option<ChainSelector>,
    /// The first block in which it counts.
    pub from_block: u64,
    /// The last block in which it counts; `None`: still in service. Retired ramps stay listed for their messages.
    pub until_block: Option<u64>,
    /// The other end's on-ramp, where the events are of its messages alone and do not say it (1.2 and 1.5 commit stores).
    pub peer_on_ramp: Option<Address>,
}

/// Why a log of a watched contract gave no event. The log is kept as a hole and decoded again later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Fewer or more topics than the event has.
    #[error("the event has {expected} topics and the log {found}")]
    Topics {
        /// What the event has.
        expected: usize,
        /// What the log has.
        found: usize,
    },
    /// The data is no ABI encoding of the event.
    #[error("the data is no encoding of {event}")]
    Abi {
        /// The event's name; that of a private dialect comes from the configuration.
        event: Box<str>,
    },
    /// A value is outside of what the field can mean.
    #[error("{field} is outside of what it can mean")]
    Range {
        /// The field.
        field: &'static str,
    },
    /// The event says only half of its lane, and the contract is listed without the other end.
    #[error("neither the event nor the list of contracts says which chain is at the other end")]
    Peer,
}

/// Decodes the logs of one dialect. Pure, and total: no log whatever makes it panic or allocate without a bound.
pub trait Decode: Send + Sync + fmt::Debug {
    /// The topics to ask an endpoint for, for a contract of this role.
    fn topics(&self, role: Role) -> Vec<B256>;

    /// The events in a log of `contract`; empty for a topic that says nothing to us.
    ///
    /// # Errors
    /// [`DecodeError`], when the topic is known and the rest is not as it should be.
    fn decode(&self, contract: &Contract, log: &ScannedLog) -> Result<Vec<LaneEvent>, DecodeError>;
}

//! Why a cross-chain world does not stand, or did not do what was asked.

use std::path::PathBuf;

use alloy::primitives::B256;

use crate::{anvil, contracts, tools};

/// Any failure of [`crate::ccip`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// npm could not fetch Chainlink's contracts.
    #[error("the npm package with Chainlink's contracts could not be fetched")]
    Package(#[source] tools::Error),
    /// The package was fetched and lacks a contract.
    #[error("the npm package holds no readable {}", file.display())]
    Bytecode {
        /// Where its bytecode should be.
        file: PathBuf,
        /// Why it cannot be read.
        #[source]
        source: std::io::Error,
    },
    /// The blocking pool is gone.
    #[error("a blocking task did not end")]
    Task(#[source] tokio::task::JoinError),
    /// A chain refused or could not be reached.
    #[error("the chain did not do what was asked")]
    Chain(#[from] anvil::Error),
    /// An artefact of ours is damaged.
    #[error("a contract of ours cannot be deployed")]
    Contracts(#[from] contracts::Error),
    /// The chain has fewer accounts than there are roles.
    #[error("the chain has no account for every role")]
    Accounts,
    /// A key of the world could not sign.
    #[error("a report could not be signed")]
    Signing(#[source] alloy::signers::Error),
    /// The transaction was mined and took no effect.
    #[error("{what} reverted in {hash}: {reason}")]
    Reverted {
        /// What was tried.
        what: &'static str,
        /// The transaction.
        hash: B256,
        /// What the node says when the call is made again on the block before.
        reason: String,
    },
    /// The answer of a contract, or a log of one, has another shape than expected.
    #[error("{what} has another shape than expected")]
    Shape {
        /// The function or event.
        what: &'static str,
        /// Where it differs.
        #[source]
        source: alloy::sol_types::Error,
    },
    /// The transaction succeeded without its event.
    #[error("{what} emitted no {event}")]
    Silent {
        /// What was tried.
        what: &'static str,
        /// What was expected of it.
        event: &'static str,
    },
    /// The source chain has no such message.
    #[error("no message {0} was sent on this lane")]
    NotSent(u64),
    /// No root covers the message, or not all of the messages.
    #[error("no committed root covers message {0} and all others that were asked for")]
    NotCommitted(u64),
    /// The id that a ramp gave is not the one that the formula gives: the test kit or the contract is wrong.
    #[error("message {sequence_number} has the id {emitted}, and {computed} was computed")]
    Id {
        /// Its sequence number.
        sequence_number: u64,
        /// What the log says.
        emitted: B256,
        /// What the formula gives.
        computed: B256,
    },
    /// The message's arguments for its destination are none that an EVM chain takes.
    #[error("the arguments of message {0} are none of an EVM chain")]
    Arguments(u64),
    /// The off-ramp tells a state that the protocol does not have.
    #[error("{0} is no state of a message")]
    State(u8),
}

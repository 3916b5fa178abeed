//! Why the bridge's world does not stand, or did not do what was asked.

use alloy::primitives::{B256, U256};

use crate::{anvil, contracts};

/// Any failure of [`crate::bridge`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A chain refused or could not be reached.
    #[error("the chain did not do what was asked")]
    Chain(#[from] anvil::Error),
    /// An artefact of ours is damaged.
    #[error("a contract of the bridge cannot be deployed")]
    Contracts(#[from] contracts::Error),
    /// The chain has fewer accounts than there are roles.
    #[error("the chain has no account for every role")]
    Accounts,
    /// The endpoint serves another chain than the one that was named.
    #[error("{url} serves chain {found}, not {expected}")]
    WrongChain {
        /// The endpoint.
        url: String,
        /// The chain that was named.
        expected: u64,
        /// The chain that it serves.
        found: u64,
    },
    /// The transaction was mined and took no effect.
    #[error("{what} reverted in {hash}")]
    Reverted {
        /// What was tried.
        what: &'static str,
        /// The transaction.
        hash: B256,
    },
    /// No receipt came in time.
    #[error("transaction {0} was not mined")]
    NotMined(B256),
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
    /// A log or a receipt names no block, as one of the memory pool would.
    #[error("a log or a receipt names no block")]
    Unplaced,
    /// There is no such block.
    #[error("block {0} is not there")]
    NoBlock(u64),
    /// The sum of what was logged exceeds 256 bits.
    #[error("a sum of {0} and {1} exceeds 256 bits")]
    Overflow(U256, U256),
}

//! Contracts of our own: aggregators in each write dialect with the proxy in front of them, and what the CCIP
//! worlds of [`crate::ccip`] need beside Chainlink's contracts.
//!
//! The Solidity sources and what solc made of them are committed side by side under `contracts/`; a test
//! compiles them again and compares. Written for tests and the demo: readable, not cheap, and no contract
//! to hold value.

mod aggregator;
mod artefact;
pub mod compile;

use alloy::primitives::Address;

pub use self::{
    aggregator::{Aggregator, Bounds, Dialect, EmptyFeed, Proxy, Round, Spec},
    artefact::{Artefact, Contract},
};
use crate::{anvil, tools};

#[cfg(test)]
mod tests;

/// Why a contract is not there, or does not answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The chain refused or could not be reached.
    #[error("the chain did not do what was asked")]
    Chain(#[from] anvil::Error),
    /// The transaction was mined and took no effect.
    #[error("the transaction to {contract} reverted")]
    Reverted {
        /// The contract's name.
        contract: &'static str,
    },
    /// The committed artefact is not what `compile-contracts` writes.
    #[error("the committed artefact cannot be read")]
    Artefact(#[source] serde_json::Error),
    /// The contract answers with other data than its interface promises.
    #[error("{address} answers with other data than an aggregator")]
    Answer {
        /// The address that was asked.
        address: Address,
        /// What does not fit.
        #[source]
        source: alloy::sol_types::Error,
    },
    /// solc could not be installed.
    #[error("solc could not be installed with npm")]
    Install(#[source] tools::Error),
    /// The sources could not be read, or the artefacts not written, or node not run.
    #[error("the contracts' sources could not be compiled")]
    Io(#[source] std::io::Error),
    /// The compiler refuses the sources.
    #[error("solc refuses the sources: {0}")]
    Compiler(String),
}

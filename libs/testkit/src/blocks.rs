//! A JSON-RPC endpoint over a generated chain: as many blocks as a test or a measurement wants, none of them
//! stored. Block hashes follow from a seed, logs from a function of the block number.
//!
//! It is fast enough not to be what is measured, and it fails in the ways in which endpoints fail: see
//! [`Behaviour`]. Several endpoints may serve one chain. There are no transactions, no state and no signatures;
//! where a contract has to run, take [`anvil`](crate::anvil).

mod behaviour;
mod call;
mod chain;
mod json;
mod methods;
mod server;
#[cfg(test)]
mod tests;

pub use self::{
    behaviour::{Behaviour, Busy, Wording},
    call::EthCall,
    chain::{Chain, ChainBuilder, GeneratedLog, Generator},
    server::BlockServer,
};

//! Cross-chain messages for tests and the demo: two anvil chains with Chainlink's real contracts and the
//! operators' own router between them.
//!
//! [`World`] deploys CCIP 2.0, 1.6 and 1.5 from the bytecode in the npm package `@chainlink/contracts-ccip`, which is
//! fetched into the build folder and never committed, and our own contracts beside it. The oracle network and
//! the risk network are played by keys that the world owns; everything else is the contracts' own doing. One
//! lane per family and direction can then be driven step by step: [`v2_0::Lane`],
//! [`v1_6::Lane`], [`v1_5::Lane`], [`private::Lane`].
//!
//! Ids, leaves and roots are computed here without a service's code: the contracts accept what is right, so a
//! monitor that disagrees is wrong. What the test kit deliberately does not play: an attestation service, token
//! pools of other kinds than burn and mint, and chains that are no EVM.

mod abi;
mod chain;
mod client;
mod codec;
mod error;
mod merkle;
mod oracles;
mod outcome;
mod package;
mod plan;
pub mod private;
mod reorg;
mod site;
#[cfg(test)]
mod tests;
mod transact;
pub mod v1_5;
pub mod v1_6;
pub mod v2_0;
mod world;

pub use self::{
    chain::{Chain, Role, Side, Tokens},
    client::{Behaviour, Fee, Order, Send, Sender},
    error::Error,
    merkle::{Proof, Tree},
    outcome::{Committed, Executed, Outcome, Sent, State, Subject},
    plan::{ChainPlan, Family, LanePlan, Plan},
    reorg::Replay,
    transact::Transaction,
    world::{Network, Settings, World},
};

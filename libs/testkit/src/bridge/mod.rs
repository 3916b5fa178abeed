//! A simulated lock/mint bridge between two chains, for whoever guards one: real contracts on real EVMs, and a second
//! opinion on what they hold.
//!
//! At the source (138) a token is locked in a lockbox; at the destination (1337) another token stands for it. Messages
//! travel both ways in batches whose merkle root is anchored on the other chain, where each is claimed by proof. What
//! moves them is [`crate::relayer`]; what users, owners and thieves do is here.
//!
//! Simulated means: the contracts are ours, written to be read and to be robbed, and hold no value.

mod abi;
mod books;
mod contracts;
mod endpoint;
mod error;
mod merkle;
#[cfg(test)]
mod tests;
mod users;
pub(crate) mod witness;
mod world;

pub use self::{
    abi::{BridgeAuthority, BridgedToken, Lockbox, LockedToken, Settlement},
    books::{Books, Discrepancy, Movement},
    contracts::{Contracts, DestinationContracts, Role, SourceContracts, Temper},
    endpoint::{At, Endpoint, Header, Receipt},
    error::Error,
    merkle::{Leaf, Tree},
    users::{Bridge, Burned, Deposited, End},
    witness::{Arrival, Witness},
    world::{Plan, World},
};

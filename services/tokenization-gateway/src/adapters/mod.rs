//! The outside: the gateway's own database, the tokens on chain, guard and oracle, and the way of answers.

pub mod cacti;
pub mod ccip;
pub mod contracts;
pub mod delivery;
pub mod direct;
mod errands;
pub mod firefly;
pub mod guard;
pub mod issuer;
pub mod oracle;
pub mod store;

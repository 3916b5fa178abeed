//! What tests and the demo stand on: real PostgreSQL, a real EVM, real contracts, and simulated outsiders
//! that speak the outsiders' real protocols.
//!
//! Development only: no service depends on it. What is simulated says so in its name and its answers.

pub mod anvil;
pub mod blocks;
pub mod bridge;
pub mod browser;
pub mod cacti;
pub mod ccip;
pub mod contracts;
pub mod fault;
pub mod firefly;
pub mod gateway;
pub mod guard;
pub mod monitor;
pub mod observability;
pub mod oidc;
#[cfg(test)]
mod openapi;
pub mod oracle;
pub mod postgres;
pub mod relayer;
pub mod service;
pub mod shipped;
pub mod sink;
pub mod token;
pub mod tools;
pub mod traces;
pub mod venues;
pub mod wait;

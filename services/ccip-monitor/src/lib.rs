//! Follows every cross-chain message from its send to its execution, proves it, explains it, and says when something is
//! wrong.
//!
//! Start reading at [`domain`]: what a message's events prove, as pure functions. [`app`] moves values between the
//! domain and the outside; [`adapters`] are the outside.

// What the store's tests stand on names the crate as they do, and the fake's test stands on it too.
#[cfg(test)]
extern crate self as ccip_monitor;

pub mod adapters;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod error;
pub mod grpc;
pub mod http;
pub mod metrics;
pub mod ports;
mod serve;

//! Publishes the median of several independent price venues to a Chainlink-compatible aggregator.
//!
//! Start reading at [`domain`]: what a price is and whether it goes on chain, as pure functions. [`app`] moves values
//! between the domain and the outside; [`adapters`] are the outside.

pub mod adapters;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod error;
mod grpc;
mod http;
pub mod metrics;
pub mod ports;
mod serve;

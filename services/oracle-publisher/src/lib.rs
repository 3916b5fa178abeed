//! Publishes the median of several independent price venues to a Chainlink-compatible aggregator.
pub mod adapters;
pub mod domain;
pub mod ports;

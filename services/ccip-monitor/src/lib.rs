//! Follows every cross-chain message from its send to its execution, proves it, explains it, and says when something is
//! wrong.
//!
//! [`domain`] is the pure core; the rest brings events to it and what it finds to people.

pub mod adapters;
pub mod app;
pub mod domain;
pub mod ports;

//! The pure core of the publisher: what the price is, and whether it goes on chain.
//!
//! Everything here is a function of values, `now` included. A stored record of inputs gives the same
//! decision for ever, which is what replay, explanation and back-test rest on. No async, no clock, no
//! I/O, no serialisation, no logging and no binary floating point: the shell around it owns those.
//!
//! Read in this order: [`evaluation`] (the whole of it in one function), [`aggregate`], [`decide`],
//! [`breaker`], [`lifecycle`]. The rules in words, with their sources, are in `docs/decision.md`.
#![deny(clippy::arithmetic_side_effects, clippy::float_arithmetic)]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, which is what it is for")
)]

pub mod aggregate;
pub mod backtest;
pub mod breaker;
pub mod decide;
pub mod evaluation;
mod exact;
pub mod explain;
pub mod lifecycle;
pub mod observation;
pub mod policy;
pub mod quota;
pub mod reference;
pub mod route;

#[cfg(test)]
pub(crate) mod samples;

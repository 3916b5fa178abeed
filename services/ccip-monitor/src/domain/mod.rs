//! The pure core of the monitor: what a message's events prove about it.
//!
//! Everything here is a function of values. The same events give the same status, history and findings in whatever
//! order they were read, which is what reorganisations, restarts and two chains of different speed rest on. No async,
//! no clock, no I/O, no serialisation, no logging and no binary floating point: the shell around it owns those.
//!
//! Read in this order: [`event`] (what chains say), [`message`] (what it makes of a message), [`lane`], [`sequence`],
//! [`finding`] (what must never be).
#![deny(clippy::arithmetic_side_effects, clippy::float_arithmetic)]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, which is what it is for")
)]

pub mod advice;
pub mod diagnose;
pub mod event;
pub mod finding;
pub mod lane;
pub mod link;
pub mod message;
pub mod rates;
pub mod report;
pub mod sequence;
pub mod spend;
pub mod standing;

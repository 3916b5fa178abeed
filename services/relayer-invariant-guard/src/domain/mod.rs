//! The pure core of the guard: what is true of the bridge, by which evidence, and what follows from it.
//!
//! Everything here is a function of values, `now` included. Stored evidence gives the same verdict for ever, byte for
//! byte, which is what replay, audit and back-test rest on. No async, no clock, no I/O, no serialisation framework, no
//! logging and no binary floating point: the shell around it owns those.
//!
//! Read in this order: [`evidence`] (what is known), [`evaluate`] (what it means), [`latch`] and [`lease`] (who may act),
//! [`resume`] (how a halt ends). "Could not find out" is [`finding::Gap`] everywhere and never a verdict.
#![deny(clippy::arithmetic_side_effects, clippy::float_arithmetic)]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, which is what it is for")
)]

pub mod adjustment;
pub mod authority;
pub mod batch;
pub mod canonical;
pub mod checkpoint;
pub mod condition;
pub mod equation;
pub mod evaluate;
pub mod evidence;
pub mod figures;
pub mod finding;
pub mod incident;
pub mod investigate;
pub mod latch;
pub mod lease;
pub mod matching;
pub mod merkle;
pub mod name;
pub mod nonce;
pub mod pause;
pub mod preset;
pub mod proof;
pub mod quantity;
pub mod quorum;
pub mod recount;
pub mod resume;
pub mod rules;
pub mod target;
pub mod velocity;

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod samples;

//! The pure core of the gateway: what an instruction is, who may give it, where it stands, and what the books say of it.
//!
//! Everything here is a function of values, `now` included. No async, no clock, no I/O, no serialisation and no binary
//! floating point: the shell around it owns those.
//!
//! Read in this order: [`instruction`] (what is wanted), [`identity`] (whether it was wanted before), [`mod@authorise`] (who
//! may want it), [`saga`] (how far it has come), [`ledger`] (what it is worth to whom).
#![deny(clippy::arithmetic_side_effects, clippy::float_arithmetic)]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, which is what it is for")
)]

pub mod actor;
pub mod authorise;
pub mod identity;
pub mod instruction;
pub mod ledger;
pub mod order;
pub mod reconcile;
pub mod reference;
pub mod request;
pub mod saga;
pub mod units;
pub mod valuation;

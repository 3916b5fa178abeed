//! What the console decides: how a service is by what was seen of it, what a failure reaches, and what a day was like.
//!
//! No clock, no network, no SQL. What was not seen is Unknown, and Unknown is never well.

#![deny(clippy::arithmetic_side_effects, clippy::float_arithmetic)]
#![cfg_attr(
    test,
    allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails, which is what it is for")
)]

pub mod change;
pub mod chart;
pub mod condition;
pub mod figures;
pub mod golden;
pub mod impact;
pub mod maintenance;
pub mod map;
pub mod oidc;
pub mod people;
pub mod telling;
pub mod text;
pub mod tries;
pub mod uptime;

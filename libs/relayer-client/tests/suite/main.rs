//! The client against guards that are scripted: on a paused clock, on a real wire, and over restarts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects; clippy's own exception does not reach a test's helpers"
)]
#![allow(clippy::disallowed_methods, reason = "tests own their tasks")]

mod clock;
mod restart;
mod scripted;
mod terms;
mod wire;

//! The service from outside: one binary for all of its tests against real neighbours.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test; clippy exempts only the test functions themselves"
)]

mod commands;
mod shipped;
mod store;
mod venues;
mod world;

//! The gateway against real neighbours: PostgreSQL, a real EVM, the token's own contract.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects; clippy's own exception does not reach a test's helpers"
)]

mod conformance;
mod shipped;
mod store;
mod world;

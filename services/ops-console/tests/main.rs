//! The console against a real database, over real ports, in front of services that it can hear.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects; clippy's own exception does not reach a test's helpers"
)]

mod shipped;
mod store;
mod world;

//! The guard against real neighbours: PostgreSQL, and the originals of what it computes itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects; clippy's own exception does not reach a test's helpers"
)]

mod books;
mod differential;
mod operators;
mod pause;
mod processes;
mod shipped;
mod store;
mod world;

//! The simulated relayer from outside: its tables, its process, its misdeeds, and the bridge under it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking, their helpers too"
)]
#![allow(clippy::disallowed_methods, reason = "a test stops what it spawns itself, in its own order")]

mod crash;
mod generated;
mod guard;
mod lease;
mod merkle;
mod misdeeds;
mod storm;
mod support;
mod traffic;

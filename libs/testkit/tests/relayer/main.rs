//! The simulated relayer from outside: its tables, its process, its misdeeds, and the bridge under it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking, their helpers too"
)]

mod generated;
mod merkle;

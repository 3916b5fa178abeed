//! The service from outside: one binary for all of its tests against real neighbours.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests stop the test; clippy exempts only the test functions themselves"
)]

mod venues;

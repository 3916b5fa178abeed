//! Messages told in the other standard, and back; every value accounted for.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should say where"
)]

mod cash;
mod pairs;
mod payments;
mod settlements;
mod support;

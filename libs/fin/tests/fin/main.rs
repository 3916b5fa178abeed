//! The library from outside: conformance, own samples of each type, rules, hostile input, drafts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should say where"
)]

mod any_bytes;
mod conformance;
mod drafts;
mod hostile;
mod rules;
mod samples;
mod structure;
mod views;

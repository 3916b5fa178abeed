//! The library from outside: conformance, own samples, hostile input, schemas, drafts.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should say where"
)]

mod any_bytes;
mod canonical;
mod conformance;
mod hostile;
mod rules;
mod samples;
mod schemas;
mod views;

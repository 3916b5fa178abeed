//! The chain library against a real EVM: endpoints, evidence, aggregators, logs, and the sender in every
//! situation that a transaction can get into.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should say where"
)]

mod aggregators;
mod endpoints;
mod logs;
mod remote_signer;
mod scan;
mod scan_faults;
mod sender;
mod sender_crowd;
mod sender_faults;
mod sender_gate;
mod support;

//! Servers and clients on the real wire: loopback, ports chosen by the system, contracts of the system.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should say where"
)]
#![allow(clippy::disallowed_methods, reason = "a test server lives as long as its test's runtime")]

mod authority;
mod deadlines;
mod errors;
mod group;
mod harness;
mod limits;
mod mtls;
mod rotation;
mod tools;
mod traces;

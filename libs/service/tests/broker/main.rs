//! Events offered to a real NATS server from a real PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should say where"
)]
#![allow(clippy::disallowed_methods, reason = "a test stops what it spawns itself")]

mod offering;
mod stand;

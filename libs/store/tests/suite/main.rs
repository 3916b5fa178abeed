//! The store on a real PostgreSQL: one server for this binary, one database for each test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests fail by panicking, their helpers too"
)]
#![allow(clippy::disallowed_methods, reason = "a test stops what it spawns itself, in its own order")]

mod backup;
mod contest;
mod lease;
mod outbox;
mod pool;
mod schema;
mod snapshot;
mod stand;
mod start;
mod turns;
mod upkeep;

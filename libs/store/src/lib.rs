//! PostgreSQL for the services: what every one of them needs and none should write twice.
//!
//! A [`Pool`] whose waits are all bounded, queries that are timed by name, migrations that refuse what
//! they do not know, leadership with a fencing epoch ([`lease`]), effects that happen at least once after
//! a commit ([`outbox`]), documents that outlive a process ([`snapshot`]), a hash chain over records ([`audit`]), and
//! old rows that go into files before they go ([`upkeep`]).
//!
//! It holds no table of a service and no SQL of one: that lives in each service's `adapters/store`.
//! Integers wider than 64 bits cross the border as text (`$1::TEXT::NUMERIC`, `column::TEXT`), because no
//! Rust type that the driver knows holds 256 bits exactly.

pub mod audit;
mod error;
mod instrument;
pub mod lease;
mod metrics;
mod nodelay;
pub mod outbox;
mod pool;
pub mod schema;
pub mod snapshot;
mod span;
pub mod start;
mod transaction;
pub mod upkeep;

pub use crate::{
    error::{Class, Error},
    instrument::{Named, Queries},
    metrics::Metrics,
    pool::{Pool, Settings},
    transaction::Transaction,
};

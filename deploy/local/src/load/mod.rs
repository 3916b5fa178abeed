//! The load driver: a service as a release build and a process of its own, under a load that does not wait for it,
//! measured from outside. `docs/benchmarks.md` holds what it found.
//!
//! Everything is on loopback and bounded: so many feeds, venues, blocks, samples and seconds, and then it ends. It judges
//! nothing: a busy machine measures slower, so figures are printed beside their targets and no exit code depends
//! on them.

mod backfill;
mod fleet;
mod generated;
mod head;
mod idle;
mod latency;
mod page;
mod run;
mod sample;
mod search;
mod start;
mod streams;
mod tap;
mod tellers;
mod throughput;
mod tokens;
mod usage;

pub(crate) use self::run::{Load, run};

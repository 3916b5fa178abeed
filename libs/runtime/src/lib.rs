//! One process skeleton for every Causeway service: a clock, supervised tasks, and what stands around them.
//!
//! It knows nothing of prices, messages or chains. Services inject what it offers; nothing here is global
//! but what an operating-system process has once: its signals, its panic hook, its crypto provider, its
//! exit code. `examples/skeleton.rs` is a whole service in the shape that all of them share.

pub mod cli;
pub mod clock;
pub mod config;
pub mod health;
pub mod healthcheck;
pub mod http;
pub mod process;
pub mod retry;
pub mod signal;
pub mod task;

pub use tokio_util::sync::CancellationToken;

//! One process skeleton for every Causeway service: a clock, supervised tasks, and what stands around them.
//!
//! It knows nothing of prices, messages or chains. Services inject what it offers; nothing here is global
//! but what an operating-system process has once: its signals, its panic hook, its exit code.

pub mod clock;
pub mod task;

pub use tokio_util::sync::CancellationToken;

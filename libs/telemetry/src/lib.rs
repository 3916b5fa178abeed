//! Logs, traces and metrics of a service: started once, passed on explicitly, flushed with a bound.
//!
//! Logs are JSON lines on standard output and each carries the trace it belongs to. Traces go to an OTLP
//! collector when one is configured; without one the ids exist all the same, so that logs can be joined.
//! Metrics live in a registry that the service owns and passes on. Telemetry never gates readiness and
//! never fails a request: when it cannot deliver, it drops.
//!
//! The only global thing is the subscriber of `tracing`, and [`init`] is the only place that sets it.

mod chain;
mod config;
mod file;
mod logs;
pub mod metrics;
pub mod propagation;
mod setup;
mod tap;

pub use crate::{
    chain::Chain,
    config::{Config, FileLog, LogFormat, SampleRatio, UnknownFormat, UnknownRatio},
    setup::{Error, Handle, build, check_filter, init},
    tap::{Line, Tap},
};

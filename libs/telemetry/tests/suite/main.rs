//! What an operator sees: log lines that name their trace, spans that reach a collector, and a flush that
//! never outlasts its bound.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]
#![allow(clippy::disallowed_methods, reason = "a test server lives as long as its test's runtime")]

mod export;
mod lines;

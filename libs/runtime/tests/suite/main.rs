//! What an operator sees of a process: its probes, its answers, its exit codes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say where")]

mod http;
mod process;

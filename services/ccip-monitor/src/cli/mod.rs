//! The command line: what a person types. Parses, calls, prints; decides nothing.

mod command;
mod diagnose;
mod report;
mod verify;

pub use self::command::{Cli, run};

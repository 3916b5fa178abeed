//! The command line: what a person types. Parses, calls, prints; decides nothing.

mod command;
mod output;

pub use self::command::{Cli, run};

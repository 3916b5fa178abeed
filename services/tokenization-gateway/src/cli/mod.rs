//! The command line.

mod command;
mod explain;

pub use self::command::{Cli, run};

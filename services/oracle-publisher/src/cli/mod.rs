//! The command line: one verb a job, each with its own help.

mod backtest;
mod command;
mod replay;

pub use self::command::{Cli, run};

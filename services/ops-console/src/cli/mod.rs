//! The command line.

mod account;
mod command;

pub use self::command::{Cli, run};

//! Starts and stops the operators' console, and runs its commands.

use std::process::ExitCode;

use clap::Parser as _;
use ops_console::cli::{Cli, run};

fn main() -> ExitCode {
    run(Cli::parse())
}

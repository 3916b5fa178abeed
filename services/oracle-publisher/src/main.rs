//! Starts and stops the oracle publisher, and runs its commands.

use std::process::ExitCode;

use clap::Parser as _;
use oracle_publisher::cli::{Cli, run};

fn main() -> ExitCode {
    run(Cli::parse())
}

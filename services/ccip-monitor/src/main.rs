//! Starts and stops the CCIP monitor, and runs its commands.

use std::process::ExitCode;

use ccip_monitor::cli::{Cli, run};
use clap::Parser as _;

fn main() -> ExitCode {
    run(Cli::parse())
}

//! Starts and stops the tokenization gateway, and runs its commands.

use std::process::ExitCode;

use clap::Parser as _;
use tokenization_gateway::cli::{Cli, run};

fn main() -> ExitCode {
    run(Cli::parse())
}

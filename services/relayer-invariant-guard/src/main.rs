//! Starts and stops the guard, and runs its commands.

use std::process::ExitCode;

use clap::Parser as _;
use relayer_invariant_guard::cli::{Cli, run};

fn main() -> ExitCode {
    run(Cli::parse())
}

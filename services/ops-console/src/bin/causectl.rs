//! Starts and ends the operators' command line.

use std::process::ExitCode;

use clap::Parser as _;
use ops_console::ctl::{Causectl, run};

fn main() -> ExitCode {
    run(Causectl::parse())
}

//! A simulated relayer as a process, for the tests: it moves real messages, and misbehaves by order.

use std::process::ExitCode;

fn main() -> ExitCode {
    causeway_testkit::relayer::main()
}

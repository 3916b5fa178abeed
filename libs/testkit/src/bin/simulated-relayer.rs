//! A simulated relayer of the simulated bridge, as a process: `simulated-relayer <settings.json>`. For development only.

use std::process::ExitCode;

fn main() -> ExitCode {
    causeway_testkit::relayer::main()
}

//! The verbs, and what each of them runs.

use std::process::ExitCode;

use causeway_runtime::process::{self, Failure};
use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

use super::{
    changes::{self, Changes},
    output::Format,
    settings::{Options, connect},
    system,
};

/// What the operators' pages show and do, from a terminal.
///
/// It speaks to one console. Who you are is told by your certificate, which bears your account's name; on the console's own
/// host, without sign-in, by being there.
#[derive(Debug, Parser)]
#[command(name = "causectl", version)]
pub struct Causectl {
    #[command(flatten)]
    options: Options,
    /// How answers are written
    #[arg(long, short, value_enum, default_value_t, global = true)]
    output: Format,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// How every service is
    Status,
    /// What fires, and what to do about it
    Alerts,
    /// What the services told
    Events {
        /// Go on until interrupted
        #[arg(long, short)]
        follow: bool,
    },
    /// What is worked on, or will be: plan it with `causectl changes propose maintenance.open`
    Maintenance,
    /// What can be done, with what, and how many have to agree
    Actions,
    /// Propose, check, approve and follow changes
    #[command(subcommand)]
    Changes(Changes),
    /// The record of what people did
    #[command(subcommand)]
    Audit(Audit),
    /// Print the completions of a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// Compute the record's hash chain anew; exit 1 when it does not hold
    Verify {
        /// A link that was kept elsewhere, as tickets carry it
        #[arg(long, value_name = "HASH")]
        anchor: Option<String>,
    },
}

/// Runs the command and gives its exit code: 0 done, 1 failed or refused, 2 bad settings.
pub fn run(Causectl { options, output, command }: Causectl) -> ExitCode {
    if let Command::Completions { shell } = command {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut Causectl::command(), "causectl", &mut text);
        super::output::say(&String::from_utf8_lossy(&text));
        return ExitCode::SUCCESS;
    }
    process::command(|environment, stop| async move {
        let client = connect(options, &environment)?;
        let done = match command {
            Command::Status => system::status(client, output).await,
            Command::Alerts => system::alerts(client, output).await,
            Command::Events { follow } => system::events(client, output, follow.then_some(stop)).await,
            Command::Maintenance => system::maintenance(client, output).await,
            Command::Actions => changes::actions(client, output).await,
            Command::Changes(command) => changes::run(command, client, output).await,
            Command::Audit(Audit::Verify { anchor }) => changes::verify(client, anchor, output).await,
            Command::Completions { .. } => Ok(()),
        };
        done.map_err(Failure::new)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_4_every_command_explains_itself_and_is_completed_by_every_shell() {
        let mut command = Causectl::command();
        command.clone().debug_assert();
        let mut open = vec![&command];
        while let Some(one) = open.pop() {
            assert!(one.get_about().is_some(), "{} says not what it does", one.get_name());
            open.extend(one.get_subcommands().filter(|inner| inner.get_name() != "help"));
        }
        let names: Vec<String> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish, Shell::PowerShell] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command, "causectl", &mut script);
            let script = String::from_utf8(script).unwrap();
            assert!(names.iter().all(|name| script.contains(name.as_str())), "{shell}");
        }
    }
}

//! The verbs, and what each of them runs.

use std::{path::Path, process::ExitCode};

use causeway_runtime::{
    cli::Options,
    config::{Environment, Error},
    process::{self, Context, Failure},
};
use causeway_service::{
    cli::{self, Program, Verb},
    config::{Base, Store},
};
use causeway_store::upkeep::Table;
use causeway_telemetry::LogFormat;
use clap::{Parser, Subcommand};
use sqlx::migrate::Migrator;

use super::{audit, drill, halt, replay, resume, status, validate};
use crate::{
    adapters::store::{KEPT, MIGRATIONS},
    config::{self, Config},
    serve,
};

/// Checks a bridge's invariants on consistent evidence and gives its relayer leave to act, or none.
///
/// Settings come from the built-in defaults, then --config, then the environment. Chains and assets need a file;
/// DATABASE_URL and RELAYER_DATABASE_URL (or their _FILE) name the two databases.
#[derive(Debug, Parser)]
#[command(name = "relayer-invariant-guard", version, arg_required_else_help = false)]
pub struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(flatten)]
    Every(Verb),
    #[command(flatten)]
    Own(Own),
}

#[derive(Debug, Subcommand)]
enum Own {
    /// Evaluate now, without storing or halting: INVARIANT VALID and exit 0; violations and exit 1; exit 4 when nobody
    /// knows
    ValidateInvariant,
    /// Say what is granted, halted and known
    Status(status::Arguments),
    /// Halt a scope
    Halt(halt::Arguments),
    /// Propose, approve, refuse or list ways out of a halt
    Resume(resume::Arguments),
    /// Halt a scope for real, measure how long it takes, and propose its release
    Drill(drill::Arguments),
    /// Judge stored evidence again: byte for byte, or by other rules; exit 1 when something differs
    Replay(replay::Arguments),
    /// The record of everything that was decided
    #[command(subcommand)]
    Audit(AuditVerb),
}

#[derive(Debug, Subcommand)]
enum AuditVerb {
    /// Compute the record's hash chain anew; exit 1 when it does not hold
    Verify(audit::Arguments),
}

/// The program.
struct Guard;

impl Program for Guard {
    type Config = Config;
    const MIGRATIONS: &'static Migrator = &MIGRATIONS;
    const KEPT: &'static [Table] = KEPT;

    fn load(file: Option<&Path>, environment: &Environment, log_format: Option<LogFormat>) -> Result<Config, Error> {
        config::load(file, environment, log_format)
    }

    fn load_store(file: Option<&Path>, environment: &Environment) -> Result<Store, Error> {
        config::load_store(file, environment)
    }

    fn base(config: &Config) -> &Base {
        &config.base
    }

    fn explain(config: &Config) -> String {
        config::explain(config)
    }

    fn serve(config: Config, context: Context) -> impl Future<Output = Result<(), Failure>> {
        serve::serve(config, context)
    }
}

/// Runs the command and gives its exit code: 0 done, 1 failed, 2 bad settings, 3 drain deadline missed, 4 could not be found
/// out.
pub fn run(Cli { options, command }: Cli) -> ExitCode {
    match command.unwrap_or(Command::Every(Verb::Serve)) {
        Command::Every(verb) => cli::run::<Guard>(verb, options),
        Command::Own(own) => process::command(|environment, _| async move {
            let config = cli::load::<Guard>(&options, &environment)?;
            run_own(own, &config, &environment).await
        }),
    }
}

async fn run_own(own: Own, config: &Config, environment: &Environment) -> Result<(), Failure> {
    match own {
        Own::ValidateInvariant => validate::run(config).await,
        Own::Status(arguments) => status::run(config, &arguments).await,
        Own::Halt(arguments) => halt::run(config, &arguments).await,
        Own::Resume(arguments) => resume::run(config, &arguments).await,
        Own::Drill(arguments) => drill::run(config, &arguments).await,
        Own::Replay(arguments) => {
            let other = arguments.rules.as_deref().map(|file| config::load(Some(file), environment, None));
            replay::run(config, &arguments, other.transpose()?.map(|other| other.rules)).await
        }
        Own::Audit(AuditVerb::Verify(arguments)) => audit::run(config, &arguments).await,
    }
}

//! The verbs, and what each of them runs.

use std::{path::Path, process::ExitCode};

use causeway_runtime::{
    cli::Options,
    config::{Environment, Error},
    process::{self, Context, Failure},
};
use causeway_service::{
    cli::{self, Verb},
    config::{Base, Store},
};
use causeway_store::upkeep::Table;
use causeway_telemetry::LogFormat;
use clap::{Parser, Subcommand};
use sqlx::migrate::Migrator;

use super::{diagnose, report, verify};
use crate::{
    adapters::store::{KEPT, MIGRATIONS},
    config, serve,
};

/// Follows every cross-chain message from its send to its execution: proven, explained, searchable.
///
/// Settings come from the built-in defaults, then --config, then the environment. One chain needs no file: set
/// DATABASE_URL, RPC_URL, CCIP_ROUTER_ADDRESS and, if not 30 s, MONITORING_INTERVAL.
#[derive(Debug, Parser)]
#[command(name = "ccip-monitor", version, arg_required_else_help = false)]
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
    /// Compare what the chains have counted with what is stored; exit 1 when something is missing, 4 when nobody knows
    Verify(verify::Arguments),
    /// Say why a message is where it is, step by step
    Diagnose(diagnose::Arguments),
    /// Say what a day, a week, a month or any other window was like: volume, success, latency, fees, security, cost
    Report(report::Arguments),
}

/// The program.
struct Monitor;

impl cli::Program for Monitor {
    type Config = config::Config;
    const MIGRATIONS: &'static Migrator = &MIGRATIONS;
    const KEPT: &'static [Table] = KEPT;

    fn load(
        file: Option<&Path>,
        environment: &Environment,
        log_format: Option<LogFormat>,
    ) -> Result<config::Config, Error> {
        config::load(file, environment, log_format)
    }

    fn load_store(file: Option<&Path>, environment: &Environment) -> Result<Store, Error> {
        config::load_store(file, environment)
    }

    fn base(config: &config::Config) -> &Base {
        &config.base
    }

    fn serve(config: config::Config, context: Context) -> impl Future<Output = Result<(), Failure>> {
        serve::serve(config, context)
    }
}

/// Runs the command and gives its exit code: 0 done, 1 failed, 2 bad settings, 3 drain deadline missed, 4 could not be found
/// out.
pub fn run(Cli { options, command }: Cli) -> ExitCode {
    let settings = options.clone();
    let load = move |environment: &Environment| cli::load::<Monitor>(&settings, environment);
    match command.unwrap_or(Command::Every(Verb::Serve)) {
        Command::Every(verb) => cli::run::<Monitor>(verb, options),
        Command::Verify(arguments) => process::command(|environment, _| async move {
            let config = load(&environment)?;
            verify::run(&config, &arguments).await
        }),
        Command::Diagnose(arguments) => process::command(|environment, _| async move {
            let config = load(&environment)?;
            diagnose::run(&config, &arguments).await
        }),
        Command::Report(arguments) => process::command(|environment, _| async move {
            let config = load(&environment)?;
            report::run(&config, &arguments).await
        }),
    }
}

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

use super::{backtest, replay};
use crate::{
    adapters::store::{KEPT, MIGRATIONS},
    config, serve,
};

/// Publishes the median of several independent price venues to a Chainlink-compatible aggregator.
///
/// Settings come from the built-in defaults, then --config, then the environment. One feed needs no file: set
/// DATABASE_URL, RPC_URL, AGGREGATOR_ADDRESS, PRIVATE_KEY (or PRIVATE_KEY_FILE), HEARTBEAT, DEVIATION_THRESHOLD.
#[derive(Debug, Parser)]
#[command(name = "oracle-publisher", version, arg_required_else_help = false)]
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
    /// Compute stored decisions again and compare them byte for byte; exit 1 when one differs
    Replay(replay::Arguments),
    /// Run the decision core over a recorded price history and report rounds, gas and error
    Backtest(backtest::Arguments),
}

/// The program.
struct Publisher;

impl cli::Program for Publisher {
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

/// Runs the command and gives its exit code: 0 done, 1 failed, 2 bad settings, 3 drain deadline missed.
pub fn run(Cli { options, command }: Cli) -> ExitCode {
    match command.unwrap_or(Command::Every(Verb::Serve)) {
        Command::Every(verb) => cli::run::<Publisher>(verb, options),
        Command::Replay(arguments) => process::command(|environment, token| async move {
            let config = cli::load::<Publisher>(&options, &environment)?;
            replay::run(&config, &arguments, token).await
        }),
        Command::Backtest(arguments) => process::command(|_, _| async move { backtest::run(&arguments) }),
    }
}

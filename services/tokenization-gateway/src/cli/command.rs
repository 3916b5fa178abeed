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
use causeway_telemetry::LogFormat;
use clap::{Parser, Subcommand};
use sqlx::migrate::Migrator;

use super::explain;
use crate::{adapters::store::MIGRATIONS, config, serve};

/// Turns financial messages and asset instructions into tokens, exactly once, and answers them.
///
/// Settings come from the built-in defaults, then --config, then the environment: DATABASE_URL, RPC_URL, PRIVATE_KEY (or
/// PRIVATE_KEY_FILE), GUARD_URL, ORACLE_URL, REFERENCE_SALT. Assets, accounts and callers need a file.
#[derive(Debug, Parser)]
#[command(name = "tokenization-gateway", version, arg_required_else_help = false)]
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
    /// Tell what a message says, orders and becomes in the other standard; exit 1 when it is refused
    Explain(explain::Arguments),
}

/// The program.
struct Gateway;

impl cli::Program for Gateway {
    type Config = config::Config;
    const MIGRATIONS: &'static Migrator = &MIGRATIONS;

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
        Command::Every(verb) => cli::run::<Gateway>(verb, options),
        Command::Explain(arguments) => process::command(|_, _| async move { explain::run(&arguments) }),
    }
}

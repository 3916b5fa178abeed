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

use super::account::{self, Account};
use crate::{
    adapters::store::{KEPT, MIGRATIONS},
    config, serve,
};

/// Shows operators how all services are, what is wrong and what to do.
///
/// Settings come from the built-in defaults, then --config, then the environment: DATABASE_URL, and CONSOLE__ with a setting's
/// path, such as CONSOLE__LISTEN__HTTP. The services to look at need a file.
#[derive(Debug, Parser)]
#[command(name = "ops-console", version, arg_required_else_help = false)]
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
    /// Keep the accounts of those who sign in
    #[command(subcommand)]
    Account(Account),
}

/// The program.
struct Console;

impl cli::Program for Console {
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
        Command::Every(verb) => cli::run::<Console>(verb, options),
        Command::Account(account) => process::command(|environment, stop| async move {
            let store = config::load_store(options.config.as_deref(), &environment)?;
            account::run(account, store, stop).await
        }),
    }
}

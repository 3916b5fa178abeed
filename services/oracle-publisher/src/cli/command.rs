//! The verbs, and what each of them runs.

use std::{process::ExitCode, time::Duration};

use causeway_runtime::{
    cli::Options,
    config::Environment,
    healthcheck,
    process::{self, Failure, Settings},
};
use causeway_store::start::{DATABASE_WITHIN, await_database};
use clap::{Parser, Subcommand};

use super::{backtest, output::print, replay};
use crate::{adapters::store::MIGRATIONS, config, serve};

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
    /// Run the service (the default)
    Serve,
    /// Bring the database to this program's schema, then exit
    Migrate,
    /// Ask the service on this host whether it is ready; exit 0 when it is
    Healthcheck,
    /// Check settings without starting anything
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Compute stored decisions again and compare them byte for byte; exit 1 when one differs
    Replay(replay::Arguments),
    /// Run the decision core over a recorded price history and report rounds, gas and error
    Backtest(backtest::Arguments),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print the effective settings without secrets, and their hash
    Check,
}

/// For one step of a health check.
const HEALTHCHECK_WITHIN: Duration = Duration::from_secs(2);

/// Runs the command and gives its exit code: 0 done, 1 failed, 2 bad settings, 3 drain deadline missed.
pub fn run(cli: Cli) -> ExitCode {
    let options = cli.options;
    let file = options.config.clone();
    let load =
        move |environment: &Environment| config::load(options.config.as_deref(), environment, options.log_format);
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => process::serve(
            |environment| {
                let config = load(environment)?;
                let settings = Settings { telemetry: config.telemetry.clone(), shutdown: config.shutdown };
                Ok((config, settings))
            },
            serve::serve,
        ),
        Command::Migrate => process::command(|environment, stop| async move {
            let store = config::load_store(file.as_deref(), &environment)?;
            let pool = serve::open_pool(&store, causeway_store::Metrics::default())?;
            await_database(&pool, DATABASE_WITHIN, &stop).await.map_err(Failure::new)?;
            causeway_store::schema::migrate(&pool, &MIGRATIONS).await.map_err(Failure::new)
        }),
        Command::Healthcheck => process::command(|environment, _| async move {
            let config = load(&environment)?;
            healthcheck::probe(config.listen.http, HEALTHCHECK_WITHIN).map_err(Failure::new)
        }),
        Command::Config(ConfigCommand::Check) => process::command(|environment, _| async move {
            let config = load(&environment)?;
            print(&format!("{}\n# hash {}\n", config.effective.redacted(), config.hash));
            Ok(())
        }),
        Command::Replay(arguments) => process::command(|environment, token| async move {
            let config = load(&environment)?;
            replay::run(&config, &arguments, token).await
        }),
        Command::Backtest(arguments) => process::command(|_, _| async move { backtest::run(&arguments) }),
    }
}

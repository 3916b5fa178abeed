//! The verbs, and what each of them runs.

use std::{process::ExitCode, time::Duration};

use causeway_runtime::{
    cli::Options,
    config::Environment,
    healthcheck,
    process::{self, Failure, Settings},
};
use clap::{Parser, Subcommand};

use super::{diagnose, output::print, report, verify};
use crate::{adapters::store::MIGRATIONS, config, serve};

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
    /// Run the service (the default)
    Serve,
    /// Bring the database to this program's schema, then exit
    Migrate,
    /// Ask the service on this host whether it is ready; exit 0 when it is
    Healthcheck,
    /// Compare what the chains have counted with what is stored; exit 1 when something is missing, 4 when nobody knows
    Verify(verify::Arguments),
    /// Say why a message is where it is, step by step
    Diagnose(diagnose::Arguments),
    /// Say what a day, a week, a month or any other window was like: volume, success, latency, fees, security, cost
    Report(report::Arguments),
    /// Check settings without starting anything
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print the effective settings without secrets, and their hash
    Check,
}

/// For one step of a health check.
const HEALTHCHECK_WITHIN: Duration = Duration::from_secs(2);

/// Runs the command and gives its exit code: 0 done, 1 failed, 2 bad settings, 3 drain deadline missed, 4 could not be found
/// out.
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
        Command::Migrate => process::command(|environment, _| async move {
            let store = config::load_store(file.as_deref(), &environment)?;
            let pool = serve::open_pool(&store, causeway_store::Metrics::default())?;
            causeway_store::schema::migrate(&pool, &MIGRATIONS).await.map_err(Failure::new)
        }),
        Command::Healthcheck => process::command(|environment, _| async move {
            let config = load(&environment)?;
            healthcheck::probe(config.listen.http, HEALTHCHECK_WITHIN).map_err(Failure::new)
        }),
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
        Command::Config(ConfigCommand::Check) => process::command(|environment, _| async move {
            let config = load(&environment)?;
            print(&format!("{}\n# hash {}\n", config.effective.redacted(), config.hash));
            Ok(())
        }),
    }
}

//! The verbs that every service has, and what each of them runs. A service flattens [`Verb`] into its own sub-commands and
//! hands what is one of them to [`run`].

use std::{
    future::Future,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use causeway_runtime::{
    cli::Options,
    config::{Environment, Error},
    healthcheck,
    process::{self, Context, Failure, Settings},
};
use causeway_store::{Metrics, upkeep::Table};
use causeway_telemetry::LogFormat;
use clap::Subcommand;
use sqlx::migrate::Migrator;

use crate::{
    config::{Base, Store},
    database, upkeep,
};

/// For one step of a health check.
const HEALTHCHECK_WITHIN: Duration = Duration::from_secs(2);

/// What every service can do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run the service (the default)
    Serve,
    /// Bring the database to this program's schema, then exit
    Migrate,
    /// Ask the service on this host whether it is ready; exit 0 when it is
    Healthcheck,
    /// Check settings without starting anything
    #[command(subcommand)]
    Config(ConfigVerb),
    /// Keep the database small: look at it, archive what is old, put it back
    #[command(subcommand)]
    Upkeep(upkeep::Verb),
}

/// What can be done with settings.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigVerb {
    /// Print the effective settings without secrets, and their hash
    Check,
}

/// A service, as its command line sees it.
pub trait Program {
    /// Its checked settings.
    type Config: Send + 'static;
    /// Its schema.
    const MIGRATIONS: &'static Migrator;
    /// Tables from which old rows may go into files; none unless it says so.
    const KEPT: &'static [Table] = &[];

    /// Loads and checks the settings.
    ///
    /// # Errors
    /// One line a setting: its path, its value unless secret, what is expected, and who set it.
    fn load(
        file: Option<&Path>,
        environment: &Environment,
        log_format: Option<LogFormat>,
    ) -> Result<Self::Config, Error>;

    /// Loads the same and checks only the store: a migration runs where nothing else is set.
    ///
    /// # Errors
    /// As [`Program::load`].
    fn load_store(file: Option<&Path>, environment: &Environment) -> Result<Store, Error>;

    /// The part of the settings that every service has.
    fn base(config: &Self::Config) -> &Base;

    /// What `config check` says besides the settings themselves, as TOML comments.
    fn explain(_config: &Self::Config) -> String {
        String::new()
    }

    /// Runs until it is told to stop.
    fn serve(config: Self::Config, context: Context) -> impl Future<Output = Result<(), Failure>>;
}

/// Loads the settings of a command line; for the verbs that are a service's own.
///
/// # Errors
/// As [`Program::load`].
pub fn load<P: Program>(options: &Options, environment: &Environment) -> Result<P::Config, Error> {
    P::load(options.config.as_deref(), environment, options.log_format)
}

/// Runs a verb and gives its exit code: 0 done, 1 failed, 2 bad settings, 3 drain deadline missed.
pub fn run<P: Program>(verb: Verb, options: Options) -> ExitCode {
    match verb {
        Verb::Serve => process::serve(
            |environment| {
                let config = load::<P>(&options, environment)?;
                let base = P::base(&config);
                let settings = Settings { telemetry: base.telemetry.clone(), shutdown: base.shutdown };
                Ok((config, settings))
            },
            P::serve,
        ),
        Verb::Migrate => migrate::<P>(options.config),
        Verb::Healthcheck => process::command(|environment, _| async move {
            let config = load::<P>(&options, &environment)?;
            healthcheck::probe(P::base(&config).listen.http, HEALTHCHECK_WITHIN).map_err(Failure::new)
        }),
        Verb::Upkeep(verb) => keep_up::<P>(verb, options.config),
        Verb::Config(ConfigVerb::Check) => process::command(|environment, _| async move {
            let config = load::<P>(&options, &environment)?;
            let Base { effective, hash, .. } = P::base(&config);
            print(&format!("{}\n# hash {hash}\n{}", effective.redacted(), P::explain(&config)));
            Ok(())
        }),
    }
}

fn keep_up<P: Program>(verb: upkeep::Verb, file: Option<PathBuf>) -> ExitCode {
    process::command(|environment, stop| async move {
        let store = P::load_store(file.as_deref(), &environment)?;
        let work = upkeep::run(verb, &store, P::KEPT);
        stop.run_until_cancelled(work).await.unwrap_or_else(|| Err(Failure::new(Interrupted)))
    })
}

fn migrate<P: Program>(file: Option<PathBuf>) -> ExitCode {
    process::command(|environment, stop| async move {
        let store = P::load_store(file.as_deref(), &environment)?;
        let pool = database::open_pool(&store, "migrate", Metrics::default())?;
        database::migrate(&pool, P::MIGRATIONS, &stop).await
    })
}

/// Somebody stopped it: what was not committed is rolled back.
#[derive(Debug, thiserror::Error)]
#[error("stopped before it was done")]
struct Interrupted;

/// The answer of a command, on standard output. Logs go elsewhere, so that an answer can be piped.
pub fn print(text: &str) {
    // A reader that went away is no failure of ours.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

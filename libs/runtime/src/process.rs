//! From `main` to the exit code: what every service does around its own work, once.
//!
//! Make the one crypto provider the default, load the configuration, start the runtime and telemetry,
//! catch signals, run the service, give it its time to stop, flush, and say how it ended:
//!
//! | code | meaning |
//! | --- | --- |
//! | 0 | stopped when asked to, or the command succeeded |
//! | 1 | failed |
//! | 2 | the configuration cannot be used; one line a setting says why |
//! | 3 | stopped when asked to, but not within the drain deadline |
//! | 4 | a command that was to find something out could not; neither yes nor no |
//! | 130, 143 | a second SIGINT or SIGTERM ended it at once |

use std::{
    error::Error as StdError, future::Future, panic::PanicHookInfo, process::ExitCode, sync::Arc, time::Duration,
};

use causeway_primitives::Timestamp;
use causeway_telemetry::Chain;
use tokio::{runtime::Runtime, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    clock::{Clock, SystemClock},
    config::{self, Environment, ShutdownLimits},
    signal::{Shutdown, Signals},
    task::{self, Cause, TaskGroup},
};

const FAILED: u8 = 1;
const BAD_CONFIGURATION: u8 = 2;
const DRAIN_DEADLINE_MISSED: u8 = 3;
const UNDETERMINED: u8 = 4;

/// A service gets this much beyond its drain limit, so that its task group can name and abort what is
/// stuck before the process gives up on the service as a whole.
const DRAIN_MARGIN: Duration = Duration::from_secs(1);

/// Blocking work that outlasts the service, such as a DNS look-up, is left behind after this.
const RUNTIME_LIMIT: Duration = Duration::from_millis(500);

/// How a service or a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What it was told cannot be right: also what shows only after the start, such as a wrong chain id.
    #[error(transparent)]
    Configuration(#[from] config::Error),
    /// One of its tasks failed, or had to be aborted.
    #[error(transparent)]
    Tasks(#[from] task::Errors),
    /// It did not come back from its drain.
    #[error("did not stop within the drain deadline")]
    DrainDeadline,
    /// It was to find something out and could not: no answer is never the good answer.
    #[error("{0}")]
    Undetermined(#[source] Cause),
    /// Anything else.
    #[error("{0}")]
    Failed(#[source] Cause),
}

impl Failure {
    /// Wraps what has no better place.
    pub fn new(cause: impl Into<Cause>) -> Self {
        Self::Failed(cause.into())
    }

    /// Wraps why something could not be found out.
    pub fn undetermined(cause: impl Into<Cause>) -> Self {
        Self::Undetermined(cause.into())
    }

    /// The exit code that tells this failure from others.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Configuration(_) => BAD_CONFIGURATION,
            Self::Tasks(errors) if errors.missed_deadline() => DRAIN_DEADLINE_MISSED,
            Self::DrainDeadline => DRAIN_DEADLINE_MISSED,
            Self::Undetermined(_) => UNDETERMINED,
            Self::Tasks(_) | Self::Failed(_) => FAILED,
        }
    }
}

impl From<config::Invalid> for Failure {
    fn from(invalid: config::Invalid) -> Self {
        Self::Configuration(invalid.into())
    }
}

/// What the process needs to know before it can start a service.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Logs and traces.
    pub telemetry: causeway_telemetry::Config,
    /// The phases of a stop.
    pub shutdown: ShutdownLimits,
}

/// What a service gets from its process.
#[derive(Debug, Clone)]
pub struct Context {
    /// The two phases of a stop.
    pub shutdown: Shutdown,
    /// How long each phase may take.
    pub limits: ShutdownLimits,
    /// The machine's clocks.
    pub clock: Arc<dyn Clock>,
    /// When the process started.
    pub started: Timestamp,
}

impl Context {
    /// The owner of the service's tasks: it stops them in the second phase, and brings it about when one
    /// of them fails.
    pub fn tasks(&self) -> TaskGroup {
        TaskGroup::new(self.shutdown.stop.clone())
    }
}

/// Runs a service: `load` turns the environment into its configuration, `service` works until the stop.
///
/// The service should end with [`TaskGroup::supervise`]; returning early, even well, ends the process.
pub fn serve<C, L, S, Fut>(load: L, service: S) -> ExitCode
where
    L: FnOnce(&Environment) -> Result<(C, Settings), config::Error>,
    S: FnOnce(C, Context) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    install_tls();
    exit(load(&Environment::of_process()).map_err(Failure::from).and_then(|(config, settings)| {
        let runtime = start_runtime()?;
        let outcome = runtime.block_on(run(config, settings, service));
        runtime.shutdown_timeout(RUNTIME_LIMIT);
        outcome
    }))
}

/// Runs a command that ends by itself, such as `migrate`: without telemetry, so that standard output is
/// its own. Its token is cancelled by the first signal.
pub fn command<F, Fut>(command: F) -> ExitCode
where
    F: FnOnce(Environment, CancellationToken) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    install_tls();
    exit(start_runtime().and_then(|runtime| {
        let outcome = runtime.block_on(async {
            let shutdown = Shutdown::default();
            let _watch = watch_signals(&shutdown, Duration::ZERO)?;
            command(Environment::of_process(), shutdown.stop).await
        });
        runtime.shutdown_timeout(RUNTIME_LIMIT);
        outcome
    }))
}

/// Says on standard error what went wrong, for whoever started the process, and picks the exit code.
fn exit(outcome: Result<(), Failure>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Telemetry is over by now, or never began.
            eprintln!("{}", line_of(&failure));
            ExitCode::from(failure.exit_code())
        }
    }
}

/// The whole chain, except that a transparent variant already prints its cause.
fn line_of(failure: &Failure) -> String {
    match failure {
        Failure::Configuration(error) => error.to_string(),
        Failure::Tasks(errors) => Chain(errors).to_string(),
        Failure::DrainDeadline => failure.to_string(),
        Failure::Undetermined(cause) | Failure::Failed(cause) => {
            let cause: &(dyn StdError + 'static) = cause.as_ref();
            Chain(cause).to_string()
        }
    }
}

/// Before anything else, because the check of a configuration may make a client.
fn install_tls() {
    // An error means that a provider is installed already, which only happens in tests.
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
}

fn start_runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::new)
}

async fn run<C, S, Fut>(config: C, settings: Settings, service: S) -> Result<(), Failure>
where
    S: FnOnce(C, Context) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    let telemetry = causeway_telemetry::init(&settings.telemetry).map_err(Failure::new)?;
    std::panic::set_hook(Box::new(log_panic));
    let limits = settings.shutdown;
    let shutdown = Shutdown::default();
    let _watch = watch_signals(&shutdown, limits.lame_duck)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let context = Context { shutdown: shutdown.clone(), limits, started: clock.now(), clock };
    tracing::info!(version = settings.telemetry.version, "starting");

    let outcome = bounded(service(config, context), &shutdown.stop, limits.drain).await;
    match &outcome {
        Ok(()) => tracing::info!("stopped"),
        Err(failure) => {
            tracing::error!(error = line_of(failure), exit_code = failure.exit_code(), "stopped by a failure");
        }
    }
    if let Err(error) = telemetry.shutdown(limits.flush).await {
        tracing::warn!(error = %Chain(&error), "telemetry was not delivered");
    }
    outcome
}

/// The watch has a task of its own, so that a second signal is heard even when the service blocks.
fn watch_signals(shutdown: &Shutdown, lame_duck: Duration) -> Result<JoinSet<()>, Failure> {
    let signals = Signals::install().map_err(Failure::new)?;
    let mut watch = JoinSet::new();
    watch.spawn(signals.drive(shutdown.clone(), lame_duck));
    Ok(watch)
}

async fn bounded(
    service: impl Future<Output = Result<(), Failure>>,
    stop: &CancellationToken,
    drain: Duration,
) -> Result<(), Failure> {
    let deadline = async {
        stop.cancelled().await;
        tokio::time::sleep(drain.saturating_add(DRAIN_MARGIN)).await;
    };
    tokio::select! {
        outcome = service => outcome,
        () = deadline => Err(Failure::DrainDeadline),
    }
}

/// A panic is logged where it happened; who owns the task reports it once more as that task's failure.
fn log_panic(info: &PanicHookInfo<'_>) {
    let thread = std::thread::current();
    let location = info.location().map(ToString::to_string);
    let message = info.payload_as_str().unwrap_or("no message");
    tracing::error!(location, panic = message, thread = thread.name(), "panicked");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_service_that_never_comes_back_is_given_up_after_its_drain() {
        let stop = CancellationToken::new();
        stop.cancel();
        let started = tokio::time::Instant::now();
        let failure = bounded(std::future::pending(), &stop, Duration::from_secs(5)).await.unwrap_err();
        assert_eq!(failure.exit_code(), DRAIN_DEADLINE_MISSED);
        assert_eq!(started.elapsed(), Duration::from_secs(6));
    }

    #[test]
    fn a_wrapped_failure_prints_each_cause_once() {
        let failure = Failure::new(std::io::Error::other("the disk is gone"));
        assert_eq!(line_of(&failure), "the disk is gone");
        assert_eq!(failure.exit_code(), FAILED);
    }
}

//! The simulated relayer as a process: settings in, a line with its port out, cycles until it is stopped.

use std::{
    net::Ipv4Addr,
    path::Path,
    process::ExitCode,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use causeway_primitives::{RelayerId, Scope};
use causeway_proto::guard::v1::lease_service_client::LeaseServiceClient;
use causeway_relayer_client::{Guard, Relayer, Settings as ClientSettings, Standing, Worker};
use tokio::{net::TcpListener, signal::unix::SignalKind, sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{
    ClearanceSettings, Error, Settings, chain_of, control,
    engine::{Cycle, Engine, Faults, clearance::Clearance},
    status::{Pace, ScopeStanding, Status, Traffic},
    traffic,
};

/// A cycle that is under way may end, leases are given back; then it is enough.
const DRAIN_LIMIT: Duration = Duration::from_secs(5);

/// The scopes that leases are held for, each on its own, so that one can be halted without the other.
const SCOPES: [Scope; 2] = [Scope::BatchCreation, Scope::Settlement];

/// Runs the simulated relayer with the settings of the file that the first argument names, until SIGTERM or
/// SIGINT.
///
/// What is called `simulated-relayer` in this package; a package whose tests want one as a binary of their own calls this
/// from an example.
pub fn main() -> ExitCode {
    tracing_subscriber::fmt().json().flatten_event(true).init();
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
    let Some(path) = std::env::args_os().nth(1) else {
        tracing::error!("the first argument names the file of settings");
        return ExitCode::from(2);
    };
    let settings = match read(Path::new(&path)) {
        Ok(settings) => settings,
        Err(error) => {
            tracing::error!(error = chain_of(&error), "settings cannot be used");
            return ExitCode::from(2);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "no runtime");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(settings)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = chain_of(&error), "stopped by a failure");
            ExitCode::FAILURE
        }
    }
}

fn read(path: &Path) -> Result<Settings, Error> {
    let text = std::fs::read(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
    serde_json::from_slice(&text).map_err(Error::Settings)
}

async fn run(settings: Settings) -> Result<(), Error> {
    let (clearance, worker) = clearance(&settings)?;
    let signal = |kind| tokio::signal::unix::signal(kind).map_err(Error::Process);
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(Error::Process)?;
    let control = listener.local_addr().map_err(Error::Process)?;
    let rest = Duration::from_millis(settings.rest_ms);
    let (holder, user) = (settings.holder.clone(), settings.user);
    let engine = Engine::open(settings, clearance.clone()).await?;
    let bridge = engine.bridge.clone();
    let shared = Arc::new(Shared::new(engine, clearance));

    let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
    if let Some(worker) = worker {
        tasks.spawn(worker.run(stop.clone()));
    }
    tasks.spawn(cycles(Arc::clone(&shared), rest, stop.clone()));
    tasks.spawn(traffic::run(bridge, user, shared.rate.subscribe(), Arc::clone(&shared), stop.clone()));
    let (app, closed) = (control::router(Arc::clone(&shared)), stop.clone());
    tasks.spawn(async move {
        let served = axum::serve(listener, app).with_graceful_shutdown(closed.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(%error, "the control interface ended");
        }
    });
    tracing::info!(simulated = true, holder, %control, "listening");

    // A task that ends by itself has failed, and the others make no sense without it.
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = tasks.join_next() => {}
    }
    stop.cancel();
    let drained = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN_LIMIT, drained).await.is_err() {
        tracing::warn!("stopped without waiting for everything");
    }
    tracing::info!(simulated = true, "stopped");
    Ok(())
}

/// Who is asked for leave, and what keeps the leases.
fn clearance(settings: &Settings) -> Result<(Clearance, Option<Worker>), Error> {
    let ClearanceSettings::Guarded { guards, latch, renew_every_ms, call_timeout_ms } = &settings.clearance else {
        tracing::warn!(simulated = true, "no guard is asked");
        return Ok((Clearance::Unguarded, None));
    };
    let holder: RelayerId = settings.holder.parse().map_err(|_| Error::Setting("holder"))?;
    let client = ClientSettings {
        latch: latch.clone(),
        renew_every: Duration::from_millis(*renew_every_ms),
        call_timeout: Duration::from_millis(*call_timeout_ms),
        margin: super::journal::MARGIN,
        ..ClientSettings::new(holder, SCOPES)
    };
    let connect = |address: &String| -> Result<Arc<dyn Guard>, Error> {
        let endpoint = tonic::transport::Endpoint::from_shared(address.clone()).map_err(Error::Guard)?;
        Ok(Arc::new(LeaseServiceClient::new(endpoint.connect_lazy())))
    };
    let guards = guards.iter().map(connect).collect::<Result<_, _>>()?;
    let (relayer, worker) = Relayer::new(client, guards).map_err(Error::Client)?;
    Ok((Clearance::Guarded(relayer), Some(worker)))
}

/// A cycle, a rest, a cycle, unless paused.
async fn cycles(shared: Arc<Shared>, rest: Duration, stop: CancellationToken) {
    let mut pace = shared.pace.subscribe();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            // The sender lives as long as `shared`.
            _ = pace.wait_for(|pace| *pace == Pace::Running) => {}
        }
        // The failure is in the status; the next cycle tries again.
        if let Err(error) = shared.cycle().await {
            tracing::error!(error = chain_of(&error), simulated = true, "a cycle failed");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(rest) => {}
        }
    }
}

/// What the tasks of the process share.
#[derive(Debug)]
pub(super) struct Shared {
    /// Whoever holds it is the only one who signs.
    pub(super) engine: tokio::sync::Mutex<Engine>,
    clearance: Clearance,
    pace: watch::Sender<Pace>,
    rate: watch::Sender<u32>,
    status: Mutex<Status>,
}

impl Shared {
    fn new(engine: Engine, clearance: Clearance) -> Self {
        let holder = engine.settings.holder.clone();
        let status = Status { simulated: true, holder, pid: std::process::id(), ..Status::default() };
        let (pace, rate) = (watch::Sender::new(engine.settings.pace), watch::Sender::new(0));
        Self { engine: tokio::sync::Mutex::new(engine), clearance, pace, rate, status: Mutex::new(status) }
    }

    /// One cycle, once no other one runs.
    pub(super) async fn cycle(&self) -> Result<Cycle, Error> {
        let engine = self.engine.lock().await;
        let outcome = engine.cycle().await;
        drop(engine);
        let mut status = self.lock();
        status.cycles = status.cycles.saturating_add(1);
        status.failure = outcome.as_ref().err().map(|error| chain_of(error));
        if let Ok(cycle) = &outcome {
            status.done.add(cycle);
        }
        outcome
    }

    pub(super) fn set_pace(&self, pace: Pace) {
        self.pace.send_replace(pace);
    }

    pub(super) fn set_rate(&self, per_minute: u32) {
        self.rate.send_replace(per_minute);
    }

    pub(super) fn note_traffic(&self, change: impl FnOnce(&mut Traffic)) {
        change(&mut self.lock().traffic);
    }

    pub(super) fn note_faults(&self, faults: Faults) {
        self.lock().faults = faults;
    }

    pub(super) fn status(&self) -> Status {
        let clearance = match &self.clearance {
            Clearance::Guarded(relayer) => SCOPES.iter().map(|scope| standing(relayer, *scope)).collect(),
            Clearance::Unguarded => Vec::new(),
        };
        Status { pace: *self.pace.borrow(), clearance, ..self.lock().clone() }
    }

    /// Nothing in the status is ever half changed, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn standing(relayer: &Relayer, scope: Scope) -> ScopeStanding {
    let scope_word = scope.to_string();
    match relayer.standing(scope) {
        Standing::Granted { authority, left, .. } => ScopeStanding {
            scope: scope_word,
            epoch: authority.epoch,
            left_ms: u64::try_from(left.as_millis()).unwrap_or(u64::MAX),
            refused: None,
        },
        Standing::Refused(refused) => {
            ScopeStanding { scope: scope_word, epoch: 0, left_ms: 0, refused: Some(refused.to_string()) }
        }
    }
}

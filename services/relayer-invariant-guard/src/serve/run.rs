//! The order of a start: ports are taken, then database, the relayer's database, chains, tasks, and then the doors open.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_alerting::{Alarms, channel::Outgoing};
use causeway_chain::endpoints::EndpointSet;
use causeway_primitives::ChainName;
use causeway_runtime::{
    health::Health,
    process::{Context, Failure},
    task::TaskGroup,
};
use causeway_service::{
    database::{open_pool, prepare},
    leader::{Contest, Posts},
    ports::Listeners,
};
use causeway_store::{Pool, lease::Leadership};
use causeway_telemetry::metrics::{Registry, register_process};
use tokio::sync::watch;

use super::{
    books, chains,
    logbook::Logbook,
    meter::Meter,
    metrics::Metrics,
    parts::{self, Connected},
    pause, ports,
    watch::Watchdog,
};
use crate::{
    adapters::store::{MIGRATIONS, Store, books::BooksReader},
    app::{Guard, Heartbeat, Pauser, alerts::Alerts},
    config::{Config, DeadMan, SERVICE},
};

/// For one heartbeat.
const HEARTBEAT_WITHIN: Duration = Duration::from_secs(10);

/// What the parts of a running service share.
pub(super) struct Shared {
    pub(super) config: Config,
    pub(super) context: Context,
    pub(super) tasks: TaskGroup,
    pub(super) metrics: Metrics,
    pub(super) pool: Pool,
    pub(super) books: Pool,
    pub(super) store: Arc<Store>,
    pub(super) leadership: watch::Receiver<Option<Leadership>>,
    pub(super) posts: Posts,
    pub(super) health: Health,
    pub(super) alarms: Alarms,
    pub(super) endpoints: BTreeMap<ChainName, EndpointSet>,
    pub(super) guard: Guard,
    pub(super) pauser: Option<Pauser>,
}

/// Runs the service until it is told to stop.
///
/// # Errors
/// [`Failure`]: what the world refuses at start, or a task that failed.
pub(crate) async fn serve(config: Config, context: Context) -> Result<(), Failure> {
    let mut registry = Registry::default();
    register_process(&mut registry, SERVICE, env!("CARGO_PKG_VERSION"), context.started);
    let metrics = Metrics::register(&mut registry, &config);
    let listeners = Listeners::bind(&config.base.listen).await?;
    let pool = open_pool(&config.base.store, SERVICE, metrics.store.clone())?;
    prepare(&config.base.store, &pool, &MIGRATIONS, &context).await?;
    let (books, reader) = books::open(&config, causeway_store::Metrics::default())?;
    books::check(&config, &reader).await?;
    let endpoints = chains::connect(&config, &mut registry)?;
    chains::check(&config, &endpoints).await?;
    explain(&config);

    let contest = Contest::new(&config.base, pool.clone());
    let leadership = contest.leads();
    let tasks = context.tasks();
    let alerting = causeway_alerting::Parts {
        settings: config.base.alerting.clone(),
        lease: SERVICE,
        pool: pool.clone(),
        leadership: leadership.clone(),
        clock: Arc::clone(&context.clock),
        metrics: &metrics.alerts,
    };
    let meter = meter(&config, &pool, &reader, &metrics, &context);
    let connected = Connected { pool: pool.clone(), books: reader, chains: chains::readers(&config, &endpoints) };
    let mut shared = Shared {
        alarms: causeway_alerting::start(alerting, &tasks),
        health: Health::new(Arc::clone(&context.clock), context.shutdown.draining.clone()),
        store: Arc::new(Store::new(pool.clone())),
        guard: parts::guard(&config, connected, leadership.clone(), Arc::clone(&context.clock)),
        config,
        context,
        tasks,
        metrics,
        pool,
        books,
        leadership,
        posts: contest.posts(),
        endpoints,
        pauser: None,
    };
    shared.pauser = shared.config.pause.as_ref().map(|settings| pause::pauser(&shared, settings));
    shared.tasks.spawn("figures", |token| meter.run(token));
    shared.tasks.spawn("leadership", |token| contest.run(token));
    shared.watch_over();
    shared.keep();
    shared.beat()?;
    let watchdog = Watchdog::new(&shared);
    shared.tasks.spawn("watchdog", |token| watchdog.run(token));
    ports::open(&shared, registry, listeners)?;
    let Shared { tasks, context, pool, books, .. } = shared;
    tasks.supervise(context.limits.drain).await?;
    books.close().await;
    pool.close().await;
    Ok(())
}

impl Shared {
    /// Evaluates, does what follows from a halt, and says what is wrong.
    fn watch_over(&self) {
        let guard = &self.guard;
        self.tasks.spawn("sweeps", |token| guard.clone().run(token));
        self.tasks.spawn("follow-up", |token| guard.clone().follow_up(token));
        let alerts = Alerts::new(guard.clone(), self.alarms.clone());
        let alerts = match self.pauser.clone() {
            Some(pauser) => alerts.with_pause(pauser),
            None => alerts,
        };
        self.tasks.spawn("alerts", |token| alerts.run(token));
        if let Some(pauser) = self.pauser.clone() {
            self.tasks.spawn("pauser", |token| pauser.run(token));
        }
    }

    /// Keeps house and the log.
    fn keep(&self) {
        let (guard, kept) = (&self.guard, self.config.kept);
        self.tasks.spawn("upkeep", |token| guard.clone().keep_house(kept, token));
        if let Some(tap) = self.config.base.telemetry.tap.clone() {
            let instance = self.config.base.telemetry.instance.clone();
            let logbook = Logbook { tap, store: Arc::clone(&self.store), instance };
            self.tasks.spawn("logbook", |token| logbook.run(token));
        }
    }

    /// Tells somebody outside that evaluations go on.
    fn beat(&self) -> Result<(), Failure> {
        let Some(DeadMan { to, every }) = self.config.dead_man.clone() else { return Ok(()) };
        let outgoing = Outgoing::new(HEARTBEAT_WITHIN).map_err(Failure::new)?;
        let guard = self.guard.clone();
        self.tasks.spawn("heartbeat", |token| guard.beat(Heartbeat { outgoing, to, every }, token));
        Ok(())
    }
}

fn meter(config: &Config, pool: &Pool, reader: &BooksReader, metrics: &Metrics, context: &Context) -> Meter {
    let decimals = config.assets.iter().map(|asset| (asset.bridge.asset.clone(), asset.decimals));
    Meter {
        store: Arc::new(Store::new(pool.clone())),
        books: (reader.clone(), config.books.mapping.clone()),
        decimals: decimals.collect(),
        metrics: metrics.guard.clone(),
        clock: Arc::clone(&context.clock),
    }
}

/// What is in force, once, so that a log says by which rules it was written.
fn explain(config: &Config) {
    for asset in &config.assets {
        let preset = asset.preset.map_or("none", |preset| preset.as_str());
        tracing::info!(asset = %asset.bridge.asset, preset, equations = asset.equations.len(), "asset guarded");
    }
    let hash = config.rules.hash();
    if config.approved.rules.contains(&hash) {
        tracing::info!(rules = %hash, "rules approved");
    } else {
        tracing::warn!(rules = %hash, "rules not approved: nothing passes unless the last checkpoint has them");
    }
}

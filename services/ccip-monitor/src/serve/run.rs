//! The order of a start: ports are taken, then chains, tasks, and then the doors open.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_alerting::Alarms;
use causeway_chain::{endpoints::EndpointSet, logs::ScanPolicy};
use causeway_primitives::ChainId;
use causeway_runtime::{
    health::Health,
    process::{Context, Failure},
    task::TaskGroup,
};
use causeway_service::{
    database::{open_pool, prepare},
    leader::{Contest, Leads, Posts},
    ports::Listeners,
};
use causeway_store::{Pool, lease::Leadership};
use causeway_telemetry::metrics::{Registry as MetricsRegistry, register_process};
use tokio::sync::watch;

use super::{chains, contracts, metrics::Metrics, parts, ports, watch::Watchdog};
use crate::{
    adapters::{
        dialects::Registry,
        store::{MIGRATIONS, Store},
    },
    app::{
        advice::Adviser,
        alerts::{self, Alerts},
        collect::Collector,
        count::Counter,
        follow::Follower,
        judge::Judge,
        lanes::LaneBook,
        mend::Mender,
        probe::{Prober, Stored},
        settle::Settler,
        tries,
        verify::Verifier,
        view::Views,
    },
    config::{ChainSettings, Config, SERVICE},
};

/// A chain's loop that has not turned for so long hangs: longer than a whole round of retries over dead endpoints.
const FOLLOWER_SILENT_AFTER: Duration = Duration::from_secs(300);

/// Bytes of logs that are fetched ahead on all chains together; each gets its share. The bound of memory.
const AHEAD_BYTES: u64 = 48 * 1024 * 1024;

/// What the parts of a running service share.
pub(super) struct Shared {
    pub(super) config: Config,
    pub(super) context: Context,
    pub(super) tasks: TaskGroup,
    pub(super) metrics: Metrics,
    pub(super) pool: Pool,
    pub(super) store: Arc<Store>,
    /// Whether this replica leads the service: judges, and speaks.
    pub(super) leadership: watch::Receiver<Option<Leadership>>,
    pub(super) posts: Posts,
    /// Whether this replica reads a chain.
    readers: BTreeMap<ChainId, Leads>,
    pub(super) health: Health,
    pub(super) views: Views,
    pub(super) lanes: Arc<LaneBook>,
    pub(super) contracts: Arc<Registry>,
    pub(super) endpoints: BTreeMap<ChainId, EndpointSet>,
    pub(super) alarms: Alarms,
}

/// Runs the service until it is told to stop.
///
/// # Errors
/// [`Failure`]: what the world refuses at start, or a task that failed.
pub(crate) async fn serve(config: Config, context: Context) -> Result<(), Failure> {
    let mut registry = MetricsRegistry::default();
    register_process(&mut registry, SERVICE, env!("CARGO_PKG_VERSION"), context.started);
    let lanes = Arc::new(contracts::lane_book(&config));
    let metrics = Metrics::register(&mut registry, &config, &lanes);
    let listeners = Listeners::bind(&config.base.listen).await?;
    let pool = open_pool(&config.base.store, SERVICE, metrics.store.clone())?;
    prepare(&config.base.store, &pool, &MIGRATIONS, &context).await?;
    let endpoints = chains::connect(&config, &mut registry).await?;

    let (contest, readers) = stand(&config, &pool);
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
    let shared = Shared {
        alarms: causeway_alerting::start(alerting, &tasks),
        health: Health::new(Arc::clone(&context.clock), context.shutdown.draining.clone()),
        store: Arc::new(Store::new(pool.clone())),
        views: contracts::views(&config),
        contracts: Arc::new(contracts::registry(&config)?),
        lanes,
        config,
        context,
        tasks,
        metrics,
        pool,
        leadership,
        posts: contest.posts(),
        readers,
        endpoints,
    };
    shared.tasks.spawn("leadership", |token| contest.run(token));
    shared.follow();
    shared.settle();
    shared.judge();
    shared.probe();
    shared.look_for_tries();
    let watchdog = Watchdog::new(&shared);
    shared.tasks.spawn("watchdog", |token| watchdog.run(token));
    ports::open(&shared, registry, listeners)?;
    let Shared { tasks, context, pool, .. } = shared;
    tasks.supervise(context.limits.drain).await?;
    pool.close().await;
    Ok(())
}

/// Each chain is a part that the replicas share: reading, decoding and what follows for messages is one transaction of the
/// chain that was read. Its lease has its id and no place or name from the file: replicas that were configured at different
/// times mean the same chain by it.
fn stand(config: &Config, pool: &Pool) -> (Contest, BTreeMap<ChainId, Leads>) {
    let mut contest = Contest::new(&config.base, pool.clone());
    let readers = config.chains.iter().map(|chain| (chain.id, contest.part(chain.name.as_str(), chain.id)));
    let readers = readers.collect();
    (contest, readers)
}

impl Shared {
    /// Whether this replica reads a chain.
    fn reads(&self, chain: ChainId) -> Leads {
        self.readers.get(&chain).unwrap_or(&self.leadership).clone()
    }

    /// A task for each chain: a slow one holds up no other.
    fn follow(&self) {
        let verifier = Arc::new(parts::verifier(&self.config, &self.store, &parts::readers(&self.endpoints)));
        for chain in &self.config.chains {
            let Some(endpoints) = self.endpoints.get(&chain.id) else { continue };
            let follower = self.follower(chain, endpoints.clone(), &verifier);
            self.tasks.spawn(format!("chain {}", chain.name), |token| follower.run(token));
        }
    }

    fn settle(&self) {
        let settler =
            Settler { ledger: self.store.clone(), views: self.views.clone(), leadership: self.leadership.clone() };
        self.tasks.spawn("settling", |token| settler.run(token));
    }

    fn follower(&self, chain: &ChainSettings, endpoints: EndpointSet, verifier: &Arc<Verifier>) -> Follower {
        let chains = u64::try_from(self.config.chains.len()).unwrap_or(u64::MAX).max(1);
        let scan = ScanPolicy {
            widest: chain.log_blocks,
            in_flight: chain.windows_in_flight,
            ahead_bytes: AHEAD_BYTES.checked_div(chains).unwrap_or(AHEAD_BYTES),
            ..ScanPolicy::default()
        };
        let collector =
            Collector { chain: chain.id, registry: Arc::clone(&self.contracts), lanes: Arc::clone(&self.lanes) };
        let counter =
            Counter { metrics: self.metrics.monitor.clone(), lanes: Arc::clone(&self.lanes), link: chain.link_token };
        let heartbeat = self.health.heartbeat(format!("chain {}", chain.name), FOLLOWER_SILENT_AFTER);
        let mender = Mender {
            chain: chain.id,
            name: chain.name.clone(),
            ramps: parts::counting_ramps(&self.config, chain),
            verifier: Arc::clone(verifier),
            ledger: self.store.clone(),
            collector: collector.clone(),
            endpoints: endpoints.len(),
            piece: chain.log_blocks,
            every: self.config.monitor.interval,
            counter: counter.clone(),
            heartbeat: heartbeat.clone(),
        };
        Follower {
            name: chain.name.clone(),
            chain: chain.id,
            sources: self.lanes.sources_of(chain.id),
            endpoints,
            finality: chain.finality,
            start: chain.start_block,
            scan,
            selection: self.contracts.selection(chain.id),
            poll: chain.poll,
            collector,
            mender,
            ledger: self.store.clone(),
            leadership: self.reads(chain.id),
            views: self.views.clone(),
            counter,
            heartbeat,
        }
    }

    fn judge(&self) {
        let interval = self.config.monitor.interval;
        let judge = Judge {
            lanes: Arc::clone(&self.lanes),
            upkeep: self.store.clone(),
            ledger: self.store.clone(),
            leadership: self.leadership.clone(),
            views: self.views.clone(),
            endpoints: self.endpoints.iter().map(|(id, set)| (*id, set.clone())).collect(),
            alerts: Alerts::new(self.alarms.clone(), self.config.alerts),
            adviser: Adviser::new(alerts::limits(self.config.alerts)),
            watch: self.store.clone(),
            metrics: self.metrics.monitor.clone(),
            clock: Arc::clone(&self.context.clock),
            interval,
            window: self.config.alerts.window,
            heartbeat: self.health.heartbeat("rounds", interval.saturating_mul(4).max(FOLLOWER_SILENT_AFTER)),
            rounds: 0,
            named_in: None,
        };
        self.tasks.spawn("rounds", |token| judge.run(token));
    }

    /// A task for each chain where messages are executed.
    fn look_for_tries(&self) {
        let interval = self.config.monitor.interval;
        let readers = parts::readers(&self.endpoints);
        for tried in parts::tried(&self.config, &readers) {
            let name = format!("tries on {}", tried.name);
            let parts = tries::Parts {
                records: self.store.clone(),
                dossier: self.store.clone(),
                ledger: self.store.clone(),
                leadership: self.reads(tried.id),
                interval,
                heartbeat: self.health.heartbeat(name.clone(), interval.saturating_mul(4).max(FOLLOWER_SILENT_AFTER)),
                metrics: self.metrics.monitor.clone(),
            };
            let watcher = tries::Watcher::new(tried, parts);
            self.tasks.spawn(name, |token| watcher.run(token));
        }
    }

    fn probe(&self) {
        let interval = self.config.monitor.interval;
        let readers = parts::readers(&self.endpoints);
        let prober = Prober::new(
            parts::probed(&self.config, &parts::sites(&self.config), &readers),
            Stored { dossier: self.store.clone(), ledger: self.store.clone(), readers: self.readers.clone() },
            self.views.clone(),
            (Arc::clone(&self.context.clock), interval),
            self.health.heartbeat("probes", interval.saturating_mul(4).max(FOLLOWER_SILENT_AFTER)),
        );
        self.tasks.spawn("probes", |token| prober.run(token));
    }
}

//! Wiring: from a checked configuration to a running service. Connects, checks what only the world can tell (chain id,
//! decimals, roles), builds the parts, starts their tasks, and supervises them. No decision on business data.

mod chain;
mod feeds;
mod ports;
mod watch;

use std::{collections::BTreeSet, sync::Arc};

use causeway_alerting::{ChannelId, Registry as AlertRegistry, channel, dispatcher, rules};
use causeway_runtime::{
    health::{Health, Role},
    process::{Context, Failure},
};
use causeway_store::{
    Pool,
    Settings as PoolSettings,
    lease::{Keeper, Settings as LeaseSettings},
};
use causeway_telemetry::metrics::{Registry, register_process};

use crate::{
    adapters::store::{MIGRATIONS, Store},
    app::{alerts::Alerts, publisher::Publisher, view::Views},
    config::{Config, SERVICE},
    metrics,
};

/// At most so many alerts are followed at once: every feed with every kind would be fewer.
const ALERT_CAPACITY: usize = 10_000;

/// What is counted, by who counts.
struct Metrics {
    feeds: metrics::Feeds,
    sources: metrics::Sources,
    rpc: causeway_chain::endpoints::Metrics,
    store: causeway_store::Metrics,
    grpc: causeway_grpc::Metrics,
    alerts: causeway_alerting::metrics::Metrics,
}

impl Metrics {
    fn register(registry: &mut Registry, config: &Config) -> Self {
        let this = Self {
            feeds: metrics::Feeds::register(registry),
            sources: metrics::Sources::register(registry),
            rpc: causeway_chain::endpoints::Metrics::register(registry),
            store: causeway_store::Metrics::register(registry),
            grpc: causeway_grpc::Metrics::register(registry),
            alerts: causeway_alerting::metrics::Metrics::register(registry),
        };
        for feed in config.feeds.feeds.values() {
            this.feeds.prepare(feed.id());
            feed.sources.iter().for_each(|source| this.sources.prepare(&source.id));
        }
        this
    }
}

/// The database of a configuration.
///
/// # Errors
/// [`Failure`] when the address cannot be read.
pub(crate) fn open_pool(config: &Config, metrics: causeway_store::Metrics) -> Result<Pool, Failure> {
    let settings = PoolSettings {
        max_connections: config.store.max_connections,
        statement_timeout: config.store.statement_timeout,
        ..PoolSettings::new(config.store.url.clone(), SERVICE)
    };
    Pool::open(&settings, metrics).map_err(Failure::new)
}

/// Runs the service until it is told to stop.
///
/// # Errors
/// [`Failure`]: what the world refuses at start, or a task that failed.
pub(crate) async fn serve(config: Config, context: Context) -> Result<(), Failure> {
    let mut registry = Registry::default();
    register_process(&mut registry, SERVICE, env!("CARGO_PKG_VERSION"), context.started);
    let metrics = Metrics::register(&mut registry, &config);
    let listeners = ports::Listeners::bind(&config.listen).await?;
    let pool = open_pool(&config, metrics.store.clone())?;
    prepare_store(&config, &pool).await?;

    let health = Health::new(Arc::clone(&context.clock), context.shutdown.draining.clone());
    let tasks = context.tasks();
    let (keeper, leadership) = Keeper::new(
        pool.clone(),
        LeaseSettings {
            lease: SERVICE.into(),
            holder: format!("{}-{}", config.telemetry.instance, uuid::Uuid::new_v4()).into(),
            ttl: config.lease,
        },
    );
    let store = Store::new(pool.clone(), leadership.clone());
    let alerts = start_alerts(&metrics, &context, &tasks)?;
    let chain = chain::connect(&config, &metrics.rpc, &store, &context).await?;
    let views = Views::default();
    let parts = feeds::Parts {
        config: &config,
        context: &context,
        store: Arc::new(store.clone()),
        chain: chain.adapter.clone(),
        leadership: leadership.clone(),
        views: views.clone(),
        alerts: alerts.clone(),
        health: health.clone(),
        metrics: (metrics.feeds.clone(), metrics.sources.clone()),
    };
    let started = feeds::start(&parts, &chain.known, &tasks)?;
    if let Some(sender) = chain.sender.clone() {
        let publisher = Publisher {
            sender: sender.clone(),
            clock: Arc::clone(&context.clock),
            leadership: leadership.clone(),
            feeds: started.commands.clone(),
            metrics: metrics.feeds.clone(),
            alerts: alerts.clone(),
            rounds: Arc::new(store.clone()),
            finder: Arc::new(chain.adapter.clone()),
            in_flight: chain.adapter.in_flight(),
        };
        tasks.spawn("publisher", |token| publisher.follow(token));
        let leading = leadership.clone();
        tasks.spawn("sender", |token| Publisher::drive(sender, leading, token));
    }
    tasks.spawn("leadership", |token| keeper.run(token));
    let watchdog = watch::Watchdog {
        pool: pool.clone(),
        endpoints: chain.endpoints.clone(),
        sender: chain.sender.clone(),
        views: views.clone(),
        alerts: alerts.clone(),
        metrics: metrics.feeds.clone(),
        leadership: leadership.clone(),
        clock: Arc::clone(&context.clock),
        retention: crate::adapters::store::Retention::new(store.clone(), config.retention),
        warn_below: config.publisher.balance_warning_updates,
        parts: watch::Parts {
            store: health.component("store", Role::Required),
            chain: health.component("chain", Role::Required),
            quorum: health.component("quorum", Role::Required),
            role: health.component("role", Role::Required),
        },
        heartbeat: health.heartbeat("watchdog", watch::SILENT_AFTER),
    };
    tasks.spawn("watchdog", |token| watchdog.run(token));
    let doors = ports::Doors {
        health,
        views,
        store: Arc::new(store),
        alerts,
        control: started.control,
        leadership,
        grpc_metrics: metrics.grpc,
        registry: Arc::new(registry),
    };
    doors.open(listeners, &config, &context, &tasks)?;
    tasks.supervise(context.limits.drain).await?;
    pool.close().await;
    Ok(())
}

async fn prepare_store(config: &Config, pool: &Pool) -> Result<(), Failure> {
    if config.store.migrate_on_start {
        return causeway_store::schema::migrate(pool, &MIGRATIONS).await.map_err(Failure::new);
    }
    causeway_store::schema::require_current(pool, &MIGRATIONS).await.map_err(Failure::new)
}

/// Alerts go to the log until channels are configured; Prometheus reads the same conditions as metrics.
fn start_alerts(
    metrics: &Metrics,
    context: &Context,
    tasks: &causeway_runtime::task::TaskGroup,
) -> Result<Alerts, Failure> {
    let id: ChannelId = "log".parse().map_err(Failure::new)?;
    let policy = rules::parse(rules::HOUSE).map_err(Failure::new)?;
    let policy = policy.restricted_to(&BTreeSet::from([id.clone()])).map_err(Failure::new)?;
    let registry = Arc::new(AlertRegistry::new(policy, ALERT_CAPACITY));
    let log: Arc<dyn causeway_alerting::Channel> = Arc::new(channel::Log::new(id));
    let (dispatcher, workers) =
        dispatcher::Dispatcher::new(vec![log], None, dispatcher::Settings::default(), &metrics.alerts);
    for worker in workers {
        tasks.spawn(format!("alerts {}", worker.id()), |token| async move {
            worker.run(token).await;
            Ok::<(), std::convert::Infallible>(())
        });
    }
    Ok(Alerts::new(registry, Some(Arc::new(dispatcher)), Arc::clone(&context.clock)))
}

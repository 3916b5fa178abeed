//! The order of a start: ports are taken, then chain, feeds, tasks, and then the doors open.

use std::sync::Arc;

use causeway_runtime::{
    health::{Health, Role},
    process::{Context, Failure},
    task::TaskGroup,
};
use causeway_service::{
    database::{open_pool, prepare},
    leader::lease,
    ports::Listeners,
    vitals::{SILENT_AFTER, Vitals},
};
use causeway_store::{
    Pool,
    lease::{Keeper, Leadership},
};
use causeway_telemetry::metrics::{Registry, register_process};
use tokio::sync::watch;

use super::{
    chain, feeds,
    metrics::Metrics,
    ports,
    watch::{self as watchdog, Watchdog},
};
use crate::{
    adapters::store::{MIGRATIONS, Retention, Store},
    app::{alerts::Alerts, publisher::Publisher, view::Views},
    config::{Config, SERVICE},
};

/// What the parts of a running service share.
struct Shared {
    config: Config,
    context: Context,
    tasks: TaskGroup,
    metrics: Metrics,
    pool: Pool,
    store: Store,
    leadership: watch::Receiver<Option<Leadership>>,
    health: Health,
    views: Views,
    alerts: Alerts,
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

    let (keeper, leadership) = Keeper::new(pool.clone(), lease(&config.base));
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
        alerts: Alerts::new(causeway_alerting::start(alerting, &tasks), config.chain.id),
        health: Health::new(Arc::clone(&context.clock), context.shutdown.draining.clone()),
        store: Store::new(pool.clone(), leadership.clone()),
        views: Views::default(),
        config,
        context,
        tasks,
        metrics,
        pool,
        leadership,
    };
    let chain = chain::connect(&shared.config, &shared.metrics.rpc, &shared.store, &shared.context).await?;
    let started = feeds::start(&shared.feeds(&chain), &chain.known, &shared.tasks)?;
    shared.publish(&chain, &started);
    shared.tasks.spawn("leadership", |token| keeper.run(token));
    let watchdog = shared.watchdog(&chain);
    shared.tasks.spawn("watchdog", |token| watchdog.run(token));
    shared.doors(registry, started).open(listeners, &shared.config, &shared.context, &shared.tasks)?;
    let Shared { tasks, context, pool, .. } = shared;
    tasks.supervise(context.limits.drain).await?;
    pool.close().await;
    Ok(())
}

impl Shared {
    fn feeds(&self, chain: &chain::Connected) -> feeds::Parts<'_> {
        feeds::Parts {
            config: &self.config,
            context: &self.context,
            store: Arc::new(self.store.clone()),
            chain: chain.adapter.clone(),
            leadership: self.leadership.clone(),
            views: self.views.clone(),
            alerts: self.alerts.clone(),
            health: self.health.clone(),
            metrics: (self.metrics.feeds.clone(), self.metrics.sources.clone()),
        }
    }

    /// Starts what sends and follows transactions; a dry run has no sender.
    fn publish(&self, chain: &chain::Connected, started: &feeds::Started) {
        let Some(sender) = chain.sender.clone() else { return };
        let publisher = Publisher {
            sender: sender.clone(),
            clock: Arc::clone(&self.context.clock),
            leadership: self.leadership.clone(),
            feeds: started.commands.clone(),
            metrics: self.metrics.feeds.clone(),
            alerts: self.alerts.clone(),
            rounds: Arc::new(self.store.clone()),
            finder: Arc::new(chain.adapter.clone()),
            in_flight: chain.adapter.in_flight(),
        };
        self.tasks.spawn("publisher", |token| publisher.follow(token));
        let leading = self.leadership.clone();
        self.tasks.spawn("sender", |token| causeway_journal::drive(sender, leading, token));
    }

    fn watchdog(&self, chain: &chain::Connected) -> Watchdog {
        let vitals = Vitals::new(
            &self.config.base,
            self.pool.clone(),
            self.leadership.clone(),
            &self.health,
            Arc::clone(&self.context.clock),
        );
        Watchdog {
            vitals,
            endpoints: chain.endpoints.clone(),
            sender: chain.sender.clone(),
            views: self.views.clone(),
            alerts: self.alerts.clone(),
            metrics: self.metrics.feeds.clone(),
            clock: Arc::clone(&self.context.clock),
            retention: Retention::new(self.store.clone(), self.config.retention),
            warn_below: self.config.publisher.balance_warning_updates,
            parts: watchdog::Parts {
                chain: self.health.component("chain", Role::Required),
                quorum: self.health.component("quorum", Role::Required),
            },
            heartbeat: self.health.heartbeat("watchdog", SILENT_AFTER),
        }
    }

    fn doors(&self, registry: Registry, started: feeds::Started) -> ports::Doors {
        ports::Doors {
            health: self.health.clone(),
            views: self.views.clone(),
            store: Arc::new(self.store.clone()),
            alerts: self.alerts.clone(),
            control: started.control,
            leadership: self.leadership.clone(),
            grpc_metrics: self.metrics.grpc.clone(),
            registry,
            pool: self.pool.clone(),
        }
    }
}

//! The order of a start: ports are taken, then chain, feeds, tasks, and then the doors open.

use std::{collections::BTreeMap, sync::Arc};

use causeway_chain::sender::Sender;
use causeway_primitives::{FeedId, SignerId};
use causeway_runtime::{
    health::{Health, Role},
    process::{Context, Failure},
    task::TaskGroup,
};
use causeway_service::{
    database::{open_pool, prepare},
    leader::{Contest, Leads, Posts},
    ports::Listeners,
    vitals::{SILENT_AFTER, Vitals},
};
use causeway_store::Pool;
use causeway_telemetry::metrics::{Registry, register_process};

use super::{
    chain, feeds,
    metrics::Metrics,
    ports,
    watch::{self as watchdog, Watchdog},
};
use crate::{
    adapters::store::{MIGRATIONS, Retention, Store},
    app::{alerts::Alerts, publisher::Publisher, view::Views},
    config::{Config, Feed, SERVICE, Signers},
};

/// What the parts of a running service share.
struct Shared {
    config: Config,
    context: Context,
    tasks: TaskGroup,
    metrics: Metrics,
    pool: Pool,
    store: Store,
    /// Whether this replica leads the service.
    leads: Leads,
    posts: Posts,
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

    let (contest, named) = stand(&config, &pool);
    let tasks = context.tasks();
    let alerting = causeway_alerting::Parts {
        settings: config.base.alerting.clone(),
        lease: SERVICE,
        pool: pool.clone(),
        leadership: contest.leads(),
        clock: Arc::clone(&context.clock),
        metrics: &metrics.alerts,
    };
    let shared = Shared {
        alerts: Alerts::new(causeway_alerting::start(alerting, &tasks), config.chain.id),
        health: Health::new(Arc::clone(&context.clock), context.shutdown.draining.clone()),
        store: Store::new(pool.clone()),
        views: Views::default(),
        config,
        context,
        tasks,
        metrics,
        pool,
        leads: contest.leads(),
        posts: contest.posts(),
    };
    let (config, rpc) = (&shared.config, &shared.metrics.rpc);
    let leads_of = |key: &SignerId| named.get(key).cloned().unwrap_or_else(|| contest.leads());
    let chain = chain::connect(config, rpc, (&shared.store, leads_of), &shared.context).await?;
    let started = feeds::start(&shared.feeds(&chain), &shared.tasks)?;
    shared.publish(&chain, &started);
    shared.tasks.spawn("leadership", |token| contest.run(token));
    let watchdog = shared.watchdog(&chain);
    shared.tasks.spawn("watchdog", |token| watchdog.run(token));
    shared.doors(registry, started).open(listeners, &shared.config, &shared.context, &shared.tasks)?;
    let Shared { tasks, context, pool, .. } = shared;
    tasks.supervise(context.limits.drain).await?;
    pool.close().await;
    Ok(())
}

/// The feeds of a key move together, since a key has one sender: each key is a part that the replicas share. The default
/// key's leader leads the service, so that one key means one leader.
fn stand(config: &Config, pool: &Pool) -> (Contest, BTreeMap<SignerId, Leads>) {
    let Signers { default, named } = &config.signers;
    let mut contest = Contest::new(&config.base, pool.clone());
    if !named.is_empty() {
        contest = contest.with_first_part(default.id.as_str());
    }
    let named = named.iter().map(|keyed| (keyed.id.clone(), contest.part(keyed.id.as_str(), &keyed.id))).collect();
    (contest, named)
}

impl Shared {
    fn feeds<'a>(&'a self, chain: &'a chain::Connected) -> feeds::Parts<'a> {
        feeds::Parts {
            config: &self.config,
            context: &self.context,
            store: Arc::new(self.store.clone()),
            chain,
            views: self.views.clone(),
            alerts: self.alerts.clone(),
            health: self.health.clone(),
            metrics: (self.metrics.feeds.clone(), self.metrics.sources.clone()),
        }
    }

    /// Starts what sends and follows transactions; a dry run has no sender.
    fn publish(&self, chain: &chain::Connected, started: &feeds::Started) {
        for (id, desk) in chain.all() {
            let Some(sender) = desk.sender.clone() else { continue };
            self.publish_with(id, desk, sender, started);
        }
    }

    fn publish_with(&self, id: &SignerId, desk: &chain::Desk, sender: Sender, started: &feeds::Started) {
        let own = self.config.feeds.feeds.values().filter(|feed| feed.signer == *id).map(Feed::id);
        let door = |feed: &FeedId| Some((feed.clone(), started.commands.get(feed)?.clone()));
        let publisher = Publisher {
            sender: sender.clone(),
            clock: Arc::clone(&self.context.clock),
            leadership: desk.leads.clone(),
            feeds: own.filter_map(door).collect(),
            metrics: self.metrics.feeds.clone(),
            alerts: self.alerts.clone(),
            rounds: Arc::new(self.store.clone()),
            finder: Arc::new(desk.adapter.clone()),
            in_flight: desk.adapter.in_flight(),
        };
        self.tasks.spawn(format!("publisher {id}"), |token| publisher.follow(token));
        let leading = desk.leads.clone();
        self.tasks.spawn(format!("sender {id}"), |token| causeway_journal::drive(sender, leading, token));
    }

    fn watchdog(&self, chain: &chain::Connected) -> Watchdog {
        let vitals = Vitals::new(
            &self.config.base,
            self.pool.clone(),
            self.posts.clone(),
            &self.health,
            Arc::clone(&self.context.clock),
        );
        Watchdog {
            vitals,
            endpoints: chain.endpoints.clone(),
            senders: chain.all().filter_map(|(id, desk)| Some((id.clone(), desk.sender.clone()?))).collect(),
            views: self.views.clone(),
            alerts: self.alerts.clone(),
            metrics: self.metrics.feeds.clone(),
            clock: Arc::clone(&self.context.clock),
            retention: Retention::new(self.store.clone(), self.leads.clone(), self.config.retention),
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
            posts: self.posts.clone(),
            grpc_metrics: self.metrics.grpc.clone(),
            registry,
            pool: self.pool.clone(),
        }
    }
}

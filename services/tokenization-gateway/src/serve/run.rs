//! The order of a start: ports are taken, then database, chain, leases, tasks, and then the doors open.

use std::sync::Arc;

use causeway_alerting::Alarms;
use causeway_chain::{endpoints::EndpointSet, sender::Sender};
use causeway_grpc::{Client, ClientSettings, Group, GroupSettings, Names, Tls, system_names};
use causeway_iso20022::Schemas;
use causeway_proto::oracle::v1::oracle_service_client::OracleServiceClient;
use causeway_relayer_client::{Relayer, Settings as LeaseSettings, Worker};
use causeway_runtime::{
    health::{Health, Role},
    process::{Context, Failure},
    task::TaskGroup,
};
use causeway_service::{
    database::{open_pool, prepare},
    leader::{Contest, Posts},
    ports::Listeners,
    vitals::{SILENT_AFTER, Vitals},
};
use causeway_store::{
    Pool,
    lease::Leadership,
    outbox::{Dispatcher, Settings as OutboxSettings},
};
use causeway_telemetry::metrics::{Registry, register_process};
use tokio::sync::{Notify, watch};

use super::{
    chain,
    contracts::Inspector,
    ports,
    schemas::read_schemas,
    survey::Surveyor,
    watch::{Parts as Watched, Watchdog},
};
use crate::{
    adapters::{
        delivery::{Folder, Webhook},
        guard::{Leased, Replicas, SCOPE},
        oracle::{Remote, Silent},
        store::{BY_FOLDER, BY_WEBHOOK, MIGRATIONS, Store},
    },
    app::{Alerts, Comparisons, Composer, Desk, Differences, Inbox, Orders, Parts, Pins, Reconciler, Runner},
    config::{Config, SERVICE},
    metrics::Metrics,
    ports::{Backend, Guard, Oracle},
};

/// What the parts of a running service share.
pub(super) struct Shared {
    pub(super) config: Config,
    pub(super) context: Context,
    pub(super) tasks: TaskGroup,
    pub(super) metrics: Metrics,
    grpc_metrics: causeway_grpc::Metrics,
    pub(super) pool: Pool,
    pub(super) store: Store,
    pub(super) leadership: watch::Receiver<Option<Leadership>>,
    posts: Posts,
    health: Health,
}

/// Runs the service until it is told to stop.
///
/// # Errors
/// [`Failure`]: what the world refuses at start, or a task that failed.
pub(crate) async fn serve(config: Config, context: Context) -> Result<(), Failure> {
    let mut registry = Registry::default();
    register_process(&mut registry, SERVICE, env!("CARGO_PKG_VERSION"), context.started);
    let rpc_metrics = causeway_chain::endpoints::Metrics::register(&mut registry);
    let store_metrics = causeway_store::Metrics::register(&mut registry);
    let alert_metrics = causeway_alerting::metrics::Metrics::register(&mut registry);
    let listeners = Listeners::bind(&config.base.listen).await?;
    let pool = open_pool(&config.base.store, SERVICE, store_metrics)?;
    prepare(&config.base.store, &pool, &MIGRATIONS, &context).await?;
    let schemas = Arc::new(read_schemas(config.schemas_dir.as_deref())?);

    let contest = Contest::new(&config.base, pool.clone());
    let leadership = contest.leads();
    let tasks = context.tasks();
    let alerting = causeway_alerting::Parts {
        settings: config.base.alerting.clone(),
        lease: SERVICE,
        pool: pool.clone(),
        leadership: leadership.clone(),
        clock: Arc::clone(&context.clock),
        metrics: &alert_metrics,
    };
    let alarms = causeway_alerting::start(alerting, &tasks);
    let shared = Shared {
        metrics: Metrics::register(&mut registry),
        grpc_metrics: causeway_grpc::Metrics::register(&mut registry),
        health: Health::new(Arc::clone(&context.clock), context.shutdown.draining.clone()),
        store: Store::new(pool.clone(), receivers(&config)),
        config,
        context,
        tasks,
        pool,
        leadership,
        posts: contest.posts(),
    };
    let endpoints = chain::connect(&shared.config, &rpc_metrics, &shared.context).await?;
    shared.tasks.spawn("leadership", |token| contest.run(token));
    let (relayer, worker) = shared.leases()?;
    // The guard gives leave to one holder at a time: a standby that had it would stop the leader.
    let leading = shared.leadership.clone();
    shared.tasks.spawn("leases", |token| async move {
        worker.run_while(leading, Option::is_some, token).await;
        Ok::<_, std::convert::Infallible>(())
    });
    let guard: Arc<dyn Guard> = Arc::new(Leased::new(relayer.clone()));
    let (sender, backend) = shared.backend(&endpoints, &guard, &rpc_metrics)?;
    let alerts = Alerts::new(alarms.clone(), shared.config.alerts);
    let pins = shared.inspect(&endpoints, alerts.clone());
    shared.carry_on(guard, (Arc::clone(&backend), pins))?;
    let comparisons = shared.compare(backend);
    shared.survey(&relayer, sender, comparisons.clone(), alerts.clone());
    shared.watch(endpoints, relayer, comparisons.clone(), alerts);
    let doors = shared.doors((schemas, comparisons, alarms), registry);
    shared.take_files(&doors.orders);
    doors.open(listeners, &shared.config, &shared.context, &shared.tasks)?;
    let Shared { tasks, context, pool, .. } = shared;
    tasks.supervise(context.limits.drain).await?;
    pool.close().await;
    Ok(())
}

/// Who is told: each receiver that is configured has its own copy.
fn receivers(config: &Config) -> Vec<&'static str> {
    let webhook = config.delivery.webhook.as_ref().map(|_| BY_WEBHOOK);
    let folder = config.delivery.folder.as_ref().map(|_| BY_FOLDER);
    webhook.into_iter().chain(folder).collect()
}

impl Shared {
    /// Leave to move tokens, from the guard's replicas.
    fn leases(&self) -> Result<(Relayer, Worker), Failure> {
        let guard = &self.config.guard;
        let (places, names) = Names::new(&guard.urls, system_names()).map_err(Failure::new)?;
        self.tasks.spawn("guard's names", |token| names.run(token));
        let tls = guard.urls.iter().find_map(|url| self.tls(url));
        let settings = GroupSettings { call_timeout: guard.call_timeout, tls };
        let replicas = Group::new(places, settings, self.grpc_metrics.clone()).map_err(Failure::new)?;
        let mut settings = LeaseSettings::new(guard.holder.clone(), [SCOPE]);
        settings.latch.clone_from(&guard.latch);
        settings.renew_every = guard.renew_every;
        settings.call_timeout = guard.call_timeout;
        Relayer::following(settings, Replicas::new(replicas)).map_err(Failure::new)
    }

    pub(super) fn client(&self, url: &str, call_timeout: std::time::Duration) -> Result<Client, Failure> {
        let settings = ClientSettings { address: url.to_owned(), call_timeout, tls: self.tls(url), server_name: None };
        Client::connect_lazy(settings, self.grpc_metrics.clone()).map_err(Failure::new)
    }

    /// What is shown to whoever is called at https.
    fn tls(&self, url: &str) -> Option<Tls> {
        let files = self.config.base.grpc.tls.as_ref().filter(|_| url.starts_with("https://"))?;
        Some(Tls { certificate: files.certificate.clone(), key: files.key.clone(), authority: files.client_ca.clone() })
    }

    /// Starts what moves requests on and delivers answers.
    fn carry_on(&self, guard: Arc<dyn Guard>, (backend, pins): (Arc<dyn Backend>, Pins)) -> Result<(), Failure> {
        let oracle: Arc<dyn Oracle> = match &self.config.oracle {
            Some(oracle) => {
                Arc::new(Remote::new(OracleServiceClient::new(self.client(&oracle.url, oracle.call_timeout)?)))
            }
            None => Arc::new(Silent),
        };
        let parts = Parts {
            store: self.store.clone(),
            catalogue: Arc::clone(&self.config.catalogue),
            guard,
            oracle,
            backend,
            clock: Arc::clone(&self.context.clock),
            metrics: self.metrics.clone(),
            composer: Composer::new(self.config.bic),
            pins,
        };
        let runner = Runner::new(parts, self.config.pace, Arc::new(Notify::new()));
        let leading = self.leadership.clone();
        self.tasks.spawn("runner", |token| runner.run(leading, token));
        let dispatcher = self.dispatcher()?;
        self.tasks.spawn("delivery", |token| dispatcher.run(token));
        Ok(())
    }

    fn dispatcher(&self) -> Result<Dispatcher, Failure> {
        let delivery = &self.config.delivery;
        let settings = OutboxSettings { delivery_timeout: delivery.timeout, ..OutboxSettings::default() };
        let mut dispatcher = Dispatcher::new(self.pool.clone(), settings);
        if let Some((url, secret)) = &delivery.webhook {
            let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build();
            let http = http.map_err(Failure::new)?;
            let webhook = Webhook::new(http, url.clone(), secret.clone(), delivery.timeout);
            dispatcher = dispatcher.route(BY_WEBHOOK, Arc::new(webhook));
        }
        if let Some(folder) = &delivery.folder {
            dispatcher = dispatcher.route(BY_FOLDER, Arc::new(Folder::new(folder.clone())));
        }
        Ok(dispatcher)
    }

    fn compare(&self, backend: Arc<dyn Backend>) -> watch::Receiver<Comparisons> {
        let catalogue = Arc::clone(&self.config.catalogue);
        let clock = Arc::clone(&self.context.clock);
        let reconciler = Reconciler::new(self.store.clone(), catalogue, backend, clock);
        let comparisons = reconciler.latest();
        let every = self.config.reconcile_every;
        self.tasks.spawn("reconciliation", move |token| reconciler.run(every, token));
        comparisons
    }

    /// Starts what looks whether the contracts are what was pinned.
    fn inspect(&self, endpoints: &EndpointSet, alerts: Alerts) -> Pins {
        let (seen, pins) = watch::channel(Differences::new());
        let contracts = chain::contracts(endpoints, &self.config);
        let inspector = Inspector { contracts, seen, alerts, every: self.config.chain.contracts_every };
        self.tasks.spawn("contracts", |token| inspector.run(token));
        Pins::new(pins)
    }

    /// Starts what takes messages from a folder.
    fn take_files(&self, orders: &Orders) {
        let Some(settings) = &self.config.inbox else { return };
        let longest = u64::try_from(self.config.max_body_bytes).unwrap_or(u64::MAX);
        let (folder, maker) = (settings.folder.clone(), settings.maker.clone());
        let inbox = Arc::new(Inbox::new(folder, orders.clone(), maker, longest, self.metrics.clone()));
        let (every, leading) = (settings.every, self.leadership.clone());
        self.tasks.spawn("inbox", move |token| inbox.run(every, leading, token));
    }

    /// Starts what looks at how everything stands.
    fn survey(
        &self,
        relayer: &Relayer,
        sender: Option<Sender>,
        comparisons: watch::Receiver<Comparisons>,
        alerts: Alerts,
    ) {
        let surveyor = Surveyor {
            store: self.store.clone(),
            catalogue: Arc::clone(&self.config.catalogue),
            comparisons,
            leadership: self.leadership.clone(),
            relayer: relayer.clone(),
            sender,
            metrics: self.metrics.clone(),
            alerts,
            keeping: self.config.keeping,
            clock: Arc::clone(&self.context.clock),
        };
        self.tasks.spawn("survey", |token| surveyor.run(token));
    }

    fn watch(
        &self,
        endpoints: EndpointSet,
        relayer: Relayer,
        comparisons: watch::Receiver<Comparisons>,
        alerts: Alerts,
    ) {
        let vitals = Vitals::new(
            &self.config.base,
            self.pool.clone(),
            self.posts.clone(),
            &self.health,
            Arc::clone(&self.context.clock),
        );
        let watchdog = Watchdog {
            vitals,
            endpoints,
            relayer,
            comparisons,
            metrics: self.metrics.clone(),
            alerts,
            parts: Watched {
                chain: self.health.component("chain", Role::Required),
                guard: self.health.component("guard", Role::Informative),
                books: self.health.component("books", Role::Informative),
            },
            heartbeat: self.health.heartbeat("watchdog", SILENT_AFTER),
        };
        self.tasks.spawn("watchdog", |token| watchdog.run(token));
    }

    fn doors(
        &self,
        (schemas, comparisons, alarms): (Arc<Schemas>, watch::Receiver<Comparisons>, Alarms),
        registry: Registry,
    ) -> ports::Doors {
        let clock = || Arc::clone(&self.context.clock);
        let catalogue = Arc::clone(&self.config.catalogue);
        ports::Doors {
            health: self.health.clone(),
            orders: Orders::new(
                self.store.clone(),
                Arc::clone(&catalogue),
                schemas,
                self.config.days,
                clock(),
                self.metrics.clone(),
            ),
            desk: Desk::new(
                (self.store.clone(), catalogue),
                clock(),
                self.metrics.clone(),
                Composer::new(self.config.bic),
            ),
            store: self.store.clone(),
            comparisons,
            alarms,
            posts: self.posts.clone(),
            grpc_metrics: self.grpc_metrics.clone(),
            registry,
            pool: self.pool.clone(),
        }
    }
}

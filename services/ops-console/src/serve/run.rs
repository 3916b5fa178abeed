//! The order of a start: ports are taken, then database, lease, eyes and ears, and then the doors open.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_grpc::{Caller, Group, GroupSettings, Names, Places, Table, Tls, system_names};
use causeway_proto::ops::v1::{
    change_service_server::ChangeServiceServer, console_service_server::ConsoleServiceServer,
    ops_service_server::OpsServiceServer,
};
use causeway_runtime::{
    health::Health,
    process::{Context, Failure},
    task::TaskGroup,
};
use causeway_service::{
    broker::Source,
    database::{open_pool, prepare},
    leader::{Contest, Posts},
    ops::Ops,
    ports::{Doors, Listeners, allow, server},
    vitals::{SILENT_AFTER, Vitals},
};
use causeway_store::{Pool, lease::Leadership};
use causeway_telemetry::metrics::{Registry, register_process};
use tokio::sync::{Semaphore, watch};

use super::watch::Watchdog;
use crate::{
    adapters::{
        exposition::Reader,
        services::Remotes,
        siblings::{Sibling, Siblings},
        store::{MIGRATIONS, Store},
    },
    app::{Board, Door, Follower, Keeper, Listener, Lookers, Meter, Meters, Reception, Shelf, changes::Desk},
    config::{Config, SERVICE, Token, Watched},
    grpc::{Callers, Changes, Conditions, Nothing, Overviews, STREAMS},
    http::{Pages, router},
    metrics::Metrics,
};

/// The methods that change something.
const CHANGING: [&str; 2] = ["causeway.ops.v1.OpsService/RunAction", "causeway.ops.v1.OpsService/SetMaintenance"];

/// The methods that know their callers themselves: people, by their accounts and roles.
const BY_PEOPLE: [&str; 8] = [
    "causeway.ops.v1.ChangeService/ApproveChange",
    "causeway.ops.v1.ChangeService/BeginChange",
    "causeway.ops.v1.ChangeService/CheckChange",
    "causeway.ops.v1.ChangeService/FinishChange",
    "causeway.ops.v1.ChangeService/ProposeChange",
    "causeway.ops.v1.ChangeService/RefuseChange",
    "causeway.ops.v1.ChangeService/SettleChange",
    "causeway.ops.v1.ChangeService/WithdrawChange",
];

/// What the parts of a running console share.
pub(super) struct Shared {
    pub(super) config: Arc<Config>,
    pub(super) context: Context,
    pub(super) tasks: TaskGroup,
    metrics: Metrics,
    grpc_metrics: causeway_grpc::Metrics,
    pub(super) pool: Pool,
    pub(super) store: Store,
    pub(super) board: Board,
    /// Where each service's replicas are.
    places: BTreeMap<String, Places>,
    meters: Meters,
    pub(super) leadership: watch::Receiver<Option<Leadership>>,
    posts: Posts,
    health: Health,
}

/// Runs the console until it is told to stop.
///
/// # Errors
/// [`Failure`]: what the world refuses at start, or a task that failed.
pub(crate) async fn serve(config: Config, context: Context) -> Result<(), Failure> {
    let mut registry = Registry::default();
    register_process(&mut registry, SERVICE, env!("CARGO_PKG_VERSION"), context.started);
    let store_metrics = causeway_store::Metrics::register(&mut registry);
    let alert_metrics = causeway_alerting::metrics::Metrics::register(&mut registry);
    let listeners = Listeners::bind(&config.base.listen).await?;
    if config.people.lasting.is_none() {
        tracing::warn!("nobody signs in: whoever is on this host may do everything");
    }
    let pool = open_pool(&config.base.store, SERVICE, store_metrics)?;
    prepare(&config.base.store, &pool, &MIGRATIONS, &context).await?;
    let contest = Contest::new(&config.base, pool.clone());
    let leadership = contest.leads();
    let tasks = context.tasks();
    let alarms = causeway_alerting::start(
        causeway_alerting::Parts {
            settings: config.base.alerting.clone(),
            lease: SERVICE,
            pool: pool.clone(),
            leadership: leadership.clone(),
            clock: Arc::clone(&context.clock),
            metrics: &alert_metrics,
        },
        &tasks,
    );
    let shared = Shared {
        metrics: Metrics::register(&mut registry),
        grpc_metrics: causeway_grpc::Metrics::register(&mut registry),
        health: Health::new(Arc::clone(&context.clock), context.shutdown.draining.clone()),
        store: Store::new(pool.clone()),
        board: Board::new(&config.services, config.looks.stale_after),
        places: places(&config.services, &tasks)?,
        meters: Meters::default(),
        config: Arc::new(config),
        context,
        tasks,
        pool,
        leadership,
        posts: contest.posts(),
    };
    shared.tasks.spawn("leadership", |token| contest.run(token));
    shared.look()?;
    shared.watch();
    let desk = shared.changes(&alarms)?;
    let grpc = shared.calls(alarms, desk.clone());
    let source = Source {
        events: Arc::new(Conditions::new(shared.store.clone())),
        pool: shared.pool.clone(),
        leadership: shared.leadership.clone(),
    };
    let doors = Doors { health: shared.health.clone(), api: router(shared.pages(desk)?), grpc, registry, source };
    listeners.open(doors, &shared.config.base, &shared.context, &shared.tasks)?;
    let Shared { tasks, context, pool, .. } = shared;
    tasks.supervise(context.limits.drain).await?;
    pool.close().await;
    Ok(())
}

/// Where each service's replicas are, looked up from now on.
fn places(services: &[Watched], tasks: &TaskGroup) -> Result<BTreeMap<String, Places>, Failure> {
    let mut all = BTreeMap::new();
    for service in services {
        let (places, names) = Names::new(&service.replicas, system_names()).map_err(Failure::new)?;
        tasks.spawn(format!("names:{}", service.name), |token| names.run(token));
        all.insert(service.name.clone(), places);
    }
    Ok(all)
}

impl Shared {
    /// An eye on every replica, an ear on every service, and a hand that writes.
    fn look(&self) -> Result<(), Failure> {
        for (place, service) in self.config.services.iter().enumerate() {
            let remotes = Remotes::new(service.name.clone(), self.group(service, self.config.looks.call_timeout)?);
            let (clock, every) = (Arc::clone(&self.context.clock), self.config.looks.every);
            let lookers = Lookers::new(remotes.clone(), self.board.clone(), place, clock);
            self.tasks.spawn(format!("look:{}", service.name), move |token| lookers.run(every, token));
            self.measure(service)?;
            let kept = (self.store.clone(), self.board.clone());
            let listener = Listener::new(service.name.clone(), remotes, kept, self.leadership.clone());
            self.tasks.spawn(format!("listen:{}", service.name), |token| listener.run(token));
        }
        let kept = (self.board.clone(), self.store.clone());
        let clock = Arc::clone(&self.context.clock);
        let keeper =
            Keeper::new(kept, self.leadership.clone(), clock, (self.config.history, self.config.people.lasting));
        self.tasks.spawn("keeper", |token| keeper.run(token));
        Ok(())
    }

    fn measure(&self, service: &Watched) -> Result<(), Failure> {
        if service.metrics.is_empty() {
            return Ok(());
        }
        let reader = Reader::new(self.config.looks.call_timeout).map_err(Failure::new)?;
        let every = self.config.looks.figures_every;
        let (pages, names) = Names::new(&service.metrics, system_names()).map_err(Failure::new)?;
        self.tasks.spawn(format!("names:{}:metrics", service.name), |token| names.run(token));
        let of = (service.name.clone(), pages);
        let meter = Meter::new(of, reader, self.meters.clone(), Arc::clone(&self.context.clock));
        self.tasks.spawn(format!("measure:{}", service.name), move |token| meter.run(every, token));
        Ok(())
    }

    /// Connections to the replicas of a service, of their own.
    pub(super) fn group(&self, service: &Watched, call_timeout: Duration) -> Result<Group, Failure> {
        let is_secure = service.replicas.iter().any(|address| address.starts_with("https://"));
        let tls = self.config.base.grpc.tls.as_ref().filter(|_| is_secure);
        let tls = tls.map(|files| Tls {
            certificate: files.certificate.clone(),
            key: files.key.clone(),
            authority: files.client_ca.clone(),
        });
        let places = match self.places.get(&service.name) {
            Some(places) => places.clone(),
            // Not for a service of the settings; without a task that looks, its names are their own places.
            None => Names::new(&service.replicas, system_names()).map_err(Failure::new)?.0,
        };
        Group::new(places, GroupSettings { call_timeout, tls }, self.grpc_metrics.clone()).map_err(Failure::new)
    }

    fn watch(&self) {
        let clock = || Arc::clone(&self.context.clock);
        let (pool, posts) = (self.pool.clone(), self.posts.clone());
        let watchdog = Watchdog {
            vitals: Vitals::new(&self.config.base, pool, posts, &self.health, clock()),
            board: self.board.clone(),
            metrics: self.metrics.clone(),
            clock: clock(),
            heartbeat: self.health.heartbeat("watchdog", SILENT_AFTER),
        };
        self.tasks.spawn("watchdog", |token| watchdog.run(token));
    }

    fn calls(&self, alarms: causeway_alerting::Alarms, desk: Desk) -> causeway_grpc::Server {
        let base = &self.config.base;
        let ops = Ops::new(
            base,
            &self.context,
            self.posts.clone(),
            (self.health.clone(), alarms),
            (Arc::new(Conditions::new(self.store.clone())), Arc::new(Nothing)),
        );
        let callers = Callers { door: self.door(), suffix: self.config.people.certificate_suffix.as_str().into() };
        let overviews = Overviews {
            board: self.board.clone(),
            store: self.store.clone(),
            clock: Arc::clone(&self.context.clock),
            callers: callers.clone(),
        };
        let changes = Changes {
            desk,
            callers,
            places: Arc::new(Semaphore::new(STREAMS)),
            draining: self.context.shutdown.draining.clone(),
        };
        let rules = allow(Table::default(), &CHANGING, &base.grpc.operators);
        let rules = BY_PEOPLE.into_iter().fold(rules, |rules, method| rules.allow(method, [Caller::Anybody]));
        server(&base.grpc, self.grpc_metrics.clone())
            .service(OpsServiceServer::new(ops))
            .service(ChangeServiceServer::new(changes))
            .service(ConsoleServiceServer::new(overviews))
            .authorise(rules)
    }

    /// The services that have pages of their own, on connections of their own: a long answer delays no look.
    fn siblings(&self) -> Result<Siblings, Failure> {
        let sibling = |name| {
            let service = self.config.services.iter().find(|service| service.name == name);
            let group = service.map(|service| self.group(service, self.config.looks.page_timeout)).transpose()?;
            let token = service.and_then(|service| service.token.as_ref()).map(Token::value);
            Ok::<_, Failure>(Sibling::new(name, (group, token), self.board.clone(), Arc::clone(&self.context.clock)))
        };
        Ok(Siblings {
            oracle: sibling("oracle-publisher")?,
            monitor: sibling("ccip-monitor")?,
            guard: sibling("relayer-invariant-guard")?,
            gateway: sibling("tokenization-gateway")?,
        })
    }

    fn door(&self) -> Door {
        Door::new(self.store.clone(), Arc::clone(&self.context.clock), self.config.people.lasting)
    }

    fn reception(&self, door: &Door) -> Result<Option<Reception>, Failure> {
        let made = self
            .config
            .people
            .provider
            .clone()
            .map(|rules| Reception::new(rules, self.store.clone(), door.clone(), Arc::clone(&self.context.clock)));
        made.transpose().map_err(Failure::new)
    }

    /// What moves on pages of services' own things.
    fn follow(&self, siblings: &Siblings) {
        let follower = |sibling: &Sibling| Follower::new(sibling.clone(), self.board.clone());
        let is_looked_at = |sibling: &Sibling| self.board.bell(sibling.name()).is_some();
        if is_looked_at(&siblings.oracle) {
            let prices = follower(&siblings.oracle);
            self.tasks.spawn("follow:prices", |token| prices.prices(token));
        }
        if is_looked_at(&siblings.monitor) {
            let messages = follower(&siblings.monitor);
            self.tasks.spawn("follow:messages", |token| messages.messages(token));
        }
    }

    fn pages(&self, desk: Desk) -> Result<Pages, Failure> {
        let door = self.door();
        let siblings = self.siblings()?;
        self.follow(&siblings);
        Ok(Pages {
            board: self.board.clone(),
            store: self.store.clone(),
            reception: self.reception(&door)?,
            door,
            desk,
            siblings,
            meters: self.meters.clone(),
            shelf: Shelf::new(Arc::clone(&self.context.clock)),
            config: Arc::clone(&self.config),
            clock: Arc::clone(&self.context.clock),
            metrics: self.metrics.clone(),
            draining: self.context.shutdown.draining.clone(),
        })
    }
}

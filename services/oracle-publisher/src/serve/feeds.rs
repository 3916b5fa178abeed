//! The feeds' and the venues' tasks, with their doors.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use causeway_chain::aggregator::Description;
use causeway_primitives::FeedId;
use causeway_runtime::{
    health::Health,
    process::{Context, Failure},
    task::TaskGroup,
};
use tokio::sync::{Notify, mpsc};

use super::chain::Connected;
use crate::{
    adapters::{
        store::Store,
        venues::{VenueDeps, client, spawn_all},
    },
    app::{
        alerts::Alerts,
        board::Board,
        control::{COMMAND_DEPTH, Command, Control},
        feed::{Deps, FeedTask, Setup},
        record,
        view::Views,
        worth::Worths,
    },
    config::{Config, Feed, Role},
    domain::{
        policy::{Bounds, FeedPolicy},
        route::Composition,
    },
    metrics,
};

/// A feed's loop that has not turned for so many of its own intervals hangs.
const SILENT_INTERVALS: u32 = 4;

/// And at least this long: one turn may wait for the chain and for the store.
const SILENT_AT_LEAST: Duration = Duration::from_secs(30);

/// What the feeds need.
pub(super) struct Parts<'a> {
    pub(super) config: &'a Config,
    pub(super) context: &'a Context,
    pub(super) store: Arc<Store>,
    pub(super) chain: &'a Connected,
    pub(super) views: Views,
    pub(super) alerts: Alerts,
    pub(super) health: Health,
    pub(super) metrics: (metrics::Feeds, metrics::Sources),
}

/// The feeds as others see them.
pub(super) struct Started {
    pub(super) commands: BTreeMap<FeedId, mpsc::Sender<Command>>,
    pub(super) control: Control,
}

type Doors = BTreeMap<FeedId, Arc<Notify>>;

pub(super) fn start(parts: &Parts<'_>, tasks: &TaskGroup) -> Result<Started, Failure> {
    let config = parts.config;
    let doors: Doors = config.feeds.feeds.keys().map(|id| (id.clone(), Arc::new(Notify::new()))).collect();
    let board = Arc::new(board(parts, &doors));
    let deps = deps(parts, &doors, Arc::clone(&board));
    let mut commands = BTreeMap::new();
    for feed in config.feeds.feeds.values() {
        let (sender, receiver) = mpsc::channel(COMMAND_DEPTH);
        commands.insert(feed.id().clone(), sender);
        let door = doors.get(feed.id()).cloned().unwrap_or_default();
        let setup = setup(parts, feed, (door, receiver))?;
        let desk = parts.chain.desk(&feed.signer);
        let deps = Deps { chain: Arc::new(desk.adapter.clone()), leadership: desk.leads.clone(), ..deps.clone() };
        let task = FeedTask::new(setup, deps);
        tasks.spawn(format!("feed {}", feed.id()), |token| task.run(token));
    }
    let http = client().map_err(Failure::new)?;
    let clock = Arc::clone(&parts.context.clock);
    let venue_deps = VenueDeps { clock, http, sink: board, rounds: Arc::new(parts.chain.default.1.adapter.clone()) };
    spawn_all(tasks, config.venues.connections.clone(), &venue_deps);
    Ok(Started { control: Control::new(commands.clone(), parts.views.clone()), commands })
}

/// Each source knocks at its own feed's door; feeds knock at those of their dependents.
fn board(parts: &Parts<'_>, doors: &Doors) -> Board {
    let mut knocks = HashMap::new();
    for feed in parts.config.feeds.feeds.values() {
        for source in &feed.sources {
            // A reference moves no answer: it is looked at on the cadence.
            let door = doors.get(feed.id()).filter(|_| source.role != Role::Reference);
            knocks.insert(source.id.clone(), door.cloned().into_iter().collect());
        }
    }
    Board::new(knocks, Some(parts.metrics.1.clone()))
}

fn deps(parts: &Parts<'_>, doors: &Doors, board: Arc<Board>) -> Deps {
    let config = parts.config;
    let mut dependents = HashMap::new();
    for id in config.feeds.feeds.keys() {
        let waiting = config.feeds.graph.dependents(id).filter_map(|other| doors.get(other).cloned());
        dependents.insert(id.clone(), waiting.collect());
    }
    let slowest = config.feeds.feeds.values().map(|feed| feed.evaluate_interval).max().unwrap_or_default();
    let valid_for = slowest.saturating_mul(SILENT_INTERVALS);
    Deps {
        clock: Arc::clone(&parts.context.clock),
        board,
        worths: Worths::new(dependents, valid_for),
        views: parts.views.clone(),
        ledger: parts.store.clone(),
        chain: Arc::new(parts.chain.default.1.adapter.clone()),
        leadership: parts.chain.default.1.leads.clone(),
        metrics: parts.metrics.0.clone(),
        source_metrics: parts.metrics.1.clone(),
        alerts: parts.alerts.clone(),
        venues: Arc::new(config.venues.facts.clone()),
        config_hash: config.base.hash.as_str().into(),
        keep_holds: config.keep_holds,
        dry_run: config.publisher.dry_run,
        wait_limit: config.chain.call_timeout.max(config.base.store.statement_timeout).saturating_mul(2),
    }
}

fn setup(
    parts: &Parts<'_>,
    feed: &Feed,
    (door, commands): (Arc<Notify>, mpsc::Receiver<Command>),
) -> Result<Setup, Failure> {
    let config = parts.config;
    let description = parts.chain.known.iter().find(|(address, _)| Some(*address) == feed.aggregator);
    let policy = within_contract(feed, description.map(|(_, description)| description)).map_err(|error| {
        let expected = format!("bounds that the contract's own leave room for, but {error}");
        Failure::from(config.base.effective.refuse("policy.min_price", expected))
    })?;
    let legs = config.feeds.graph.get(feed.id()).and_then(|node| match &node.composition {
        Composition::Derived(legs) => Some(legs.clone()),
        Composition::Sources(_) => None,
    });
    let limit = feed.evaluate_interval.saturating_mul(SILENT_INTERVALS).max(SILENT_AT_LEAST);
    Ok(Setup {
        feed: feed.clone(),
        policy: record::Policy::new(policy).map_err(Failure::new)?,
        legs,
        door,
        commands,
        heartbeat: parts.health.heartbeat(format!("feed {}", feed.id()), limit),
    })
}

/// The policy with the contract's decimals and within the contract's bounds.
fn within_contract(feed: &Feed, description: Option<&Description>) -> Result<FeedPolicy, crate::domain::policy::Error> {
    let Some(description) = description else { return Ok(feed.policy.clone()) };
    let mut terms = feed.policy.terms().clone();
    terms.decimals = description.decimals;
    let policy = FeedPolicy::try_new(terms)?;
    match &description.bounds {
        Some(bounds) => policy.within(Bounds { min: Some(bounds.lowest), max: Some(bounds.highest) }),
        None => Ok(policy),
    }
}

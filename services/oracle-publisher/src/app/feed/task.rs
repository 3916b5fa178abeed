//! The task of one feed: its parts, its state between turns, and the loop that wakes it.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc, time::Duration};

use causeway_primitives::{Answer, Monotonic, SourceId, Timestamp, VenueId};
use causeway_runtime::{CancellationToken, clock::Clock, health::Heartbeat, task::ticks};
use causeway_store::lease::Leadership;
use tokio::sync::{Notify, mpsc, watch};

use super::{
    patience::Patience,
    references::{Reference, references},
};
use crate::{
    app::{
        alerts::Alerts,
        board::Board,
        control::Command,
        crew::Crew,
        record,
        view::{DecisionView, Views},
        worth::Worths,
    },
    config,
    domain::{breaker::Breaker, lifecycle, route::Leg},
    metrics,
    ports::{FeedChain, FeedReading, Ledger, NewEvent},
};

/// What all feeds share.
#[derive(Debug, Clone)]
pub struct Deps {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The sources' words.
    pub board: Arc<Board>,
    /// The feeds' worths.
    pub worths: Worths,
    /// The read model.
    pub views: Views,
    /// Where decisions are kept.
    pub ledger: Arc<dyn Ledger>,
    /// The chain.
    pub chain: Arc<dyn FeedChain>,
    /// Whether this replica leads the feed.
    pub leadership: watch::Receiver<Option<Leadership>>,
    /// What is counted about feeds.
    pub metrics: metrics::Feeds,
    /// What is counted about sources.
    pub source_metrics: metrics::Sources,
    /// What fires.
    pub alerts: Alerts,
    /// The venues' credentials and budgets.
    pub venues: Arc<BTreeMap<VenueId, config::VenueFacts>>,
    /// Hash of the configuration.
    pub config_hash: Arc<str>,
    /// Whether every hold is stored.
    pub keep_holds: bool,
    /// Decide and record, but send nothing.
    pub dry_run: bool,
    /// How long one read of the chain or the store may take.
    pub wait_limit: Duration,
}

/// A feed's own part.
#[derive(Debug)]
pub struct Setup {
    /// The feed.
    pub feed: config::Feed,
    /// Its policy, within the contract's bounds.
    pub policy: record::Policy,
    /// The feeds that it is computed from, if it has no sources.
    pub legs: Option<Vec<Leg>>,
    /// Where ticks knock.
    pub door: Arc<Notify>,
    /// Where operators' commands come from.
    pub commands: mpsc::Receiver<Command>,
    /// Tells that the feed's loop turns.
    pub heartbeat: Heartbeat,
}

/// One feed.
#[derive(Debug)]
pub struct FeedTask {
    pub(super) setup: Setup,
    pub(super) deps: Deps,
    pub(super) crew: Crew,
    /// The sources' records as they are stored: what differs from them is written with the next entry.
    pub(super) stored: BTreeMap<SourceId, lifecycle::Source>,
    pub(super) breaker: Breaker,
    pub(super) reading: Option<FeedReading>,
    pub(super) pending: Option<Answer>,
    pub(super) decision: Option<DecisionView>,
    /// The epoch whose stored state this is; `None` on a standby, and after a write that failed.
    pub(super) epoch: Option<u64>,
    pub(super) references: Vec<Reference>,
    /// Events that the next entry stores.
    pub(super) notes: Vec<NewEvent>,
    pub(super) chain_was_readable: bool,
    /// Whether the feed has had its time to hear from its sources.
    pub(super) settled: bool,
    pub(super) started: Monotonic,
    pub(super) patience: Patience,
}

/// Why a feed woke.
#[derive(Debug)]
pub(super) enum Wake {
    Tick,
    Cadence,
    Command(Command),
}

impl FeedTask {
    /// A feed without a past; the past is loaded on the first turn.
    pub fn new(setup: Setup, deps: Deps) -> Self {
        let (now, started) = (deps.clock.now(), deps.clock.monotonic());
        let references = references(&setup.feed.sources, now);
        let crew = Crew::new(&setup.feed.sources, setup.policy.get().clone(), now);
        Self {
            setup,
            deps,
            crew,
            stored: BTreeMap::new(),
            breaker: Breaker::CLOSED,
            reading: None,
            pending: None,
            decision: None,
            epoch: None,
            references,
            notes: Vec::new(),
            chain_was_readable: true,
            settled: false,
            started,
            patience: Patience::default(),
        }
    }

    /// Turns until it is told to stop. A stop between two turns leaves nothing half-done.
    ///
    /// # Errors
    /// None: what fails is recorded, shown and tried again.
    pub async fn run(mut self, token: CancellationToken) -> Result<(), Infallible> {
        let mut cadence = ticks(self.setup.feed.evaluate_interval);
        loop {
            let wake = tokio::select! {
                biased;
                () = token.cancelled() => return Ok(()),
                Some(command) = self.setup.commands.recv() => Wake::Command(command),
                _ = cadence.tick() => Wake::Cadence,
                () = self.setup.door.notified() => Wake::Tick,
            };
            self.turn(wake).await;
            self.setup.heartbeat.beat();
        }
    }

    pub(super) fn leadership(&self) -> Option<Leadership> {
        self.deps.leadership.borrow().clone().filter(Leadership::is_valid)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.deps.clock.now()
    }
}

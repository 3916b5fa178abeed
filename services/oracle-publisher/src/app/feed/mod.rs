//! One feed as a task: it wakes when a source ticks, when a command comes, and on its cadence, and takes one
//! turn each time.
//!
//! A turn gathers, evaluates, and acts. Ticks only publish; holds, the life cycle of sources and the breaker's
//! moves are recorded on the cadence, so that a thousand ticks a second are no thousand records. A feed
//! waits for nothing without a bound, and for no other feed.

mod entry;
mod turn;

use std::{convert::Infallible, sync::Arc, time::Duration};

use causeway_primitives::{Answer, Timestamp};
use causeway_runtime::{CancellationToken, clock::Clock, health::Heartbeat};
use causeway_store::lease::Leadership;
use tokio::{
    sync::{Notify, mpsc, watch},
    time::{MissedTickBehavior, interval},
};

use super::{
    alerts::Alerts,
    board::Board,
    control::Command,
    crew::Crew,
    record,
    view::{DecisionView, Views},
    worth::Worths,
};
use crate::{
    config,
    domain::{breaker::Breaker, route::Leg},
    metrics,
    ports::{FeedChain, FeedReading, Ledger},
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
    /// Whether this replica leads.
    pub leadership: watch::Receiver<Option<Leadership>>,
    /// What is counted about feeds.
    pub metrics: metrics::Feeds,
    /// What is counted about sources.
    pub source_metrics: metrics::Sources,
    /// What fires.
    pub alerts: Alerts,
    /// The venues' credentials and budgets.
    pub venues: Arc<std::collections::BTreeMap<causeway_primitives::VenueId, config::VenueFacts>>,
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
    setup: Setup,
    deps: Deps,
    crew: Crew,
    breaker: Breaker,
    reading: Option<FeedReading>,
    pending: Option<Answer>,
    decision: Option<DecisionView>,
    /// The epoch whose stored state this is; `None` on a standby, and after a write that failed.
    epoch: Option<u64>,
    chain_was_readable: bool,
}

/// Why a feed woke.
#[derive(Debug)]
enum Wake {
    Tick,
    Cadence,
    Command(Command),
}

impl FeedTask {
    /// A feed without a past; the past is loaded on the first turn.
    pub fn new(setup: Setup, deps: Deps) -> Self {
        let now = deps.clock.now();
        let crew = Crew::new(&setup.feed.sources, setup.policy.get().clone(), now);
        Self {
            setup,
            deps,
            crew,
            breaker: Breaker::CLOSED,
            reading: None,
            pending: None,
            decision: None,
            epoch: None,
            chain_was_readable: true,
        }
    }

    /// Turns until it is told to stop. A stop between two turns leaves nothing half-done.
    ///
    /// # Errors
    /// None: what fails is recorded, shown and tried again.
    pub async fn run(mut self, token: CancellationToken) -> Result<(), Infallible> {
        let mut cadence = interval(self.setup.feed.evaluate_interval);
        cadence.set_missed_tick_behavior(MissedTickBehavior::Delay);
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

    fn leadership(&self) -> Option<Leadership> {
        self.deps.leadership.borrow().clone().filter(Leadership::is_valid)
    }

    fn now(&self) -> Timestamp {
        self.deps.clock.now()
    }
}

//! The watchdog: asks the dependencies how they are, says so to probes and alerts, and clears away what is old.

use std::{convert::Infallible, sync::Arc, time::Duration};

use causeway_chain::{
    endpoints::{CircuitState, EndpointSet},
    sender::{Sender, UpdatesLeft},
};
use causeway_primitives::Monotonic;
use causeway_runtime::{
    CancellationToken,
    clock::Clock,
    health::{Component, Health, Heartbeat},
};
use causeway_store::{
    Pool,
    lease::{Leadership, is_held},
};
use tokio::{sync::watch, time::timeout};

use crate::{
    adapters::store::Retention,
    app::{
        alerts::Alerts,
        view::{FeedView, Views},
    },
    config::SERVICE,
    metrics,
};

/// The watchdog's loop that has not turned for so long hangs.
pub(super) const SILENT_AFTER: Duration = Duration::from_secs(30);

/// Often enough that readiness follows a dependency within five seconds.
const EVERY: Duration = Duration::from_secs(1);

/// And more often at first, so that a replica serves as soon as it can.
const EVERY_UNTIL_READY: Duration = Duration::from_millis(100);

/// For one question; a dependency that takes longer is down for us.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// What one update costs, for the balance in updates; a simple aggregator's write is below it.
const GAS_PER_UPDATE: u64 = 120_000;

/// The balance and what is old are looked at once in so many turns.
const SLOW_TURNS: u64 = 15;

/// The parts that the watchdog reports on.
pub(super) struct Parts {
    pub(super) store: Component,
    pub(super) chain: Component,
    pub(super) quorum: Component,
    pub(super) role: Component,
}

/// See the module.
pub(super) struct Watchdog {
    pub(super) pool: Pool,
    pub(super) endpoints: EndpointSet,
    pub(super) sender: Option<Sender>,
    pub(super) views: Views,
    pub(super) alerts: Alerts,
    pub(super) metrics: metrics::Feeds,
    pub(super) leadership: watch::Receiver<Option<Leadership>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) retention: Retention,
    pub(super) warn_below: u64,
    /// A change of leaders takes a lease's life; twice that is no change any more.
    pub(super) leaderless_at_most: Duration,
    pub(super) health: Health,
    pub(super) parts: Parts,
    pub(super) heartbeat: Heartbeat,
}

impl Watchdog {
    pub(super) async fn run(self, token: CancellationToken) -> Result<(), Infallible> {
        let mut turn = 0_u64;
        let mut led = self.clock.monotonic();
        loop {
            self.look().await;
            led = self.look_for_leader(led).await;
            if turn.is_multiple_of(SLOW_TURNS) {
                self.look_slowly().await;
            }
            turn = turn.wrapping_add(1);
            self.heartbeat.beat();
            let pause = if self.health.report().is_ready() { EVERY } else { EVERY_UNTIL_READY };
            if token.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return Ok(());
            }
        }
    }

    /// Gives back when somebody was last known to lead; too long ago is an alarm. Not knowing is none: the store's
    /// own alarm covers it.
    async fn look_for_leader(&self, led: Monotonic) -> Monotonic {
        let now = self.clock.monotonic();
        let leads = self.leadership.borrow().as_ref().is_some_and(Leadership::is_valid);
        let held = leads || matches!(timeout(ANSWER_WITHIN, is_held(&self.pool, SERVICE)).await, Ok(Ok(true)));
        let led = if held { now } else { led };
        self.alerts.leader(now.since(led) <= self.leaderless_at_most);
        led
    }

    async fn look(&self) {
        let liveness = self.endpoints.liveness();
        let (store, chain) =
            tokio::join!(timeout(ANSWER_WITHIN, self.pool.probe()), timeout(ANSWER_WITHIN, liveness.head()));
        let store_answers = matches!(store, Ok(Ok(())));
        match store {
            Ok(Ok(())) => self.parts.store.ok(),
            Ok(Err(error)) => self.parts.store.down(causeway_telemetry::Chain(&error).to_string()),
            Err(_) => self.parts.store.down("no answer in time"),
        }
        match chain {
            Ok(Ok(head)) => {
                self.endpoints_reported();
                let now = self.clock.now();
                let ahead = now.since(head.time).as_secs();
                self.alerts.skew(ahead.max(head.time.since(now).as_secs()));
                let signed = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
                self.metrics.clock_skew(signed(ahead).saturating_sub(signed(head.time.since(now).as_secs())));
            }
            Ok(Err(error)) => self.parts.chain.down(causeway_telemetry::Chain(&error).to_string()),
            Err(_) => self.parts.chain.down("no answer in time"),
        }
        self.look_at_role(store_answers);
        self.look_at_quorum();
    }

    /// One endpoint answered; those that do not are said.
    fn endpoints_reported(&self) {
        let health = self.endpoints.health();
        let silent = health.iter().filter(|endpoint| endpoint.circuit != CircuitState::Closed).count();
        if silent == 0 {
            self.parts.chain.ok();
        } else {
            self.parts.chain.degraded(format!("{silent} of {} endpoints do not answer", health.len()));
        }
    }

    /// A leader and a standby are both in order; a replica that cannot ask for the lease is neither.
    fn look_at_role(&self, store_answers: bool) {
        let leads = self.leadership.borrow().as_ref().is_some_and(Leadership::is_valid);
        self.metrics.leads(leads);
        match (leads, store_answers) {
            (true, _) => self.parts.role.report(causeway_runtime::health::State::Ok, "leader"),
            (false, true) => self.parts.role.report(causeway_runtime::health::State::Ok, "standby"),
            (false, false) => self.parts.role.unknown("the lease cannot be asked for"),
        }
    }

    fn look_at_quorum(&self) {
        let feeds = self.views.list_feeds();
        let published: Vec<_> = feeds.iter().filter(|feed| feed.aggregator.is_some()).collect();
        let short: Vec<&str> =
            published.iter().filter(|feed| lacks_quorum(feed)).map(|feed| feed.id.as_str()).collect();
        match (published.len(), short.len()) {
            (0, _) => self.parts.quorum.unknown("no feed has been evaluated yet"),
            (_, 0) => self.parts.quorum.ok(),
            (all, missing) if missing < all => {
                self.parts.quorum.degraded(format!("without quorum: {}", short.join(", ")))
            }
            (_, _) => self.parts.quorum.down("no feed has a quorum"),
        }
    }

    async fn look_slowly(&self) {
        if let Some(sender) = &self.sender
            && let Ok(Ok(funds)) = timeout(ANSWER_WITHIN, sender.funds(GAS_PER_UPDATE)).await
        {
            let left = match funds.updates_left {
                UpdatesLeft::Unlimited => None,
                UpdatesLeft::Count(count) => Some(count),
            };
            self.metrics.updates_left(left.unwrap_or(u64::MAX));
            self.alerts.balance(left, self.warn_below);
        }
        if let Err(error) = self.retention.run(self.clock.now()).await {
            tracing::debug!(error = %causeway_telemetry::Chain(&error), "old records were not removed; tried again later");
        }
    }
}

fn lacks_quorum(feed: &FeedView) -> bool {
    feed.venues_counted < feed.quorum
}

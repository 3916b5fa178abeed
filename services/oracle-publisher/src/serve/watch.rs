//! The watchdog: asks the dependencies how they are, says so to probes and alerts, and clears away what is old.

use std::{convert::Infallible, sync::Arc};

use causeway_chain::{
    endpoints::{CircuitState, EndpointSet},
    sender::{Sender, UpdatesLeft},
};
use causeway_primitives::SignerId;
use causeway_runtime::{
    CancellationToken,
    clock::Clock,
    health::{Component, Heartbeat},
};
use causeway_service::vitals::{ANSWER_WITHIN, Vitals};
use tokio::time::timeout;

use crate::{
    adapters::store::Retention,
    app::{
        alerts::Alerts,
        view::{FeedView, Views},
    },
    metrics,
};

/// What one update costs, for the balance in updates; a simple aggregator's write is below it.
const GAS_PER_UPDATE: u64 = 120_000;

/// The balance and what is old are looked at once in so many turns.
const SLOW_TURNS: u64 = 15;

/// The parts that the watchdog reports on.
pub(super) struct Parts {
    pub(super) chain: Component,
    pub(super) quorum: Component,
}

/// See the module.
pub(super) struct Watchdog {
    pub(super) vitals: Vitals,
    pub(super) endpoints: EndpointSet,
    pub(super) senders: Vec<(SignerId, Sender)>,
    pub(super) views: Views,
    pub(super) alerts: Alerts,
    pub(super) metrics: metrics::Feeds,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) retention: Retention,
    pub(super) warn_below: u64,
    pub(super) parts: Parts,
    pub(super) heartbeat: Heartbeat,
}

impl Watchdog {
    pub(super) async fn run(mut self, token: CancellationToken) -> Result<(), Infallible> {
        let mut turn = 0_u64;
        loop {
            self.look().await;
            if turn.is_multiple_of(SLOW_TURNS) {
                self.look_slowly().await;
            }
            turn = turn.wrapping_add(1);
            self.heartbeat.beat();
            if token.run_until_cancelled(tokio::time::sleep(self.vitals.pause())).await.is_none() {
                return Ok(());
            }
        }
    }

    async fn look(&mut self) {
        let liveness = self.endpoints.liveness();
        let (seen, chain) = tokio::join!(self.vitals.look(), timeout(ANSWER_WITHIN, liveness.head()));
        self.metrics.leads(seen.leads);
        for (part, is_led) in &seen.parts {
            self.alerts.leader(part, *is_led);
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
        self.look_at_balances().await;
        if let Err(error) = self.retention.run(self.clock.now()).await {
            tracing::debug!(error = %causeway_telemetry::Chain(&error), "old records were not removed; tried again later");
        }
    }
}

impl Watchdog {
    /// The gauge shows the account that runs dry first.
    async fn look_at_balances(&self) {
        let mut least: Option<u64> = None;
        for (signer, sender) in &self.senders {
            let Ok(Ok(funds)) = timeout(ANSWER_WITHIN, sender.funds(GAS_PER_UPDATE)).await else { continue };
            let left = match funds.updates_left {
                UpdatesLeft::Unlimited => None,
                UpdatesLeft::Count(count) => Some(count),
            };
            self.alerts.balance(signer, left, self.warn_below);
            let left = left.unwrap_or(u64::MAX);
            least = Some(least.map_or(left, |least| least.min(left)));
        }
        if let Some(least) = least {
            self.metrics.updates_left(least);
        }
    }
}

fn lacks_quorum(feed: &FeedView) -> bool {
    feed.venues_counted < feed.quorum
}

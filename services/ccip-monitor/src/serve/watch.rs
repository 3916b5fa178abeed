//! The watchdog: asks the dependencies how they are, and says so to probes and alerts.

use std::{convert::Infallible, sync::Arc, time::Duration};

use causeway_alerting::Alarms;
use causeway_chain::endpoints::{CircuitState, EndpointSet};
use causeway_primitives::{ChainId, ChainName, Monotonic};
use causeway_runtime::{
    CancellationToken,
    clock::Clock,
    health::{Component, Health, Heartbeat, Role, State},
};
use causeway_store::{
    Pool,
    lease::{Leadership, is_held},
};
use tokio::{sync::watch, time::timeout};

use super::run::Shared;
use crate::{
    app::{alerts, view::Views},
    config::SERVICE,
    metrics::Metrics,
};

/// The watchdog's loop that has not turned for so long hangs.
const SILENT_AFTER: Duration = Duration::from_secs(30);

/// Often enough that readiness follows a dependency within five seconds.
const EVERY: Duration = Duration::from_secs(1);

/// And more often at first, so that a replica serves as soon as it can.
const EVERY_UNTIL_READY: Duration = Duration::from_millis(100);

/// For one question; a dependency that takes longer is down for us.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// A chain and its line on the health page.
struct Watched {
    name: ChainName,
    id: ChainId,
    endpoints: EndpointSet,
    component: Component,
}

/// See the module.
pub(super) struct Watchdog {
    pool: Pool,
    chains: Vec<Watched>,
    views: Views,
    alarms: Alarms,
    metrics: Metrics,
    leadership: watch::Receiver<Option<Leadership>>,
    clock: Arc<dyn Clock>,
    /// A change of leaders takes a lease's life; twice that is no change any more.
    leaderless_at_most: Duration,
    health: Health,
    store: Component,
    role: Component,
    heartbeat: Heartbeat,
}

impl Watchdog {
    pub(super) fn new(shared: &Shared) -> Self {
        let watched = |chain: &crate::config::ChainSettings| {
            Some(Watched {
                name: chain.name.clone(),
                id: chain.id,
                endpoints: shared.endpoints.get(&chain.id)?.clone(),
                // What is stored can be read while a chain is down, so no chain makes a replica unready.
                component: shared.health.component(format!("chain {}", chain.name), Role::Informative),
            })
        };
        Self {
            pool: shared.pool.clone(),
            chains: shared.config.chains.iter().filter_map(watched).collect(),
            views: shared.views.clone(),
            alarms: shared.alarms.clone(),
            metrics: shared.metrics.monitor.clone(),
            leadership: shared.leadership.clone(),
            clock: Arc::clone(&shared.context.clock),
            leaderless_at_most: shared.config.lease.saturating_mul(2),
            store: shared.health.component("store", Role::Required),
            role: shared.health.component("role", Role::Required),
            heartbeat: shared.health.heartbeat("watchdog", SILENT_AFTER),
            health: shared.health.clone(),
        }
    }

    pub(super) async fn run(self, token: CancellationToken) -> Result<(), Infallible> {
        let mut led = self.clock.monotonic();
        loop {
            led = self.look(led).await;
            self.heartbeat.beat();
            let pause = if self.health.report().is_ready() { EVERY } else { EVERY_UNTIL_READY };
            if token.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return Ok(());
            }
        }
    }

    /// Gives back when somebody was last known to lead; too long ago is an alarm. Not knowing is none: the store's own
    /// state covers it.
    async fn look(&self, led: Monotonic) -> Monotonic {
        let store_answers = match timeout(ANSWER_WITHIN, self.pool.probe()).await {
            Ok(Ok(())) => {
                self.store.ok();
                true
            }
            Ok(Err(error)) => {
                self.store.down(causeway_telemetry::Chain(&error).to_string());
                false
            }
            Err(_) => {
                self.store.down("no answer in time");
                false
            }
        };
        let leads = self.leadership.borrow().as_ref().is_some_and(Leadership::is_valid);
        self.metrics.leads(leads);
        match (leads, store_answers) {
            (true, _) => self.role.report(State::Ok, "leader"),
            (false, true) => self.role.report(State::Ok, "standby"),
            (false, false) => self.role.unknown("the lease cannot be asked for"),
        }
        self.chains.iter().for_each(|chain| self.look_at_chain(chain));
        let now = self.clock.monotonic();
        let held = leads || matches!(timeout(ANSWER_WITHIN, is_held(&self.pool, SERVICE)).await, Ok(Ok(true)));
        let led = if held { now } else { led };
        alerts::leader(&self.alarms, now.since(led) <= self.leaderless_at_most);
        led
    }

    /// What the reading and the probes found out: the watchdog asks the chains nothing itself.
    fn look_at_chain(&self, chain: &Watched) {
        let health = chain.endpoints.health();
        let answering = health.iter().filter(|endpoint| endpoint.circuit == CircuitState::Closed).count();
        let view = self.views.find_chain(chain.id);
        let read = view.and_then(|view| Some((view.position?.number, view.head?)));
        match (answering, read) {
            (0, _) => chain.component.down("no endpoint answers"),
            (some, _) if some < health.len() => {
                chain.component.degraded(format!("{some} of {} endpoints of {} answer", health.len(), chain.name));
            }
            (_, Some((position, head))) => {
                chain.component.report(State::Ok, format!("read up to block {position} of {head}"));
            }
            (_, None) => chain.component.unknown("not read yet by this replica"),
        }
    }
}

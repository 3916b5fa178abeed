//! The watchdog: asks the dependencies how they are and says so to probes.

use std::convert::Infallible;

use causeway_chain::endpoints::{CircuitState, EndpointSet};
use causeway_relayer_client::{Relayer, Standing};
use causeway_runtime::{
    CancellationToken,
    health::{Component, Heartbeat},
};
use causeway_service::vitals::{ANSWER_WITHIN, Vitals};
use tokio::{sync::watch, time::timeout};

use crate::{
    adapters::guard::SCOPE,
    app::{Alerts, Comparisons},
    domain::reconcile::Outcome,
    metrics::Metrics,
};

/// See the module.
pub(super) struct Watchdog {
    pub(super) vitals: Vitals,
    pub(super) endpoints: EndpointSet,
    pub(super) relayer: Relayer,
    pub(super) comparisons: watch::Receiver<Comparisons>,
    pub(super) metrics: Metrics,
    pub(super) alerts: Alerts,
    pub(super) parts: Parts,
    pub(super) heartbeat: Heartbeat,
}

/// The parts that the watchdog reports on.
pub(super) struct Parts {
    pub(super) chain: Component,
    /// Not required: without leave, messages are taken and wait.
    pub(super) guard: Component,
    /// Not required: a page must be able to tell of books that do not balance.
    pub(super) books: Component,
}

impl Watchdog {
    pub(super) async fn run(mut self, token: CancellationToken) -> Result<(), Infallible> {
        loop {
            self.look().await;
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
        self.alerts.leader(seen.is_led);
        let trouble = match chain {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(causeway_telemetry::Chain(&error).to_string()),
            Err(_) => Some("no answer in time".to_owned()),
        };
        match &trouble {
            None => self.endpoints_reported(),
            Some(trouble) => self.parts.chain.down(trouble.clone()),
        }
        self.alerts.chain(trouble);
        match self.relayer.standing(SCOPE) {
            Standing::Granted { .. } => self.parts.guard.ok(),
            // Who does not lead does not ask.
            Standing::Refused(_) if !seen.leads => self.parts.guard.ok(),
            Standing::Refused(refused) => self.parts.guard.degraded(refused.to_string()),
        }
        self.books_reported();
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

    fn books_reported(&mut self) {
        let comparisons = self.comparisons.borrow_and_update().clone();
        let broken = comparisons.iter().find_map(|(asset, comparison)| match comparison.outcome {
            Some(Outcome::Broken(found)) => Some(format!("{asset}: {}", Outcome::Broken(found).as_str())),
            Some(Outcome::Balanced | Outcome::InFlight) | None => None,
        });
        match broken {
            Some(what) => self.parts.books.degraded(what),
            None if comparisons.values().any(|comparison| comparison.outcome.is_none()) => {
                self.parts.books.unknown("not compared yet with evidence");
            }
            None => self.parts.books.ok(),
        }
    }
}

//! The watchdog: asks the dependencies how they are, and says so to probes and alerts.

use std::{convert::Infallible, sync::Arc};

use causeway_alerting::Alarms;
use causeway_chain::endpoints::{CircuitState, EndpointSet};
use causeway_primitives::{ChainId, ChainName};
use causeway_runtime::{
    CancellationToken,
    health::{Component, Heartbeat, Role, State},
};
use causeway_service::vitals::{SILENT_AFTER, Vitals};

use super::run::Shared;
use crate::{
    app::{alerts, view::Views},
    metrics::Metrics,
};

/// A chain and its line on the health page.
struct Watched {
    name: ChainName,
    id: ChainId,
    endpoints: EndpointSet,
    component: Component,
}

/// See the module.
pub(super) struct Watchdog {
    vitals: Vitals,
    chains: Vec<Watched>,
    views: Views,
    alarms: Alarms,
    metrics: Metrics,
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
            vitals: Vitals::new(
                &shared.config.base,
                shared.pool.clone(),
                shared.posts.clone(),
                &shared.health,
                Arc::clone(&shared.context.clock),
            ),
            chains: shared.config.chains.iter().filter_map(watched).collect(),
            views: shared.views.clone(),
            alarms: shared.alarms.clone(),
            metrics: shared.metrics.monitor.clone(),
            heartbeat: shared.health.heartbeat("watchdog", SILENT_AFTER),
        }
    }

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
        let seen = self.vitals.look().await;
        self.metrics.leads(seen.leads);
        self.chains.iter().for_each(|chain| self.look_at_chain(chain));
        for (part, is_led) in &seen.parts {
            alerts::leader(&self.alarms, part, *is_led);
        }
    }

    /// What the reading and the probes found out: the watchdog asks the chains nothing itself.
    fn look_at_chain(&self, chain: &Watched) {
        let health = chain.endpoints.health();
        let answering = health.iter().filter(|endpoint| endpoint.circuit == CircuitState::Closed).count();
        let view = self.views.find_chain(chain.id);
        let is_final = view.as_ref().is_some_and(|view| view.final_head.is_some());
        let read = view.and_then(|view| Some((view.position?.number, view.head?)));
        match (answering, read) {
            (0, _) => chain.component.down("no endpoint answers"),
            (some, _) if some < health.len() => {
                chain.component.degraded(format!("{some} of {} endpoints of {} answer", health.len(), chain.name));
            }
            (_, Some(_)) if !is_final => chain.component.degraded("no block is known to be final"),
            (_, Some((position, head))) => {
                chain.component.report(State::Ok, format!("read up to block {position} of {head}"));
            }
            (_, None) => chain.component.unknown("not read yet by this replica"),
        }
    }
}

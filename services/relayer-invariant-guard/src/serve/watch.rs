//! The watchdog: asks the dependencies how they are, and says so to probes and metrics.
//!
//! A guard whose chains or relayer's database do not answer is ready all the same: it still takes reports, halts, and
//! refuses leases with a reason, which is what it is for.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

use causeway_alerting::Alarms;
use causeway_chain::endpoints::{CircuitState, EndpointSet};
use causeway_primitives::ChainName;
use causeway_runtime::{
    CancellationToken,
    health::{Component, Heartbeat, Role},
};
use causeway_service::vitals::{ANSWER_WITHIN, SILENT_AFTER, Vitals};
use causeway_store::Pool;
use causeway_telemetry::Chain;
use tokio::time::timeout;

use super::run::Shared;
use crate::{
    app::{Guard, alerts},
    metrics::Metrics,
};

/// See the module.
pub(super) struct Watchdog {
    vitals: Vitals,
    guard: Guard,
    alarms: Alarms,
    books: (Pool, Component),
    chains: BTreeMap<ChainName, (EndpointSet, Component)>,
    latch: Component,
    metrics: Metrics,
    heartbeat: Heartbeat,
}

impl Watchdog {
    pub(super) fn new(shared: &Shared) -> Self {
        let Shared { config, context, pool, posts, health, .. } = shared;
        let chain = |(name, set): (&ChainName, &EndpointSet)| {
            let component = health.component(format!("chain {name}"), Role::Informative);
            (name.clone(), (set.clone(), component))
        };
        Self {
            vitals: Vitals::new(&config.base, pool.clone(), posts.clone(), health, Arc::clone(&context.clock)),
            guard: shared.guard.clone(),
            alarms: shared.alarms.clone(),
            books: (shared.books.clone(), health.component("books", Role::Informative)),
            chains: shared.endpoints.iter().map(chain).collect(),
            latch: health.component("relayer", Role::Informative),
            metrics: shared.metrics.guard.clone(),
            heartbeat: health.heartbeat("watchdog", SILENT_AFTER),
        }
    }

    pub(super) async fn run(mut self, token: CancellationToken) -> Result<(), Infallible> {
        loop {
            let seen = self.vitals.look().await;
            self.metrics.leads(seen.leads);
            alerts::leader(&self.alarms, seen.is_led);
            self.look_at_books().await;
            self.look_at_latch().await;
            self.chains.values().for_each(|(set, component)| look_at_chain(set, component));
            self.heartbeat.beat();
            if token.run_until_cancelled(tokio::time::sleep(self.vitals.pause())).await.is_none() {
                return Ok(());
            }
        }
    }

    async fn look_at_books(&self) {
        let (pool, component) = &self.books;
        match timeout(ANSWER_WITHIN, pool.probe()).await {
            Ok(Ok(())) => component.ok(),
            Ok(Err(error)) => component.down(Chain(&error).to_string()),
            Err(_) => component.down("no answer in time"),
        }
    }

    async fn look_at_latch(&self) {
        // What cannot be read leaves the metric as it was: an alert on it does not end by not knowing.
        let Some(halts) = self.guard.halted().await else {
            self.latch.unknown("what is halted cannot be read, which counts as halted");
            return;
        };
        self.metrics.halted(halts.iter().map(|halt| halt.scope));
        if halts.is_empty() {
            self.latch.ok();
            return;
        }
        let told = halts.iter().map(|halt| format!("{} by {}", halt.scope, halt.cause.as_str()));
        // A guard that holds a halt does its job: it is the relayer that stands.
        self.latch.degraded(format!("halted: {}", told.collect::<Vec<_>>().join(", ")));
    }
}

fn look_at_chain(set: &EndpointSet, component: &Component) {
    let health = set.health();
    let answering = health.iter().filter(|endpoint| endpoint.circuit == CircuitState::Closed).count();
    match answering {
        0 => component.down("no endpoint answers"),
        some if some < health.len() => component.degraded(format!("{some} of {} endpoints answer", health.len())),
        _ => component.ok(),
    }
}

//! How far behind a broker's readers are.

use causeway_telemetry::metrics::Registry;
use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge};

/// The numbers of one service. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    events: Family<[(&'static str, &'static str); 1], Counter>,
    behind: Gauge,
}

impl Metrics {
    /// Registers `broker_events_total` and `broker_behind_seconds`.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let events = "Events that the broker's stream took, or had already";
        registry.register("broker_events", events, metrics.events.clone());
        let behind = "Age of the oldest event that the broker has not taken yet";
        registry.register("broker_behind_seconds", behind, metrics.behind.clone());
        metrics
    }

    pub(super) fn taken(&self, was_known: bool) {
        let outcome = if was_known { "known" } else { "new" };
        self.events.get_or_create(&[("outcome", outcome)]).inc();
    }

    pub(super) fn behind(&self, seconds: u64) {
        self.behind.set(i64::try_from(seconds).unwrap_or(i64::MAX));
    }
}

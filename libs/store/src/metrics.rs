//! Every metric of this crate. Labels are our own words: query names, topics and lease names of the
//! configuration, never SQL, keys or ids.

use std::sync::Arc;

use causeway_telemetry::metrics::{Latency, Registry};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
};

use crate::error::Class;

/// The metrics of one process's store. Clones share the same counters.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    queries: Family<QueryLabels, Latency>,
    lease_held: Family<LeaseLabels, Gauge>,
    lease_epoch: Family<LeaseLabels, Gauge>,
    lease_blockers_ended: Family<LeaseLabels, Counter>,
    deliveries: Family<DeliveryLabels, Counter>,
    backlog: Family<TopicLabels, Gauge>,
    backlog_age: Family<TopicLabels, Gauge>,
    dead: Family<TopicLabels, Gauge>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QueryLabels {
    query: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LeaseLabels {
    lease: Arc<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DeliveryLabels {
    topic: Arc<str>,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TopicLabels {
    topic: Arc<str>,
}

/// How a query ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    Failed(Class),
    Timeout,
}

impl Outcome {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed(class) => class.as_str(),
            Self::Timeout => "timeout",
        }
    }
}

impl Metrics {
    /// Registers all of them.
    pub fn register(registry: &mut Registry) -> Self {
        let this = Self::default();
        registry.register("store_query_duration_seconds", "Queries by name and outcome", this.queries.clone());
        registry.register("store_lease_held", "1 while this process holds the lease", this.lease_held.clone());
        registry.register("store_lease_epoch", "Epoch of the lease last held", this.lease_epoch.clone());
        registry.register(
            "store_lease_blockers_ended",
            "Sessions that held up a takeover with an open transaction and were ended",
            this.lease_blockers_ended.clone(),
        );
        registry.register("store_outbox_deliveries", "Delivery attempts by outcome", this.deliveries.clone());
        registry.register("store_outbox_pending", "Messages not yet delivered", this.backlog.clone());
        registry.register(
            "store_outbox_oldest_pending_seconds",
            "Age of the oldest message not yet delivered",
            this.backlog_age.clone(),
        );
        registry.register("store_outbox_dead", "Messages given up on, waiting for a person", this.dead.clone());
        this
    }

    pub(crate) fn query(&self, query: &'static str, outcome: Outcome, took: std::time::Duration) {
        self.queries.get_or_create(&QueryLabels { query, outcome: outcome.as_str() }).observe(took);
    }

    pub(crate) fn lease(&self, lease: &Arc<str>, held: Option<u64>) {
        let labels = LeaseLabels { lease: Arc::clone(lease) };
        self.lease_held.get_or_create(&labels).set(i64::from(held.is_some()));
        if let Some(epoch) = held {
            self.lease_epoch.get_or_create(&labels).set(i64::try_from(epoch).unwrap_or(i64::MAX));
        }
    }

    pub(crate) fn lease_blocker_ended(&self, lease: &Arc<str>) {
        self.lease_blockers_ended.get_or_create(&LeaseLabels { lease: Arc::clone(lease) }).inc();
    }

    pub(crate) fn delivery(&self, topic: &Arc<str>, outcome: &'static str) {
        self.deliveries.get_or_create(&DeliveryLabels { topic: Arc::clone(topic), outcome }).inc();
    }

    pub(crate) fn backlog(&self, topic: &Arc<str>, backlog: crate::outbox::Backlog) {
        let labels = TopicLabels { topic: Arc::clone(topic) };
        let gauge = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        self.backlog.get_or_create(&labels).set(gauge(backlog.pending));
        self.backlog_age.get_or_create(&labels).set(gauge(backlog.oldest_pending.as_secs()));
        self.dead.get_or_create(&labels).set(gauge(backlog.dead));
    }
}

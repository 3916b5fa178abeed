//! Everything that is counted, by who counts, registered once.

use causeway_telemetry::metrics::Registry;

use crate::{config::Config, metrics};

/// What is counted, by who counts.
pub(super) struct Metrics {
    pub(super) feeds: metrics::Feeds,
    pub(super) sources: metrics::Sources,
    pub(super) rpc: causeway_chain::endpoints::Metrics,
    pub(super) store: causeway_store::Metrics,
    pub(super) grpc: causeway_grpc::Metrics,
    pub(super) alerts: causeway_alerting::metrics::Metrics,
}

impl Metrics {
    pub(super) fn register(registry: &mut Registry, config: &Config) -> Self {
        let this = Self {
            feeds: metrics::Feeds::register(registry),
            sources: metrics::Sources::register(registry),
            rpc: causeway_chain::endpoints::Metrics::register(registry),
            store: causeway_store::Metrics::register(registry),
            grpc: causeway_grpc::Metrics::register(registry),
            alerts: causeway_alerting::metrics::Metrics::register(registry),
        };
        for feed in config.feeds.feeds.values() {
            this.feeds.prepare(feed.id());
            feed.sources.iter().for_each(|source| this.sources.prepare(&source.id));
        }
        this
    }
}

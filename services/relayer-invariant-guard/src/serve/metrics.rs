//! Everything that is counted, by who counts, registered once.

use causeway_telemetry::metrics::Registry;

use crate::{config::Config, metrics};

/// What is counted, by who counts.
pub(super) struct Metrics {
    pub(super) guard: metrics::Metrics,
    pub(super) store: causeway_store::Metrics,
    pub(super) grpc: causeway_grpc::Metrics,
    pub(super) alerts: causeway_alerting::metrics::Metrics,
}

impl Metrics {
    pub(super) fn register(registry: &mut Registry, config: &Config) -> Self {
        let this = Self {
            guard: metrics::Metrics::register(registry),
            store: causeway_store::Metrics::register(registry),
            grpc: causeway_grpc::Metrics::register(registry),
            alerts: causeway_alerting::metrics::Metrics::register(registry),
        };
        config.assets.iter().for_each(|asset| this.guard.prepare_asset(asset.bridge.asset.as_str()));
        this
    }
}

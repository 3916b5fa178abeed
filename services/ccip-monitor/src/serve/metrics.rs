//! Everything that is counted, by who counts, registered once.

use causeway_telemetry::metrics::Registry;

use crate::{app::lanes::LaneBook, config::Config, metrics};

/// What is counted, by who counts.
pub(super) struct Metrics {
    pub(super) monitor: metrics::Metrics,
    pub(super) store: causeway_store::Metrics,
    pub(super) grpc: causeway_grpc::Metrics,
    pub(super) alerts: causeway_alerting::metrics::Metrics,
}

impl Metrics {
    pub(super) fn register(registry: &mut Registry, config: &Config, lanes: &LaneBook) -> Self {
        let this = Self {
            monitor: metrics::Metrics::register(registry),
            store: causeway_store::Metrics::register(registry),
            grpc: causeway_grpc::Metrics::register(registry),
            alerts: causeway_alerting::metrics::Metrics::register(registry),
        };
        config.chains.iter().for_each(|chain| this.monitor.prepare_chain(chain.name.as_str()));
        config.lanes.iter().for_each(|lane| this.monitor.prepare_lane(&lanes.labels(&lane.key)));
        this
    }
}

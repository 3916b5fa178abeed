//! The metrics of alert delivery.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct DeliveryLabels {
    pub(crate) channel: String,
    pub(crate) outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ChannelLabels {
    pub(crate) channel: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct AlertLabels {
    pub(crate) alert: String,
}

/// What fires, and how deliveries went. Labels are the configured channels, a handful of outcomes and the names of alerts,
/// which stand in programs: they are bounded.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    pub(crate) deliveries: Family<DeliveryLabels, Counter>,
    pub(crate) queued: Family<ChannelLabels, Gauge>,
    pub(crate) firing: Family<AlertLabels, Gauge>,
    pub(crate) muted: Family<AlertLabels, Gauge>,
}

impl Metrics {
    /// Makes the metrics and adds them to the process's registry.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        // The encoder appends `_total`.
        registry.register(
            "alert_deliveries",
            "Notifications by channel and by what came of them",
            metrics.deliveries.clone(),
        );
        registry.register("alert_queue_length", "Notifications that wait for a channel", metrics.queued.clone());
        registry.register("alerts_firing", "Alerts that fire for the service, by name", metrics.firing.clone());
        registry.register(
            "alerts_muted",
            "Alerts that fire for the service and are quiet for maintenance, by name",
            metrics.muted.clone(),
        );
        metrics
    }

    /// By the name of each alert that fires, and whether it is quiet; a name that does not fire any more goes.
    pub(crate) fn show<'a>(&self, firing: impl Iterator<Item = (&'a str, bool)>) {
        self.firing.clear();
        self.muted.clear();
        for (name, is_muted) in firing {
            let labels = AlertLabels { alert: name.to_owned() };
            self.firing.get_or_create(&labels).inc();
            if is_muted {
                self.muted.get_or_create(&labels).inc();
            }
        }
    }

    pub(crate) fn count(&self, channel: &str, outcome: &'static str) {
        self.deliveries.get_or_create(&DeliveryLabels { channel: channel.to_owned(), outcome }).inc();
    }

    pub(crate) fn queue(&self, channel: &str) -> Gauge {
        self.queued.get_or_create(&ChannelLabels { channel: channel.to_owned() }).clone()
    }
}

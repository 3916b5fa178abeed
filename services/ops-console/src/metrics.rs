//! What is counted and measured of the console's own work.

use causeway_telemetry::metrics::Registry;
use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge};

use crate::{app::Fleet, domain::condition::Condition};
use causeway_primitives::Timestamp;

/// Service and condition.
type Labels = [(&'static str, String); 2];

/// The service's own metrics. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    condition: Family<Labels, Gauge>,
    alerts: Family<[(&'static str, String); 1], Gauge>,
    streams: Gauge,
    sign_ins: Family<[(&'static str, &'static str); 1], Counter>,
}

impl Metrics {
    /// Registers them.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "console_service_condition",
            "1 for the condition that a service is seen in: ok, unknown, degraded, down",
            metrics.condition.clone(),
        );
        registry.register("console_service_alerts", "Alerts that fire at a service", metrics.alerts.clone());
        registry.register("console_page_streams", "Pages that are kept live", metrics.streams.clone());
        // The encoder appends `_total`.
        registry.register(
            "console_provider_sign_ins",
            "Sign-ins that came back from the provider, by what came of them",
            metrics.sign_ins.clone(),
        );
        metrics
    }

    /// Somebody came back from the provider, and this came of it.
    pub fn signed_in(&self, outcome: &'static str) {
        self.sign_ins.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// What is on the board.
    pub fn show(&self, fleet: &Fleet, now: Timestamp) {
        for service in &fleet.services {
            let is = service.condition(now, fleet.stale_after);
            for condition in Condition::ALL {
                let labels = [("service", service.name.clone()), ("condition", condition.as_str().to_owned())];
                self.condition.get_or_create(&labels).set(i64::from(condition == is));
            }
            let count = i64::try_from(service.alerts(now, fleet.stale_after).len()).unwrap_or(i64::MAX);
            self.alerts.get_or_create(&[("service", service.name.clone())]).set(count);
        }
    }

    /// The pages that are kept live.
    pub const fn streams(&self) -> &Gauge {
        &self.streams
    }
}

//! The configuration as it is written: every key, nothing checked but its shape. Unknown keys are errors.

use causeway_alerting::config::RawAlerting;
use causeway_runtime::config::{RawListen, RawShutdown, RawTelemetry};
use causeway_service::{
    broker::RawBroker,
    config::{RawBase, RawGrpc, RawLeadership, RawStore},
};
use serde::Deserialize;

use super::{
    changes::{RawAlertmanager, RawChanges},
    oidc::RawOidc,
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    pub(super) listen: RawListen,
    pub(super) grpc: RawGrpc,
    pub(super) telemetry: RawTelemetry,
    pub(super) shutdown: RawShutdown,
    pub(super) alerting: RawAlerting,
    pub(super) broker: RawBroker,
    pub(super) store: RawStore,
    pub(super) leadership: RawLeadership,
    pub(super) looks: Looks,
    pub(super) history: History,
    pub(super) people: People,
    pub(super) changes: RawChanges,
    pub(super) alertmanager: RawAlertmanager,
    pub(super) links: Links,
    #[serde(default)]
    pub(super) services: Vec<Service>,
}

impl Raw {
    /// The sections that every service has.
    pub(super) const fn base(&self) -> RawBase<'_> {
        RawBase {
            listen: self.listen,
            grpc: &self.grpc,
            telemetry: &self.telemetry,
            shutdown: self.shutdown,
            store: &self.store,
            leadership: &self.leadership,
            alerting: &self.alerting,
            broker: &self.broker,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Looks {
    pub(super) every_ms: u64,
    pub(super) call_timeout_ms: u64,
    pub(super) stale_after_ms: u64,
    pub(super) figures_every_ms: u64,
    pub(super) page_timeout_ms: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct History {
    pub(super) keep_events_days: u64,
    pub(super) keep_spans_days: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct People {
    pub(super) sign_in: String,
    pub(super) https: bool,
    pub(super) idle_minutes: u64,
    pub(super) session_hours: u64,
    pub(super) certificate_suffix: String,
    pub(super) oidc: RawOidc,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Links {
    pub(super) traces: String,
    pub(super) metrics: String,
    pub(super) runbook_base_url: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) replicas: Vec<String>,
    #[serde(default)]
    pub(super) needs: Vec<String>,
    #[serde(default)]
    pub(super) token: String,
    #[serde(default)]
    pub(super) metrics: Vec<String>,
}

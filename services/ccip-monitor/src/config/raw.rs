//! The configuration as it is written: every key, nothing checked but its shape. Unknown keys are errors.
//!
//! The defaults stand in `config/default.toml`, which is part of the binary; what is optional here overrides
//! a default for one chain or one lane.

use std::collections::BTreeMap;

use causeway_alerting::config::RawAlerting;
use causeway_runtime::config::{RawListen, RawShutdown, RawTelemetry, SecretUrl};
use causeway_service::{
    broker::RawBroker,
    config::{RawBase, RawGrpc, RawLeadership, RawStore},
};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    pub(super) listen: RawListen,
    pub(super) grpc: RawGrpc,
    pub(super) telemetry: RawTelemetry,
    pub(super) shutdown: RawShutdown,
    pub(super) store: RawStore,
    pub(super) leadership: RawLeadership,
    pub(super) monitor: Monitor,
    pub(super) alerting: RawAlerting,
    pub(super) broker: RawBroker,
    pub(super) alerts: Alerts,
    pub(super) one_chain: OneChain,
    #[serde(default)]
    pub(super) chains: Vec<Chain>,
    #[serde(default)]
    pub(super) lanes: Vec<Lane>,
    #[serde(default)]
    pub(super) dialects: Vec<Dialect>,
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
pub(super) struct Monitor {
    pub(super) interval_seconds: u64,
    pub(super) poll_interval_ms: u64,
    pub(super) call_timeout_ms: u64,
    pub(super) log_blocks: u64,
    pub(super) windows_in_flight: usize,
    pub(super) expire_after_seconds: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alerts {
    pub(super) window_seconds: u64,
    pub(super) minimum_sample: u64,
    pub(super) error_rate_percent: String,
    pub(super) success_rate_percent: String,
    pub(super) latency_seconds: u64,
    pub(super) link_warning: String,
    pub(super) link_critical: String,
    pub(super) behind_seconds: u64,
    pub(super) hysteresis_percent: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OneChain {
    pub(super) name: String,
    pub(super) chain_id: u64,
    pub(super) selector: String,
    pub(super) rpc_urls: Vec<SecretUrl>,
    pub(super) router_address: String,
    pub(super) link_token: String,
    pub(super) link_accounts: Vec<String>,
    pub(super) start_block: u64,
    pub(super) finality: String,
    pub(super) dialect: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chain {
    pub(super) name: String,
    pub(super) chain_id: u64,
    pub(super) selector: String,
    pub(super) rpc_urls: Vec<SecretUrl>,
    #[serde(default = "instant")]
    pub(super) finality: String,
    #[serde(default)]
    pub(super) start_block: u64,
    pub(super) router: Option<String>,
    pub(super) rmn: Option<String>,
    pub(super) link_token: Option<String>,
    #[serde(default)]
    pub(super) link_accounts: Vec<String>,
    pub(super) log_blocks: Option<u64>,
    pub(super) windows_in_flight: Option<usize>,
    pub(super) poll_interval_ms: Option<u64>,
}

/// Besu with QBFT or IBFT, which is the chain that this is written for.
fn instant() -> String {
    "instant".to_owned()
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lane {
    pub(super) name: String,
    pub(super) source: String,
    pub(super) destination: String,
    pub(super) dialect: String,
    pub(super) on_ramps: Vec<Ramp>,
    pub(super) off_ramps: Vec<Ramp>,
    #[serde(default)]
    pub(super) commit_stores: Vec<Ramp>,
    #[serde(default)]
    pub(super) nonce_managers: Vec<Ramp>,
    pub(super) expire_after_seconds: Option<u64>,
    #[serde(default)]
    pub(super) allowed_senders: Vec<String>,
    #[serde(default)]
    pub(super) allowed_receivers: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ramp {
    pub(super) address: String,
    #[serde(default)]
    pub(super) from_block: u64,
    pub(super) until_block: Option<u64>,
}

/// An operator's own dialect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Dialect {
    pub(super) name: String,
    pub(super) sent: DialectEvent,
    pub(super) executed: DialectEvent,
    pub(super) failed: Option<DialectEvent>,
    pub(super) delivered: Option<DialectEvent>,
}

/// An event: its signature as Solidity writes it, and which of its parameters is which of our fields.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DialectEvent {
    pub(super) event: String,
    pub(super) fields: BTreeMap<String, String>,
}

//! The configuration as it is written: every key, nothing checked but its shape. Unknown keys are errors.

use std::collections::BTreeMap;

use causeway_alerting::config::RawAlerting;
use causeway_runtime::config::{RawListen, RawShutdown, RawTelemetry, SecretString};
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
    pub(super) callers: Callers,
    pub(super) telemetry: RawTelemetry,
    pub(super) shutdown: RawShutdown,
    pub(super) store: RawStore,
    pub(super) leadership: RawLeadership,
    pub(super) alerting: RawAlerting,
    pub(super) broker: RawBroker,
    pub(super) guard: Guard,
    pub(super) rpc: Rpc,
    pub(super) lease: Lease,
    pub(super) resume: Resume,
    pub(super) probation: Probation,
    pub(super) pause: Pause,
    pub(super) retention: Retention,
    pub(super) dead_man: DeadMan,
    pub(super) logs: Logs,
    pub(super) approved: Approved,
    pub(super) books: Books,
    #[serde(default)]
    pub(super) consequences: BTreeMap<String, Consequence>,
    #[serde(default)]
    pub(super) chains: Vec<Chain>,
    #[serde(default)]
    pub(super) assets: Vec<Asset>,
    #[serde(default)]
    pub(super) issued: Vec<Issued>,
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
pub(super) struct Callers {
    pub(super) relayers: Vec<String>,
    pub(super) approvers: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Guard {
    pub(super) mode: String,
    pub(super) sweep_interval_seconds: u64,
    pub(super) retry_interval_seconds: u64,
    pub(super) recount_interval_seconds: u64,
    pub(super) gather_timeout_ms: u64,
    pub(super) matching_bound_blocks: u64,
    pub(super) nonce_settle_ms: u64,
    pub(super) nonce_limit_ms: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rpc {
    pub(super) call_timeout_ms: u64,
    pub(super) log_blocks: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lease {
    pub(super) ttl_ms: u64,
    pub(super) max_verdict_age_ms: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resume {
    pub(super) approvals: u32,
    pub(super) window_seconds: u64,
    pub(super) validations: u32,
    pub(super) probation: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Probation {
    pub(super) ttl_ms: u64,
    pub(super) cap_percent: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pause {
    pub(super) private_key: Option<SecretString>,
    pub(super) check_interval_seconds: u64,
    pub(super) stuck_after_seconds: u64,
    pub(super) least_affordable: u64,
    pub(super) free_gas_chains: Vec<String>,
    pub(super) tip_gwei: u64,
    pub(super) max_fee_gwei: u64,
    pub(super) contracts: Vec<PauseContract>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PauseContract {
    pub(super) name: String,
    pub(super) chain: String,
    pub(super) contract: String,
    pub(super) scope: String,
    pub(super) call: Option<String>,
    pub(super) getter: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retention {
    pub(super) passes_days: u64,
    pub(super) others_days: u64,
    pub(super) operations_days: u64,
    pub(super) log_lines_days: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeadMan {
    pub(super) url: Option<SecretString>,
    pub(super) interval_seconds: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Logs {
    pub(super) folder: String,
    pub(super) days: usize,
    pub(super) max_megabytes: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Approved {
    pub(super) rules: Vec<String>,
    pub(super) corrections: Vec<Correction>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Correction {
    pub(super) checkpoint: String,
    pub(super) asset: String,
    pub(super) term: String,
    pub(super) difference_units: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Books {
    pub(super) url: Option<SecretString>,
    pub(super) max_connections: u32,
    pub(super) statement_timeout_ms: u64,
    pub(super) constraints: Vec<String>,
    pub(super) names: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Consequence {
    pub(super) tier: String,
    pub(super) mode: Option<String>,
    pub(super) scope: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chain {
    pub(super) name: String,
    pub(super) chain_id: u64,
    pub(super) finality: String,
    pub(super) quorum: u32,
    pub(super) max_lag_blocks: u64,
    #[serde(default)]
    pub(super) first_block: u64,
    pub(super) settlement: Option<String>,
    #[serde(default)]
    pub(super) accounts: Vec<String>,
    #[serde(default)]
    pub(super) endpoints: Vec<Endpoint>,
    #[serde(default)]
    pub(super) slots: Vec<Slot>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Endpoint {
    pub(super) name: String,
    pub(super) operator: String,
    pub(super) url: SecretString,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Slot {
    pub(super) name: String,
    pub(super) contract: String,
    pub(super) getter: Option<String>,
    pub(super) storage_slot: Option<String>,
    pub(super) value: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Issued {
    pub(super) id: String,
    pub(super) max_per_operation_units: Option<String>,
    pub(super) max_total_units: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asset {
    pub(super) id: String,
    #[serde(default = "lock_mint")]
    pub(super) preset: String,
    pub(super) home: String,
    pub(super) remote: String,
    pub(super) decimals: u8,
    #[serde(default = "a_thousandth")]
    pub(super) tolerance_tokens: String,
    #[serde(default = "enforce")]
    pub(super) mode: String,
    pub(super) home_token: String,
    pub(super) lockbox: String,
    pub(super) remote_token: String,
    pub(super) home_asset: Option<String>,
    pub(super) remote_asset: Option<String>,
    pub(super) first_message: Option<u64>,
    pub(super) max_per_operation_tokens: Option<String>,
    pub(super) max_total_tokens: Option<String>,
    #[serde(default)]
    pub(super) windows: Vec<Window>,
    #[serde(default)]
    pub(super) terms: Vec<Term>,
    #[serde(default)]
    pub(super) equations: Vec<Equation>,
}

fn lock_mint() -> String {
    "lock_mint".to_owned()
}

fn a_thousandth() -> String {
    crate::domain::quantity::DEFAULT_TOLERANCE.to_owned()
}

fn enforce() -> String {
    "enforce".to_owned()
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Window {
    pub(super) name: String,
    pub(super) blocks: u64,
    pub(super) max_tokens: Option<String>,
    pub(super) max_share_percent: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Term {
    pub(super) name: String,
    pub(super) chain: String,
    pub(super) contract: Option<String>,
    pub(super) balance_of: Option<String>,
    pub(super) call: Option<String>,
    pub(super) sql: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Equation {
    pub(super) name: String,
    pub(super) left: Vec<Summand>,
    pub(super) relation: String,
    pub(super) right: Vec<Summand>,
    pub(super) above: Side,
    pub(super) below: Side,
    pub(super) explanation: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Summand {
    pub(super) term: String,
    pub(super) source: String,
    #[serde(default = "one")]
    pub(super) coefficient: i32,
}

const fn one() -> i32 {
    1
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Side {
    pub(super) detail: String,
    pub(super) tier: String,
    pub(super) mode: Option<String>,
    pub(super) scope: Option<String>,
    pub(super) tolerance_tokens: Option<String>,
}

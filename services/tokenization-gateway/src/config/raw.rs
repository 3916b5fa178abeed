//! The configuration as it is written: every key, nothing checked but its shape. Unknown keys are errors.

use std::path::PathBuf;

use causeway_alerting::config::RawAlerting;
use causeway_runtime::config::{RawListen, RawShutdown, RawTelemetry, SecretString, SecretUrl};
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
    pub(super) alerting: RawAlerting,
    pub(super) broker: RawBroker,
    pub(super) alerts: Alerts,
    pub(super) keeping: Keeping,
    pub(super) store: RawStore,
    pub(super) leadership: RawLeadership,
    pub(super) chain: Chain,
    pub(super) backend: Backend,
    pub(super) firefly: Firefly,
    pub(super) ccip: Ccip,
    pub(super) cacti: Cacti,
    pub(super) signer: Signer,
    pub(super) sender: Sender,
    pub(super) guard: Guard,
    pub(super) oracle: Oracle,
    pub(super) runner: Runner,
    pub(super) reconciliation: Reconciliation,
    pub(super) intake: Intake,
    pub(super) delivery: Delivery,
    pub(super) answers: Answers,
    pub(super) references: References,
    #[serde(default)]
    pub(super) callers: Vec<Caller>,
    #[serde(default)]
    pub(super) assets: Vec<Asset>,
    #[serde(default)]
    pub(super) accounts: Vec<Account>,
    #[serde(default)]
    pub(super) bridges: Vec<Bridge>,
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
pub(super) struct Alerts {
    pub(super) stuck_ms: u64,
    pub(super) crossing_ms: u64,
    pub(super) undoing_ms: u64,
    pub(super) missing_ms: u64,
    pub(super) held_ms: u64,
    pub(super) approval_ms: u64,
    pub(super) answers_ms: u64,
    pub(super) updates_left: u64,
    pub(super) refusals: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Keeping {
    pub(super) keys_hours: u64,
    pub(super) delivered_hours: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chain {
    pub(super) chain_id: u64,
    pub(super) rpc_urls: Vec<SecretUrl>,
    pub(super) read_quorum: usize,
    pub(super) finality: String,
    pub(super) call_timeout_ms: u64,
    #[serde(default)]
    pub(super) asset_registry: String,
    /// Ours has it by default.
    pub(super) contracts_ms: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Backend {
    pub(super) kind: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Firefly {
    pub(super) url: String,
    pub(super) namespace: String,
    pub(super) signing_key: String,
    pub(super) authorization: Option<SecretString>,
    pub(super) subscription: String,
    pub(super) pools: bool,
    #[serde(default)]
    pub(super) tokens_connector: String,
    pub(super) call_timeout_ms: u64,
    pub(super) poll_ms: u64,
    pub(super) stuck_after_ms: u64,
    pub(super) max_in_flight: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ccip {
    pub(super) monitor_url: String,
    pub(super) call_timeout_ms: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cacti {
    pub(super) url: String,
    pub(super) transfer_timeout_seconds: u64,
    pub(super) poll_ms: u64,
}

/// A way of one asset to one other chain.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bridge {
    pub(super) asset: String,
    /// CCIP's selector, as text: a quarter of them exceed what TOML's integers hold.
    pub(super) destination: String,
    pub(super) kind: String,
    /// On the other chain.
    pub(super) token: String,
    pub(super) chain: Chain,
    /// Of a way over CCIP: the contract on our chain, and the one on the other.
    pub(super) contract: Option<String>,
    pub(super) peer: Option<String>,
    /// Of a way by Cacti: the account that it takes from, and what it calls both sides.
    pub(super) escrow: Option<String>,
    pub(super) home: Option<Network>,
    pub(super) far: Option<Network>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Network {
    pub(super) network: String,
    pub(super) ledger: String,
    pub(super) contract_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signer {
    pub(super) private_key: Option<SecretString>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sender {
    pub(super) fees: String,
    pub(super) tip_gwei: u64,
    pub(super) max_fee_gwei: u64,
    pub(super) fee_bump_percent: u32,
    pub(super) max_gas: u64,
    pub(super) stuck_after_ms: u64,
    pub(super) resend_after_ms: u64,
    pub(super) max_in_flight: usize,
    pub(super) poll_interval_ms: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Guard {
    pub(super) urls: Vec<String>,
    pub(super) holder: String,
    pub(super) latch_file: Option<PathBuf>,
    pub(super) renew_every_ms: u64,
    pub(super) call_timeout_ms: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Oracle {
    pub(super) url: String,
    pub(super) call_timeout_ms: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Runner {
    pub(super) batch: u32,
    pub(super) poll_ms: u64,
    pub(super) watch_ms: u64,
    pub(super) retry_ms: u64,
    pub(super) sign_within_ms: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reconciliation {
    pub(super) every_ms: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Intake {
    pub(super) schemas_dir: String,
    pub(super) max_body_bytes: usize,
    pub(super) folder: String,
    pub(super) folder_caller: String,
    pub(super) folder_ms: u64,
    pub(super) utc_offset: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answers {
    pub(super) bic: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Delivery {
    pub(super) webhook_url: SecretString,
    pub(super) webhook_secret: Option<SecretString>,
    pub(super) drop_folder: String,
    pub(super) timeout_ms: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct References {
    pub(super) salt: Option<SecretString>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Caller {
    pub(super) name: String,
    pub(super) token: SecretString,
    pub(super) rights: Vec<String>,
}

/// Amounts in whole tokens, as text.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asset {
    pub(super) id: String,
    pub(super) denomination: String,
    pub(super) token: String,
    pub(super) decimals: u8,
    #[serde(default = "unit")]
    pub(super) quantity: String,
    /// Empty: every request needs a second person.
    pub(super) approval_above: String,
    pub(super) approvers: Vec<String>,
    pub(super) approval_hours: u64,
    pub(super) max_per_request: String,
    pub(super) max_per_day: String,
    pub(super) max_supply: String,
    pub(super) kinds: Vec<String>,
    pub(super) basis: String,
    pub(super) holders: Vec<String>,
    pub(super) price_feed: Option<String>,
    pub(super) price_max_age_seconds: Option<u64>,
    pub(super) price_min_venues: Option<u32>,
}

/// The default of `quantity`.
fn unit() -> String {
    "unit".to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    pub(super) account: String,
    pub(super) address: String,
}

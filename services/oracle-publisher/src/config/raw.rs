//! The configuration as it is written: every key, nothing checked but its shape. Unknown keys are errors.
//!
//! The defaults stand in `config/default.toml`, which is part of the binary; what is optional here overrides
//! a default of its section for one feed or one venue.

use std::path::PathBuf;

use causeway_alerting::config::RawAlerting;
use causeway_runtime::config::{RawListen, RawShutdown, RawTelemetry, SecretString, SecretUrl};
use causeway_service::{
    broker::RawBroker,
    config::{RawBase, RawGrpc, RawLeadership, RawStore},
};
use serde::Deserialize;

use super::quoted::Quoted;

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
    pub(super) chain: Chain,
    pub(super) signer: Signer,
    #[serde(default)]
    pub(super) signers: Vec<NamedSigner>,
    pub(super) publisher: Publisher,
    pub(super) leadership: RawLeadership,
    pub(super) records: Records,
    pub(super) policy: Policy,
    pub(super) venue_defaults: VenueDefaults,
    pub(super) one_feed: OneFeed,
    #[serde(default)]
    pub(super) venues: Vec<Venue>,
    #[serde(default)]
    pub(super) feeds: Vec<Feed>,
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
pub(super) struct Chain {
    pub(super) chain_id: u64,
    pub(super) rpc_urls: Vec<SecretUrl>,
    pub(super) read_quorum: usize,
    pub(super) finality: String,
    pub(super) call_timeout_ms: u64,
}

/// One section with two lives: `[signer]`, and each of the `[[signers]]` with a name.
macro_rules! signer {
    ($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            $($(#[$attribute])* pub(super) $field: $type,)*
            #[serde(default = "private_key")]
            pub(super) kind: String,
            pub(super) private_key: Option<SecretString>,
            pub(super) keystore_path: Option<PathBuf>,
            pub(super) keystore_password: Option<SecretString>,
            pub(super) web3signer_url: Option<SecretUrl>,
            pub(super) aws_kms_key_id: Option<String>,
            #[serde(default)]
            pub(super) address: String,
        }
    };
}

signer! {
    /// The key of all feeds that name no other.
    Signer {}
}

signer! {
    /// The key of the feeds that name it.
    NamedSigner { id: String, }
}

impl NamedSigner {
    pub(super) fn unnamed(&self) -> Signer {
        let Self {
            id: _,
            kind,
            private_key,
            keystore_path,
            keystore_password,
            web3signer_url,
            aws_kms_key_id,
            address,
        } = self.clone();
        Signer { kind, private_key, keystore_path, keystore_password, web3signer_url, aws_kms_key_id, address }
    }
}

/// The default of `kind`.
fn private_key() -> String {
    "private_key".to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Publisher {
    pub(super) dry_run: bool,
    pub(super) dialect: String,
    pub(super) fees: String,
    pub(super) tip_gwei: u64,
    pub(super) max_fee_gwei: u64,
    pub(super) fee_bump_percent: u32,
    pub(super) gas_margin_percent: u32,
    pub(super) max_gas: u64,
    pub(super) stuck_after_ms: u64,
    pub(super) resend_after_ms: u64,
    pub(super) max_attempts: u32,
    pub(super) max_in_flight: usize,
    pub(super) poll_interval_ms: u64,
    pub(super) balance_warning_updates: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Records {
    pub(super) keep_holds: bool,
    pub(super) retention_days: u32,
}

/// One section with two lives: as `[policy]` every key is there, as `[feeds.policy]` only the overrides.
macro_rules! overridable {
    ($(#[$doc:meta])* $name:ident, $overrides:ident { $($field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            $(pub(super) $field: $type,)*
        }

        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub(super) struct $overrides {
            $(pub(super) $field: Option<$type>,)*
        }

        impl $overrides {
            /// The defaults with these on top.
            pub(super) fn over(self, defaults: &$name) -> $name {
                let defaults = defaults.clone();
                $name { $($field: self.$field.unwrap_or(defaults.$field),)* }
            }
        }
    };
}

overridable! {
    /// How a feed decides.
    Policy, PolicyOverrides {
        profile: String,
        flux_monitor_absolute: Quoted,
        evaluate_interval_ms: u64,
        heartbeat_lead_seconds: u64,
        quorum: usize,
        allow_fewer_than_three_venues: bool,
        degraded_quorum_increase: usize,
        max_age_seconds: u64,
        max_venue_age_seconds: u64,
        max_future_skew_seconds: u64,
        frozen_after_seconds: u64,
        frozen_move_percent: Quoted,
        outlier_mad_multiple: Quoted,
        outlier_floor_percent: Quoted,
        max_spread_percent: Quoted,
        jump_percent: Quoted,
        jump_confirmations: usize,
        min_price: Quoted,
        max_price: Quoted,
        breaker_cooldown_seconds: u64,
        breaker_agreeing_evaluations: u32,
        breaker_agreeing_for_seconds: u64,
        strikes: u32,
        clears: u32,
        quarantine_seconds: u64,
        quarantine_max_seconds: u64,
        flapping_window_seconds: u64,
        shadow_rounds: u32,
        reduced_rounds: u32,
        reduced_weight_percent: Quoted,
        reference_deviation_percent: Quoted,
        reference_for_seconds: u64,
        reference_max_age_seconds: u64,
    }
}

overridable! {
    /// How a venue is reached.
    VenueDefaults, VenueOverrides {
        transport: String,
        poll_interval_ms: u64,
        request_timeout_ms: u64,
        max_body_bytes: usize,
        connect_timeout_ms: u64,
        acknowledge_within_ms: u64,
        silent_after_ms: u64,
        ping_interval_ms: u64,
        max_message_bytes: usize,
        backoff_first_ms: u64,
        backoff_longest_ms: u64,
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OneFeed {
    pub(super) pair: String,
    pub(super) aggregator_address: String,
    pub(super) heartbeat_seconds: u64,
    pub(super) deviation_threshold_percent: Quoted,
}

/// A venue: `kind` says whose API it speaks, `id` whose voice it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Venue {
    pub(super) id: String,
    /// An exchange's name, `http_json` or `aggregator`. The id, when absent.
    pub(super) kind: Option<String>,
    /// Empty: the venue's documented ones.
    #[serde(default)]
    pub(super) rest_urls: Vec<SecretUrl>,
    #[serde(default)]
    pub(super) socket_urls: Vec<SecretUrl>,
    #[serde(default)]
    pub(super) headers: Vec<Header>,
    pub(super) quota_limit: Option<u64>,
    pub(super) quota_window_seconds: Option<u64>,
    /// How often the venue is asked for our usage (CoinGecko's `/key`); absent: never.
    pub(super) usage_interval_seconds: Option<u64>,
    /// RFC 3339 date on which the credential ends.
    pub(super) credential_expires_at: Option<String>,
    #[serde(default)]
    pub(super) overrides: VenueOverrides,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) name: String,
    /// A secret; `value_file` names a file that holds it.
    pub(super) value: SecretString,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Feed {
    pub(super) id: String,
    pub(super) pair: String,
    /// Absent: the feed serves other feeds only.
    pub(super) aggregator_address: Option<String>,
    /// One of the `[[signers]]`; absent: `[signer]`.
    pub(super) signer: Option<String>,
    /// Absent: read from the contract; 8 for a feed without one.
    pub(super) decimals: Option<u8>,
    pub(super) heartbeat_seconds: Option<u64>,
    pub(super) deviation_threshold_percent: Option<Quoted>,
    #[serde(default)]
    pub(super) sources: Vec<Source>,
    /// Instead of sources: other feeds, multiplied or divided in order.
    #[serde(default)]
    pub(super) route: Vec<Leg>,
    #[serde(default)]
    pub(super) policy: PolicyOverrides,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub(super) venue: String,
    /// `<venue>-<base>-<quote>` when absent.
    pub(super) id: Option<String>,
    /// The venue's market, when it is not the feed's pair.
    pub(super) pair: Option<String>,
    /// The venue's own spelling, where it cannot be derived from the pair.
    pub(super) symbol: Option<String>,
    /// A feed that turns the market's quote into the feed's quote.
    pub(super) via: Option<String>,
    /// Counts only while the quorum is short.
    #[serde(default)]
    pub(super) backup: bool,
    /// `primary`, `backup` or `reference`; a primary when absent.
    pub(super) role: Option<String>,
    /// `http_json`: path and query below the base address.
    pub(super) path: Option<String>,
    /// `http_json`: JSON pointer to the price.
    pub(super) price_pointer: Option<String>,
    /// `http_json`: JSON pointer to the time, and how it is written.
    pub(super) time_pointer: Option<String>,
    pub(super) time_format: Option<String>,
    /// `aggregator`: the contract.
    pub(super) address: Option<String>,
}

/// One step of a route.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Leg {
    pub(super) feed: String,
    /// `multiply` or `divide`.
    pub(super) operation: String,
}

//! What settings are called: the defaults that name them all, the operators' flat names, and which are secret.

use causeway_runtime::config::{FLAT_NAMES, FlatName, Kind, Schema};

/// The service's name in logs, traces and labels.
pub const SERVICE: &str = "oracle-publisher";

/// The names that operators know.
const OPERATORS_NAMES: [FlatName; 8] = [
    FlatName { env: "RPC_URL", path: "chain.rpc_urls", kind: Kind::List },
    FlatName { env: "CHAIN_ID", path: "chain.chain_id", kind: Kind::Integer },
    FlatName { env: "AGGREGATOR_ADDRESS", path: "one_feed.aggregator_address", kind: Kind::Text },
    FlatName { env: "PRIVATE_KEY", path: "signer.private_key", kind: Kind::Text },
    FlatName { env: "KEYSTORE_PASSWORD", path: "signer.keystore_password", kind: Kind::Text },
    FlatName { env: "HEARTBEAT", path: "one_feed.heartbeat_seconds", kind: Kind::Integer },
    FlatName { env: "DEVIATION_THRESHOLD", path: "one_feed.deviation_threshold_percent", kind: Kind::Text },
    FlatName { env: "DATABASE_URL", path: "store.url", kind: Kind::Text },
];

/// Where settings come from.
pub(super) const SCHEMA: Schema = Schema {
    defaults: include_str!("../../config/default.toml"),
    prefix: "ORACLE",
    flat_names: &[&FLAT_NAMES, &OPERATORS_NAMES],
    secrets: &[&SECRETS, &causeway_alerting::config::SECRETS],
};

/// The settings of our own that may not be shown.
const SECRETS: [&str; 11] = [
    "store.url",
    "chain.rpc_urls[]",
    "signer.private_key",
    "signer.keystore_password",
    "signer.web3signer_url",
    "signers.*.private_key",
    "signers.*.keystore_password",
    "signers.*.web3signer_url",
    "venues.*.rest_urls",
    "venues.*.socket_urls",
    "venues.*.headers.*.value",
];

//! What settings are called: the defaults that name them all, the operators' flat names, and which are secret.

use causeway_runtime::config::{FLAT_NAMES, FlatName, Kind, Schema};

/// The service's name in logs, traces and labels.
pub const SERVICE: &str = "tokenization-gateway";

/// The names that operators know.
const OPERATORS_NAMES: [FlatName; 10] = [
    FlatName { env: "RPC_URL", path: "chain.rpc_urls", kind: Kind::List },
    FlatName { env: "CHAIN_ID", path: "chain.chain_id", kind: Kind::Integer },
    FlatName { env: "PRIVATE_KEY", path: "signer.private_key", kind: Kind::Text },
    FlatName { env: "DATABASE_URL", path: "store.url", kind: Kind::Text },
    FlatName { env: "GUARD_URL", path: "guard.urls", kind: Kind::List },
    FlatName { env: "ORACLE_URL", path: "oracle.url", kind: Kind::Text },
    FlatName { env: "FIREFLY_URL", path: "firefly.url", kind: Kind::Text },
    FlatName { env: "CACTI_URL", path: "cacti.url", kind: Kind::Text },
    FlatName { env: "CCIP_MONITOR_URL", path: "ccip.monitor_url", kind: Kind::Text },
    FlatName { env: "REFERENCE_SALT", path: "references.salt", kind: Kind::Text },
];

/// Where settings come from.
pub(super) const SCHEMA: Schema = Schema {
    defaults: include_str!("../../config/default.toml"),
    prefix: "GATEWAY",
    flat_names: &[&FLAT_NAMES, &OPERATORS_NAMES],
    secrets: &[&SECRETS, &causeway_alerting::config::SECRETS],
};

/// The settings of our own that may not be shown.
const SECRETS: [&str; 9] = [
    "store.url",
    "chain.rpc_urls[]",
    "bridges.*.chain.rpc_urls[]",
    "firefly.authorization",
    "signer.private_key",
    "delivery.webhook_url",
    "delivery.webhook_secret",
    "references.salt",
    "callers.*.token",
];

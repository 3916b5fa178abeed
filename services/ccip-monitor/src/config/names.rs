//! What settings are called: the defaults that name them all, the operators' flat names, and which are secret.

use causeway_runtime::config::{FLAT_NAMES, FlatName, Kind, Schema};

/// The service's name in logs, traces and labels.
pub const SERVICE: &str = "ccip-monitor";

/// The names that operators know.
const OPERATORS_NAMES: [FlatName; 9] = [
    FlatName { env: "RPC_URL", path: "one_chain.rpc_urls", kind: Kind::List },
    FlatName { env: "CHAIN_ID", path: "one_chain.chain_id", kind: Kind::Integer },
    FlatName { env: "CCIP_CHAIN_SELECTOR", path: "one_chain.selector", kind: Kind::Text },
    FlatName { env: "CCIP_ROUTER_ADDRESS", path: "one_chain.router_address", kind: Kind::Text },
    FlatName { env: "LINK_TOKEN_ADDRESS", path: "one_chain.link_token", kind: Kind::Text },
    FlatName { env: "LINK_ACCOUNTS", path: "one_chain.link_accounts", kind: Kind::List },
    FlatName { env: "START_BLOCK", path: "one_chain.start_block", kind: Kind::Integer },
    FlatName { env: "MONITORING_INTERVAL", path: "monitor.interval_seconds", kind: Kind::Integer },
    FlatName { env: "DATABASE_URL", path: "store.url", kind: Kind::Text },
];

/// Settings that are never shown.
const SECRETS: [&str; 3] = ["store.url", "one_chain.rpc_urls[]", "chains.*.rpc_urls[]"];

/// Where settings come from.
pub(super) const SCHEMA: Schema = Schema {
    defaults: include_str!("../../config/default.toml"),
    prefix: "CCIP",
    flat_names: &[&FLAT_NAMES, &OPERATORS_NAMES],
    secrets: &[&SECRETS, &causeway_alerting::config::SECRETS],
};

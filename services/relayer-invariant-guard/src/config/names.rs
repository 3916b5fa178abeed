//! What settings are called: the defaults that name them all, the operators' flat names, and which are secret.

use causeway_runtime::config::{FLAT_NAMES, FlatName, Kind, Schema};

/// The service's name in logs, traces and labels; also that of its leader's lease.
pub const SERVICE: &str = "relayer-invariant-guard";

/// The names that operators know.
const OPERATORS_NAMES: [FlatName; 6] = [
    FlatName { env: "DATABASE_URL", path: "store.url", kind: Kind::Text },
    FlatName { env: "RELAYER_DATABASE_URL", path: "books.url", kind: Kind::Text },
    FlatName { env: "PAUSE_PRIVATE_KEY", path: "pause.private_key", kind: Kind::Text },
    FlatName { env: "SWEEP_INTERVAL", path: "guard.sweep_interval_seconds", kind: Kind::Integer },
    FlatName { env: "LEASE_TTL_MS", path: "lease.ttl_ms", kind: Kind::Integer },
    FlatName { env: "GUARD_MODE", path: "guard.mode", kind: Kind::Text },
];

/// Settings that are never shown.
const SECRETS: [&str; 5] = ["store.url", "books.url", "chains.*.endpoints.*.url", "pause.private_key", "dead_man.url"];

/// Where settings come from.
pub(super) const SCHEMA: Schema = Schema {
    defaults: include_str!("../../config/default.toml"),
    prefix: "GUARD",
    flat_names: &[&FLAT_NAMES, &OPERATORS_NAMES],
    secrets: &[&SECRETS, &causeway_alerting::config::SECRETS],
};

//! What settings are called: the defaults that name them all, the operators' flat names, and which are secret.

use causeway_runtime::config::{FLAT_NAMES, FlatName, Kind, Schema};

/// The service's name in logs, traces and labels.
pub const SERVICE: &str = "ops-console";

/// The names that operators know.
const OPERATORS_NAMES: [FlatName; 1] = [FlatName { env: "DATABASE_URL", path: "store.url", kind: Kind::Text }];

/// Where settings come from.
pub(super) const SCHEMA: Schema = Schema {
    defaults: include_str!("../../config/default.toml"),
    prefix: "CONSOLE",
    flat_names: &[&FLAT_NAMES, &OPERATORS_NAMES],
    secrets: &[&SECRETS, &super::changes::SECRETS, &super::oidc::SECRETS, &causeway_alerting::config::SECRETS],
};

/// The settings of our own that may not be shown.
const SECRETS: [&str; 2] = ["store.url", "services.*.token"];

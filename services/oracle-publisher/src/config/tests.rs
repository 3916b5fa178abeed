//! Settings that are wrong are told in one line each; those that are right are read exactly.

mod deployments;
mod refusals;

use std::io::Write as _;

use super::{Config, load};
use causeway_runtime::config::Environment;

/// Whoever prints one of these prints a secret.
const SECRETS: [&str; 5] = ["databasepassword", "rpcsecret", "4c0883a6", "apikeysecret", "pathsecret"];

/// The one-feed deployment.
const ONE_FEED: [(&str, &str); 6] = [
    ("DATABASE_URL", "postgres://oracle:databasepassword@db/oracle"),
    ("RPC_URL", "http://rpc.example/v2/rpcsecret"),
    ("AGGREGATOR_ADDRESS", "0x1111111111111111111111111111111111111111"),
    ("PRIVATE_KEY", "0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"),
    ("HEARTBEAT", "60"),
    ("DEVIATION_THRESHOLD", "0.5"),
];

/// The variables of the one-feed deployment, some of them changed, added or (with an empty value) taken away.
fn variables(changes: &[(&str, &str)]) -> Environment {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    ONE_FEED.iter().chain(changes).map(pair).collect()
}

/// The settings of a file, beside a database, an endpoint and a key in the environment.
fn from_file(text: &str) -> Result<Config, String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let loaded = load(Some(file.path()), &variables(&[("AGGREGATOR_ADDRESS", "")]), None);
    loaded.map_err(|error| error.to_string().replace(&file.path().display().to_string(), "FILE"))
}

fn from_environment(changes: &[(&str, &str)]) -> Result<Config, String> {
    load(None, &variables(changes), None).map_err(|error| error.to_string())
}

//! Settings → values that need no second look. Everything that can be wrong without asking the world is found
//! here, before anything is bound, opened or sent; the rest (chain id, decimals, roles) at start.

mod backtest;
mod chain;
mod feeds;
mod raw;
#[cfg(test)]
mod tests;
mod venues;

use std::{path::Path, time::Duration};

use causeway_runtime::config::{
    self, Effective, Environment, Error, FLAT_NAMES, FlatName, Kind, RawListen, Schema, SecretString, ShutdownLimits,
    Validator,
};
use causeway_telemetry::LogFormat;
use serde::Deserialize;

pub use self::{
    backtest::backtest_policy,
    chain::{Chain, Dialect, Publisher, SignerSettings},
    feeds::{Feed, Feeds, Source},
    venues::{VenueFacts, Venues},
};

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

const SCHEMA: Schema = Schema {
    defaults: include_str!("../../config/default.toml"),
    prefix: "ORACLE",
    flat_names: &[&FLAT_NAMES, &OPERATORS_NAMES],
    secrets: &[
        "store.url",
        "chain.rpc_urls",
        "signer.private_key",
        "signer.keystore_password",
        "signer.web3signer_url",
        "venues.*.rest_urls",
        "venues.*.socket_urls",
        "venues.*.headers.*.value",
    ],
};

/// The feeds and venues of the one-feed deployment.
const ONE_FEED: &str = include_str!("../../config/one-feed.toml");

/// What the service runs with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens.
    pub listen: RawListen,
    /// Who may call, and how it proves who it is.
    pub grpc: Grpc,
    /// What it tells.
    pub telemetry: causeway_telemetry::Config,
    /// How it stops.
    pub shutdown: ShutdownLimits,
    /// Where its state is.
    pub store: Store,
    /// The chain.
    pub chain: Chain,
    /// The publisher's key.
    pub signer: SignerSettings,
    /// How transactions are sent.
    pub publisher: Publisher,
    /// How long a dead leader's lease lives.
    pub lease: Duration,
    /// Whether every hold is stored.
    pub keep_holds: bool,
    /// How long decisions are kept.
    pub retention: Duration,
    /// The feeds.
    pub feeds: Feeds,
    /// The venues.
    pub venues: Venues,
    /// Hash over everything that is no secret.
    pub hash: String,
    /// Who set what; for errors that only the world reveals.
    pub effective: Effective,
}

/// The gRPC port.
#[derive(Debug, Clone)]
pub struct Grpc {
    /// Certificate, key and client CA; `None`: plaintext.
    pub tls: Option<TlsFiles>,
    /// Who may change states.
    pub operators: Vec<String>,
}

/// PEM files of mTLS.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// Our certificate, with its chain.
    pub certificate: std::path::PathBuf,
    /// Its key.
    pub key: std::path::PathBuf,
    /// The CA that callers' certificates come from.
    pub client_ca: std::path::PathBuf,
}

/// The database.
#[derive(Debug, Clone)]
pub struct Store {
    /// Where it is.
    pub url: SecretString,
    /// The largest number of connections.
    pub max_connections: u32,
    /// The longest that one statement may take.
    pub statement_timeout: Duration,
    /// Whether `serve` migrates first.
    pub migrate_on_start: bool,
}

/// Loads and checks the configuration.
///
/// # Errors
/// One line a setting: its path, its value unless secret, what is expected, and who set it.
pub fn load(file: Option<&Path>, environment: &Environment, log_format: Option<LogFormat>) -> Result<Config, Error> {
    let loaded = config::load::<raw::Raw>(&SCHEMA, file, environment)?;
    validate(loaded.raw, &loaded.effective, log_format)
}

fn validate(mut raw: raw::Raw, effective: &Effective, log_format: Option<LogFormat>) -> Result<Config, Error> {
    let mut validator = effective.validator();
    one_feed(&mut raw, &mut validator);
    let telemetry = raw.telemetry.validate((SERVICE, env!("CARGO_PKG_VERSION")), log_format, &mut validator);
    let shutdown = raw.shutdown.validate(&mut validator);
    let lease = validator.positive_seconds("leadership.lease_seconds", raw.leadership.lease_seconds);
    let days = validator.within("records.retention_days", raw.records.retention_days, 1..=3_660);
    let store = store(&raw.store, &mut validator);
    let chain = chain::chain(&raw.chain, &mut validator);
    let signer = chain::signer(&raw.signer, raw.publisher.dry_run, &mut validator);
    let publisher = chain::publisher(&raw.publisher, chain.as_ref(), &mut validator);
    let grpc = grpc(&raw.grpc, &mut validator);
    let feeds = feeds::read(&raw, &raw.feeds, &mut validator);
    let venues = match (&feeds, &chain) {
        (Some(feeds), Some(chain)) => venues::read(&raw, &raw.feeds, feeds, chain.id, &mut validator),
        _ => None,
    };
    // Each `None` left its complaint with the validator, so that `finish` refuses before the tuple is used.
    let built = validator.finish((store, chain, signer, publisher, grpc, feeds, venues))?;
    let (Some(store), Some(chain), Some(signer), Some(publisher), Some(grpc), Some(feeds), Some(venues)) = built else {
        return Err(Error::from(effective.refuse("feeds", "settings that fit together")));
    };
    Ok(Config {
        listen: raw.listen,
        grpc,
        telemetry,
        shutdown,
        store,
        chain,
        signer,
        publisher,
        lease,
        keep_holds: raw.records.keep_holds,
        retention: Duration::from_secs(u64::from(days).saturating_mul(86_400)),
        feeds,
        venues,
        hash: effective.hash(),
        effective: effective.clone(),
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneFeedFile {
    venues: Vec<raw::Venue>,
    feeds: Vec<raw::Feed>,
}

/// Fills in the feeds and venues of the one-feed deployment, unless feeds are configured.
fn one_feed(raw: &mut raw::Raw, validator: &mut Validator<'_>) {
    let address = raw.one_feed.aggregator_address.clone();
    if address.is_empty() {
        return;
    }
    if !raw.feeds.is_empty() {
        validator.refuse("one_feed.aggregator_address", "nothing, because [[feeds]] are configured");
        return;
    }
    let key = "one_feed.pair";
    let expected = "BASE/QUOTE, for example ETH/USD";
    let pair = validator.accept(key, expected, raw.one_feed.pair.parse::<causeway_primitives::Pair>());
    let parsed = address.parse::<causeway_primitives::Address>();
    let address = validator.accept("one_feed.aggregator_address", "an address: 0x and 40 hexadecimal digits", parsed);
    let (Some(pair), Some(address)) = (pair, address) else { return };
    let text = ONE_FEED
        .replace("FEED", &format!("{}-{}", pair.base(), pair.quote()).to_lowercase())
        .replace("PAIR", &pair.to_string())
        .replace("BASE", pair.base())
        .replace("AGGREGATOR", &address.to_string());
    let Some(file) = validator.accept(key, "a pair that the built-in venues trade", toml::from_str::<OneFeedFile>(&text))
    else {
        return;
    };
    raw.feeds = file.feeds;
    if raw.venues.is_empty() {
        raw.venues = file.venues;
    }
}

fn store(raw: &raw::Store, validator: &mut Validator<'_>) -> Option<Store> {
    let max_connections = validator.within("store.max_connections", raw.max_connections, 2..=100);
    let statement_timeout = validator.positive_ms("store.statement_timeout_ms", raw.statement_timeout_ms);
    let expected = "a database: set DATABASE_URL or DATABASE_URL_FILE to postgres://user:password@host/database";
    let url = validator.accept("store.url", expected, raw.url.clone().ok_or(()))?;
    Some(Store { url, max_connections, statement_timeout, migrate_on_start: raw.migrate_on_start })
}

fn grpc(raw: &raw::Grpc, validator: &mut Validator<'_>) -> Option<Grpc> {
    let files = (&raw.tls_certificate_file, &raw.tls_key_file, &raw.tls_client_ca_file);
    let tls = match files {
        (None, None, None) => None,
        (Some(certificate), Some(key), Some(client_ca)) => Some(TlsFiles {
            certificate: certificate.clone(),
            key: key.clone(),
            client_ca: client_ca.clone(),
        }),
        _ => {
            let expected = "all of tls_certificate_file, tls_key_file and tls_client_ca_file, or none";
            validator.refuse("grpc", expected);
            return None;
        }
    };
    Some(Grpc { tls, operators: raw.operators.clone() })
}

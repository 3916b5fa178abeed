//! What the service runs with, checked. Where a value came from is remembered for the errors that only the world
//! reveals; secrets stay in types that do not print them.

use std::time::Duration;

use causeway_runtime::config::{Effective, RawListen, SecretString, ShutdownLimits};

use super::{Chain, Feeds, Publisher, SignerSettings, Venues};

/// What the service runs with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens.
    pub listen: RawListen,
    /// Who may call, and how it proves who it is.
    pub grpc: Grpc,
    /// What it tells.
    pub telemetry: causeway_telemetry::Config,
    /// Who hears of what is wrong.
    pub alerting: causeway_alerting::config::Settings,
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

//! What the service runs with, checked. Where a value came from is remembered for the errors that only the world
//! reveals; secrets stay in types that do not print them.

use std::{path::PathBuf, time::Duration};

use causeway_runtime::config::{Effective, RawListen, SecretString, ShutdownLimits};

use super::{AlertLimits, ChainSettings, LaneSettings};
use crate::adapters::dialects::Private;

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
    /// How long a dead leader's lease lives.
    pub lease: Duration,
    /// How often it looks.
    pub monitor: Monitor,
    /// Where alerts go.
    pub alerting: causeway_alerting::config::Settings,
    /// When it speaks up.
    pub alerts: AlertLimits,
    /// The chains.
    pub chains: Vec<ChainSettings>,
    /// The lanes that the operators listed. Others are followed on sight, and said to be unlisted.
    pub lanes: Vec<LaneSettings>,
    /// True in the deployment of one chain: no lane is listed, so none is unlisted.
    pub open: bool,
    /// The operators' own dialects, the preset included.
    pub dialects: Vec<Private>,
    /// The dialect of the router in the deployment of one chain.
    pub open_dialect: String,
    /// Hash over everything that is no secret.
    pub hash: String,
    /// Who set what.
    pub effective: Effective,
}

/// How often it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Monitor {
    /// Routers, curses, balances, counters, judgements.
    pub interval: Duration,
    /// For one request to an endpoint.
    pub call_timeout: Duration,
    /// For lanes that are not listed.
    pub expire_after: Duration,
}

/// The gRPC port.
#[derive(Debug, Clone)]
pub struct Grpc {
    /// Certificate, key and client CA; `None`: plaintext.
    pub tls: Option<TlsFiles>,
    /// Who may run actions.
    pub operators: Vec<String>,
}

/// PEM files of mTLS.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// Our certificate, with its chain.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The CA that callers' certificates come from.
    pub client_ca: PathBuf,
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

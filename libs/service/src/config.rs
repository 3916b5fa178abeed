//! The settings that every service has: where it listens, who may call, what it tells, how it stops, where its state is,
//! how long its lease lives, and who hears of what is wrong.
//!
//! A service has the raw sections in its own raw configuration, next to those that are its alone, and hands them over as
//! one [`RawBase`]. Their defaults stand in the service's `default.toml`.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use causeway_alerting::config::RawAlerting;
use causeway_runtime::config::{
    Effective, Error, RawListen, RawShutdown, RawTelemetry, SecretString, ShutdownLimits, Validator,
};
use causeway_telemetry::LogFormat;
use serde::Deserialize;

use crate::broker::{Broker, RawBroker};

/// `[grpc]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawGrpc {
    /// PEM: our certificate, with its chain.
    pub tls_certificate_file: Option<PathBuf>,
    /// PEM: its key.
    pub tls_key_file: Option<PathBuf>,
    /// PEM: the CA that callers' certificates come from.
    pub tls_client_ca_file: Option<PathBuf>,
    /// Whether calls without certificates are taken from other hosts than this one.
    pub plaintext: bool,
    /// DNS or URI names of certificates, or `loopback`.
    pub operators: Vec<String>,
}

/// `[store]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawStore {
    /// `postgres://user:password@host/database`.
    pub url: Option<SecretString>,
    /// 2 to 100.
    pub max_connections: u32,
    /// The server ends a statement after this.
    pub statement_timeout_ms: u64,
    /// Whether `serve` migrates first.
    pub migrate_on_start: bool,
}

/// `[leadership]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawLeadership {
    /// How long a dead leader's lease lives.
    pub lease_seconds: u64,
}

/// The sections that every service has.
#[derive(Debug, Clone, Copy)]
pub struct RawBase<'a> {
    /// `[listen]`.
    pub listen: RawListen,
    /// `[grpc]`.
    pub grpc: &'a RawGrpc,
    /// `[telemetry]`.
    pub telemetry: &'a RawTelemetry,
    /// `[shutdown]`.
    pub shutdown: RawShutdown,
    /// `[store]`.
    pub store: &'a RawStore,
    /// `[leadership]`.
    pub leadership: &'a RawLeadership,
    /// `[alerting]`.
    pub alerting: &'a RawAlerting,
    /// `[broker]`.
    pub broker: &'a RawBroker,
}

/// The same, checked, and where each setting came from.
#[derive(Debug, Clone)]
pub struct Base {
    /// Where it listens.
    pub listen: RawListen,
    /// Who may call, and how it proves who it is.
    pub grpc: Grpc,
    /// What it tells, and under which name.
    pub telemetry: causeway_telemetry::Config,
    /// How it stops.
    pub shutdown: ShutdownLimits,
    /// Where its state is.
    pub store: Store,
    /// How long a dead leader's lease lives.
    pub lease: Duration,
    /// Who hears of what is wrong.
    pub alerting: causeway_alerting::config::Settings,
    /// Where events are offered to others; `None`: nowhere.
    pub broker: Option<Broker>,
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
    /// Who may change something.
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

impl RawBase<'_> {
    /// The checked sections; `None` left a complaint with the validator, which must be that of `effective`. `service`:
    /// name and version.
    pub fn validate(
        &self,
        service: (&'static str, &'static str),
        log_format: Option<LogFormat>,
        effective: &Effective,
        validator: &mut Validator<'_>,
    ) -> Option<Base> {
        let telemetry = self.telemetry.validate(service, log_format, validator);
        let shutdown = self.shutdown.validate(validator);
        let alerting = self.alerting.validate(service.0, validator);
        let lease = validator.positive_seconds("leadership.lease_seconds", self.leadership.lease_seconds);
        let store = self.store.validate(validator);
        let grpc = self.grpc.validate(self.listen.grpc, validator);
        let broker = self.broker.validate(validator);
        Some(Base {
            listen: self.listen,
            grpc: grpc?,
            telemetry,
            shutdown,
            store: store?,
            lease,
            alerting: alerting?,
            broker: broker?,
            hash: effective.hash(),
            effective: effective.clone(),
        })
    }
}

impl RawStore {
    fn validate(&self, validator: &mut Validator<'_>) -> Option<Store> {
        let max_connections = validator.within("store.max_connections", self.max_connections, 2..=100);
        let statement_timeout = validator.positive_ms("store.statement_timeout_ms", self.statement_timeout_ms);
        let expected = "a database: set DATABASE_URL or DATABASE_URL_FILE to postgres://user:password@host/database";
        let url = validator.accept("store.url", expected, self.url.clone().ok_or(()))?;
        Some(Store { url, max_connections, statement_timeout, migrate_on_start: self.migrate_on_start })
    }

    /// Checks this section alone: a migration runs where nothing else is set.
    ///
    /// # Errors
    /// One line a setting.
    pub fn alone(&self, effective: &Effective) -> Result<Store, Error> {
        let mut validator = effective.validator();
        let store = self.validate(&mut validator);
        // `None` left its complaint with the validator.
        validator.finish(store)?.ok_or_else(|| Error::from(effective.refuse("store", "a database")))
    }
}

impl RawGrpc {
    /// Without certificates nobody knows who calls, and whoever is on the way reads along: that is said to be wanted, or refused.
    fn validate(&self, listen: SocketAddr, validator: &mut Validator<'_>) -> Option<Grpc> {
        let files = (&self.tls_certificate_file, &self.tls_key_file, &self.tls_client_ca_file);
        let tls = match files {
            (None, None, None) => None,
            (Some(certificate), Some(key), Some(client_ca)) => {
                Some(TlsFiles { certificate: certificate.clone(), key: key.clone(), client_ca: client_ca.clone() })
            }
            _ => {
                let expected = "all of tls_certificate_file, tls_key_file and tls_client_ca_file, or none";
                validator.refuse("grpc", expected);
                return None;
            }
        };
        if tls.is_none() && !listen.ip().is_loopback() && !self.plaintext {
            let expected = "true, to take calls without certificates beyond loopback; or tls_certificate_file, tls_key_file and \
                            tls_client_ca_file; or listen.grpc on loopback, such as 127.0.0.1:50051";
            validator.refuse("grpc.plaintext", expected);
            return None;
        }
        Some(Grpc { tls, operators: self.operators.clone() })
    }
}

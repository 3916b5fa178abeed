//! The sections that every service has: where it listens, what it tells, how it stops.
//!
//! A service embeds these structures in its raw configuration and their defaults in its `default.toml`:
//!
//! ```toml
//! [listen]
//! http = "0.0.0.0:8080"
//! metrics = "0.0.0.0:8000"
//! grpc = "0.0.0.0:50051"
//!
//! [telemetry]
//! log_format = "json"
//! log_filter = "info"
//! instance = ""
//! otlp_endpoint = ""
//! trace_sample_ratio = 1.0
//!
//! [shutdown]
//! lame_duck_ms = 5000
//! drain_ms = 20000
//! flush_ms = 5000
//! ```

use std::{net::SocketAddr, time::Duration};

use causeway_telemetry::{LogFormat, SampleRatio};
use serde::Deserialize;

use super::{FlatName, Kind, Validator};

/// The names that operators know for the sections of this file.
pub const FLAT_NAMES: [FlatName; 4] = [
    FlatName { env: "LOG_FILTER", path: "telemetry.log_filter", kind: Kind::Text },
    FlatName { env: "LOG_FORMAT", path: "telemetry.log_format", kind: Kind::Text },
    FlatName { env: "OTEL_EXPORTER_OTLP_ENDPOINT", path: "telemetry.otlp_endpoint", kind: Kind::Text },
    FlatName { env: "POD_NAME", path: "telemetry.instance", kind: Kind::Text },
];

/// `[listen]`: the addresses a service binds. Port 0 lets the system choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawListen {
    /// Health, REST and pages.
    pub http: SocketAddr,
    /// Prometheus.
    pub metrics: SocketAddr,
    /// gRPC.
    pub grpc: SocketAddr,
}

/// `[telemetry]`: what a service tells, and to whom.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawTelemetry {
    /// `json` or `pretty`.
    pub log_format: String,
    /// Directives of `tracing_subscriber::EnvFilter`.
    pub log_filter: String,
    /// What tells this process from its replicas; empty takes the process id.
    pub instance: String,
    /// `http://host:port` of a collector; empty exports nothing.
    pub otlp_endpoint: String,
    /// Between 0 and 1.
    pub trace_sample_ratio: f64,
}

impl RawTelemetry {
    /// The configuration of telemetry. `log_format` of the command line wins over the setting.
    pub fn validate(
        &self,
        service: (&'static str, &'static str),
        log_format: Option<LogFormat>,
        validator: &mut Validator<'_>,
    ) -> causeway_telemetry::Config {
        let (service, version) = service;
        let configured = validator.accept("telemetry.log_format", "`json` or `pretty`", self.log_format.parse());
        let filter = causeway_telemetry::check_filter(&self.log_filter);
        validator.accept("telemetry.log_filter", "directives such as `info` or `info,sqlx=warn`", filter);
        let ratio = SampleRatio::new(self.trace_sample_ratio);
        let ratio = validator.accept("telemetry.trace_sample_ratio", "a number between 0 and 1", ratio);
        let endpoint = Some(self.otlp_endpoint.clone()).filter(|endpoint| !endpoint.is_empty());
        if endpoint.as_deref().is_some_and(|endpoint| !is_http_url(endpoint)) {
            validator.refuse("telemetry.otlp_endpoint", "a URL such as `http://collector:4317`, or nothing");
        }
        let instance = Some(self.instance.clone()).filter(|instance| !instance.is_empty());
        causeway_telemetry::Config {
            service,
            version,
            instance: instance.unwrap_or_else(|| std::process::id().to_string()),
            log_format: log_format.or(configured).unwrap_or_default(),
            log_filter: self.log_filter.clone(),
            otlp_endpoint: endpoint,
            file: None,
            tap: None,
            sample_ratio: ratio.unwrap_or(SampleRatio::ALL),
        }
    }
}

fn is_http_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// `[shutdown]`: how long each phase of a stop may take. Their sum belongs below the pod's
/// `terminationGracePeriodSeconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawShutdown {
    /// From saying "not ready" to closing the doors, so that balancers notice.
    pub lame_duck_ms: u64,
    /// From closing the doors to aborting what still runs.
    pub drain_ms: u64,
    /// For the last spans.
    pub flush_ms: u64,
}

/// The validated [`RawShutdown`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShutdownLimits {
    /// From saying "not ready" to closing the doors.
    pub lame_duck: Duration,
    /// From closing the doors to aborting what still runs.
    pub drain: Duration,
    /// For the last spans.
    pub flush: Duration,
}

impl RawShutdown {
    /// The spans, each at most a year; no lame duck at all is right for a single process on a desk.
    pub fn validate(self, validator: &mut Validator<'_>) -> ShutdownLimits {
        ShutdownLimits {
            lame_duck: validator.ms("shutdown.lame_duck_ms", self.lame_duck_ms),
            drain: validator.positive_ms("shutdown.drain_ms", self.drain_ms),
            flush: validator.positive_ms("shutdown.flush_ms", self.flush_ms),
        }
    }
}

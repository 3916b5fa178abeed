//! How long calls took and how they ended, on both sides; how certificates stand and handshakes end, on the server's.

use causeway_telemetry::metrics::{Latency, Registry};
use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge};

use crate::{status::wire_name, tls::Standing};

/// `method` and `code`: both bounded, see [`crate::method::OTHER`].
type Labels = [(&'static str, String); 2];

/// One label of ours.
type Label = [(&'static str, &'static str); 1];

/// The numbers of all servers and clients of a process. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    server: Family<Labels, Latency>,
    client: Family<Labels, Latency>,
    handshakes: Family<Label, Counter>,
    certificates_end: Family<Label, Gauge>,
    certificates_refused: Gauge,
    certificates_taken: Counter,
}

/// How a handshake ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handshake {
    Done,
    Failed,
    TimedOut,
}

impl Handshake {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
        }
    }
}

/// Which end of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Server,
    Client,
}

impl Metrics {
    /// Registers `rpc_server_call_duration_seconds` and `rpc_client_call_duration_seconds`, each with
    /// the labels `method` and `code`, and four about certificates, which a server without TLS leaves alone.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let server = "Duration of answered calls, to the end of the stream";
        registry.register("rpc_server_call_duration_seconds", server, metrics.server.clone());
        let client = "Duration of calls to others, to the end of the stream";
        registry.register("rpc_client_call_duration_seconds", client, metrics.client.clone());
        registry.register("tls_handshakes", "Handshakes of callers, by how they ended", metrics.handshakes.clone());
        let ends = "When our certificate, or the last authority that is trusted, ends, in seconds since 1970";
        registry.register("tls_certificate_end_timestamp_seconds", ends, metrics.certificates_end.clone());
        let refused = "Whether the certificates that lie there now could not be taken";
        registry.register("tls_certificates_refused", refused, metrics.certificates_refused.clone());
        registry.register("tls_certificates_taken", "Rotations without a restart", metrics.certificates_taken.clone());
        metrics
    }

    pub(crate) fn observe(&self, side: Side, method: &str, code: tonic::Code, took: std::time::Duration) {
        let family = match side {
            Side::Server => &self.server,
            Side::Client => &self.client,
        };
        let labels = [("method", method.to_owned()), ("code", wire_name(code).to_owned())];
        family.get_or_create(&labels).observe(took);
    }

    pub(crate) fn handshake(&self, outcome: Handshake) {
        self.handshakes.get_or_create(&[("outcome", outcome.as_str())]).inc();
    }

    /// `taken`: they are others than before.
    pub(crate) fn certificates(&self, standing: &Standing, taken: bool) {
        self.certificates_end.get_or_create(&[("certificate", "own")]).set(standing.ends);
        self.certificates_end.get_or_create(&[("certificate", "authority")]).set(standing.authorities_end);
        self.certificates_refused.set(i64::from(standing.refused.is_some()));
        self.certificates_taken.inc_by(u64::from(taken));
    }
}

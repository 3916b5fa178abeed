//! How long calls took and how they ended, on both sides.

use causeway_telemetry::metrics::{Latency, Registry};
use prometheus_client::metrics::family::Family;

use crate::status::wire_name;

/// `method` and `code`: both bounded, see [`crate::method::OTHER`].
type Labels = [(&'static str, String); 2];

/// The histograms of all servers and clients of a process. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    server: Family<Labels, Latency>,
    client: Family<Labels, Latency>,
}

/// Which end of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Server,
    Client,
}

impl Metrics {
    /// Registers `rpc_server_call_duration_seconds` and `rpc_client_call_duration_seconds`, each with
    /// the labels `method` and `code`.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let server = "Duration of answered calls, to the end of the stream";
        registry.register("rpc_server_call_duration_seconds", server, metrics.server.clone());
        let client = "Duration of calls to others, to the end of the stream";
        registry.register("rpc_client_call_duration_seconds", client, metrics.client.clone());
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
}

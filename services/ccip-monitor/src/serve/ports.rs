//! The three ports: bound before anything else, so that a taken port is the first thing that is said.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use causeway_grpc::{Reflection, Server, ServerSettings, Tls};
use causeway_proto::FILE_DESCRIPTOR_SET;
use causeway_runtime::{
    config::RawListen,
    http::{Build, bind, metrics_router, ops_router, serve},
    process::Failure,
};
use causeway_telemetry::metrics::Registry;
use tokio::net::TcpListener;

use super::run::Shared;
use crate::config::{Config, SERVICE};

/// The longest that a request or a call may take to begin its answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// Calls at once. Each is a look into memory or a few queries.
const MAX_CALLS: usize = 512;

/// Streams move to new replicas within so long.
const MAX_CONNECTION_AGE: Duration = Duration::from_secs(30 * 60);

/// The bound ports.
pub(super) struct Listeners {
    http: TcpListener,
    metrics: TcpListener,
    grpc: TcpListener,
}

impl Listeners {
    pub(super) async fn bind(listen: &RawListen) -> Result<Self, Failure> {
        Ok(Self {
            http: bind(listen.http).await.map_err(Failure::new)?,
            metrics: bind(listen.metrics).await.map_err(Failure::new)?,
            grpc: bind(listen.grpc).await.map_err(Failure::new)?,
        })
    }

    /// With port and address, by name.
    fn addresses(&self) -> Result<[(&'static str, SocketAddr); 3], Failure> {
        let address = |listener: &TcpListener| listener.local_addr().map_err(Failure::new);
        Ok([("http", address(&self.http)?), ("metrics", address(&self.metrics)?), ("grpc", address(&self.grpc)?)])
    }
}

/// Opens the doors.
pub(super) fn open(shared: &Shared, registry: Registry, listeners: Listeners) -> Result<(), Failure> {
    let addresses = listeners.addresses()?;
    let Shared { config, context, tasks, .. } = shared;
    let build = Build { service: SERVICE, version: env!("CARGO_PKG_VERSION"), config_hash: config.hash.clone() };
    let pages = ops_router(shared.health.clone(), build);
    tasks.spawn("http", |token| serve(listeners.http, pages, token));
    let numbers = metrics_router(Arc::new(registry));
    tasks.spawn("metrics", |token| serve(listeners.metrics, numbers, token));

    let draining = context.shutdown.draining.clone();
    let server = Server::new(settings(config), shared.metrics.grpc.clone()).descriptors(FILE_DESCRIPTOR_SET);

    tasks.spawn("grpc", |token| server.serve(listeners.grpc, draining, token));
    for (port, address) in addresses {
        tracing::info!(port, address = %address, "listening");
    }
    Ok(())
}

fn settings(config: &Config) -> ServerSettings {
    ServerSettings {
        call_timeout: ANSWER_WITHIN,
        max_calls_in_flight: MAX_CALLS,
        max_connection_age: Some(MAX_CONNECTION_AGE),
        tls: config.grpc.tls.as_ref().map(|files| Tls {
            certificate: files.certificate.clone(),
            key: files.key.clone(),
            authority: files.client_ca.clone(),
        }),
        reflection: Reflection::Served,
    }
}

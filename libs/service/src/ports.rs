//! The three ports: bound before anything else, so that a taken port is the first thing that is said, and answering
//! last, when there is something to say.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use causeway_grpc::{Caller, Metrics, Reflection, Server, ServerSettings, Table, Tls};
use causeway_proto::FILE_DESCRIPTOR_SET;
use causeway_runtime::{
    config::RawListen,
    health::{Health, Role},
    http::{Build, Limits, bind, metrics_router, ops_router, serve, with_limits},
    process::{Context, Failure},
    task::TaskGroup,
};
use causeway_telemetry::metrics::Registry;
use tokio::net::TcpListener;

use crate::{
    broker::{self, Metrics as BrokerMetrics, Source},
    certificates,
    config::{Base, Grpc},
};

/// The longest that a request or a call may take to begin its answer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// Requests carry next to nothing; this is for headers gone wrong.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Calls at once. Each is a look into memory or a few queries.
const MAX_CALLS: usize = 512;

/// Streams move to new replicas within so long.
const MAX_CONNECTION_AGE: Duration = Duration::from_secs(30 * 60);

/// The bound ports.
#[derive(Debug)]
pub struct Listeners {
    http: TcpListener,
    metrics: TcpListener,
    grpc: TcpListener,
    max_body_bytes: usize,
}

/// What stands behind them.
#[derive(Debug)]
pub struct Doors {
    /// What probes are told.
    pub health: Health,
    /// REST and pages, without limits of their own.
    pub api: Router,
    /// The calls, with their rules: begin with [`server`].
    pub grpc: Server,
    /// What is counted.
    pub registry: Registry,
    /// What is offered to a broker, where there is one.
    pub source: Source,
}

impl Listeners {
    /// Takes the ports.
    ///
    /// # Errors
    /// [`Failure`] with the address that is taken.
    pub async fn bind(listen: &RawListen) -> Result<Self, Failure> {
        Ok(Self {
            http: bind(listen.http).await.map_err(Failure::new)?,
            metrics: bind(listen.metrics).await.map_err(Failure::new)?,
            grpc: bind(listen.grpc).await.map_err(Failure::new)?,
            max_body_bytes: MAX_BODY_BYTES,
        })
    }

    /// Takes requests with bodies of up to so many bytes, for a service that is handed documents; 64 KiB unless set.
    #[must_use]
    pub const fn with_bodies_of(mut self, max_body_bytes: usize) -> Self {
        self.max_body_bytes = max_body_bytes;
        self
    }

    /// Opens the doors.
    ///
    /// # Errors
    /// [`Failure`] when a port has no address.
    pub fn open(self, doors: Doors, base: &Base, context: &Context, tasks: &TaskGroup) -> Result<(), Failure> {
        let addresses = self.addresses()?;
        let Doors { health, api, grpc, mut registry, source } = doors;
        let telemetry = &base.telemetry;
        let build = Build { service: telemetry.service, version: telemetry.version, config_hash: base.hash.clone() };
        let api = with_limits(api, Limits { body_bytes: self.max_body_bytes, timeout: ANSWER_WITHIN });
        if let Some(standing) = grpc.standing() {
            let component = health.component("certificates", Role::Informative);
            let clock = Arc::clone(&context.clock);
            tasks.spawn("certificates", |token| certificates::watch(standing, component, clock, token));
        }
        if let Some(settings) = base.broker.clone() {
            let told = (health.component("broker", Role::Informative), BrokerMetrics::register(&mut registry));
            let (to, clock) = ((telemetry.service, settings), Arc::clone(&context.clock));
            tasks.spawn("broker", |token| broker::offer(source, to, told, clock, token));
        }
        let pages = ops_router(health, build).merge(api);
        tasks.spawn("http", |token| serve(self.http, pages, token));
        let numbers = metrics_router(Arc::new(registry));
        tasks.spawn("metrics", |token| serve(self.metrics, numbers, token));
        let draining = context.shutdown.draining.clone();
        tasks.spawn("grpc", |token| grpc.serve(self.grpc, draining, token));
        let [_, _, (_, calls)] = addresses;
        if base.grpc.tls.is_none() && !calls.ip().is_loopback() {
            tracing::warn!(address = %calls, "calls are taken without certificates from other hosts");
        }
        for (port, address) in addresses {
            tracing::info!(port, address = %address, "listening");
        }
        Ok(())
    }

    /// With port and address, by name.
    fn addresses(&self) -> Result<[(&'static str, SocketAddr); 3], Failure> {
        let address = |listener: &TcpListener| listener.local_addr().map_err(Failure::new);
        Ok([("http", address(&self.http)?), ("metrics", address(&self.metrics)?), ("grpc", address(&self.grpc)?)])
    }
}

/// A server with the house's limits that knows every contract and has no service yet.
pub fn server(grpc: &Grpc, metrics: Metrics) -> Server {
    let settings = ServerSettings {
        call_timeout: ANSWER_WITHIN,
        max_calls_in_flight: MAX_CALLS,
        max_connection_age: Some(MAX_CONNECTION_AGE),
        tls: grpc.tls.as_ref().map(|files| Tls {
            certificate: files.certificate.clone(),
            key: files.key.clone(),
            authority: files.client_ca.clone(),
        }),
        reflection: Reflection::Served,
    };
    Server::new(settings, metrics).descriptors(FILE_DESCRIPTOR_SET)
}

/// Lets these callers call these methods: names of certificates, or `loopback`.
#[must_use]
pub fn allow(table: Table, methods: &[&str], callers: &[String]) -> Table {
    let caller = |name: &String| if name == "loopback" { Caller::Loopback } else { Caller::Named(name.clone()) };
    methods.iter().fold(table, |table, method| table.allow(*method, callers.iter().map(caller)))
}

//! The three ports: bound before anything else, so that a taken port is the first thing that is said.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use causeway_grpc::{Caller, Reflection, Server, ServerSettings, Table, Tls};
use causeway_proto::{
    FILE_DESCRIPTOR_SET, ccip::v1::ccip_service_server::CcipServiceServer,
    ops::v1::ops_service_server::OpsServiceServer,
};
use causeway_runtime::{
    config::RawListen,
    http::{Build, Limits, bind, metrics_router, ops_router, serve, with_limits},
    process::Failure,
};
use causeway_telemetry::metrics::Registry;
use tokio::net::TcpListener;

use super::{parts, run::Shared};
use crate::{
    app::reports::Policy,
    config::{Config, SERVICE},
    grpc::{Ccip, Ops},
    http::{Api, Streams, router},
};

/// The longest that a request or a call may take to begin its answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// Calls at once. Each is a look into memory or a few queries.
const MAX_CALLS: usize = 512;

/// Streams move to new replicas within so long.
const MAX_CONNECTION_AGE: Duration = Duration::from_secs(30 * 60);

/// Readers of server-sent events at once.
const MAX_STREAMS: usize = 256;

/// Requests carry nothing; this is for headers gone wrong.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// The methods that change something.
const CHANGING: [&str; 1] = ["causeway.ops.v1.OpsService/RunAction"];

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
    let clock = Arc::clone(&context.clock);
    let draining = context.shutdown.draining.clone();
    let readers = parts::readers(&shared.endpoints);
    let diagnoser = Arc::new(parts::diagnoser(config, &shared.store, &readers, (&shared.lanes, &shared.views), &clock));
    let api = Api {
        views: shared.views.clone(),
        records: shared.store.clone(),
        reports: shared.store.clone(),
        watch: shared.store.clone(),
        diagnoser: Arc::clone(&diagnoser),
        policy: Arc::new(Policy::new(&shared.lanes)),
        clock: Arc::clone(&clock),
        streams: Streams::new(MAX_STREAMS),
        draining: draining.clone(),
    };
    let build = Build { service: SERVICE, version: env!("CARGO_PKG_VERSION"), config_hash: config.hash.clone() };
    let api = with_limits(router(api), Limits { body_bytes: MAX_BODY_BYTES, timeout: ANSWER_WITHIN });
    let pages = ops_router(shared.health.clone(), build).merge(api);
    tasks.spawn("http", |token| serve(listeners.http, pages, token));
    let numbers = metrics_router(Arc::new(registry));
    tasks.spawn("metrics", |token| serve(listeners.metrics, numbers, token));

    let ccip = Ccip {
        views: shared.views.clone(),
        records: shared.store.clone(),
        reports: shared.store.clone(),
        watch: shared.store.clone(),
        diagnoser,
        clock,
        draining: draining.clone(),
    };
    let ops = Ops {
        health: shared.health.clone(),
        alarms: shared.alarms.clone(),
        watch: shared.store.clone(),
        ledger: shared.store.clone(),
        leadership: shared.leadership.clone(),
        instance: config.telemetry.instance.clone(),
        config_hash: config.hash.clone(),
        started: context.started,
        draining: draining.clone(),
    };
    let server = Server::new(settings(config), shared.metrics.grpc.clone())
        .service(CcipServiceServer::new(ccip))
        .service(OpsServiceServer::new(ops))
        .descriptors(FILE_DESCRIPTOR_SET)
        .authorise(table(&config.grpc.operators));

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

fn table(operators: &[String]) -> Table {
    let caller = |name: &String| if name == "loopback" { Caller::Loopback } else { Caller::Named(name.clone()) };
    CHANGING.iter().fold(Table::default(), |table, method| table.allow(*method, operators.iter().map(caller)))
}

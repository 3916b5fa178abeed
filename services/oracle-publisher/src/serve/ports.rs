//! The three ports: bound before anything else, so that a taken port is the first thing that is said, and answering
//! last, when there is something to say.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use causeway_grpc::{Caller, Reflection, Server, ServerSettings, Table, Tls};
use causeway_proto::{
    FILE_DESCRIPTOR_SET, ops::v1::ops_service_server::OpsServiceServer,
    oracle::v1::oracle_service_server::OracleServiceServer,
};
use causeway_runtime::{
    config::RawListen,
    health::Health,
    http::{Build, Limits, bind, metrics_router, ops_router, serve, with_limits},
    process::{Context, Failure},
    task::TaskGroup,
};
use causeway_store::lease::Leadership;
use causeway_telemetry::metrics::Registry;
use tokio::{net::TcpListener, sync::watch};

use crate::{
    adapters::store::Store,
    app::{alerts::Alerts, control::Control, view::Views},
    config::{Config, SERVICE},
    grpc::{Ops, Oracle},
    http::{Api, router},
};

/// The longest that a request or a call may take to begin its answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// Requests carry nothing; this is for headers gone wrong.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Calls at once. Each is a look into memory or one query.
const MAX_CALLS: usize = 512;

/// Streams move to new replicas within so long.
const MAX_CONNECTION_AGE: Duration = Duration::from_secs(30 * 60);

/// The methods that change something.
const CHANGING: [&str; 2] = ["causeway.oracle.v1.OracleService/SetSourceState", "causeway.ops.v1.OpsService/RunAction"];

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

/// What stands behind the ports.
pub(super) struct Doors {
    pub(super) health: Health,
    pub(super) views: Views,
    pub(super) store: Arc<Store>,
    pub(super) alerts: Alerts,
    pub(super) control: Control,
    pub(super) leadership: watch::Receiver<Option<Leadership>>,
    pub(super) grpc_metrics: causeway_grpc::Metrics,
    pub(super) registry: Arc<Registry>,
}

impl Doors {
    pub(super) fn open(
        self,
        listeners: Listeners,
        config: &Config,
        context: &Context,
        tasks: &TaskGroup,
    ) -> Result<(), Failure> {
        let addresses = listeners.addresses()?;
        let clock = Arc::clone(&context.clock);
        let build = Build { service: SERVICE, version: env!("CARGO_PKG_VERSION"), config_hash: config.hash.clone() };
        let api = router(Api { views: self.views.clone(), records: self.store.clone(), clock: Arc::clone(&clock) });
        let api = with_limits(api, Limits { body_bytes: MAX_BODY_BYTES, timeout: ANSWER_WITHIN });
        let pages = ops_router(self.health.clone(), build).merge(api);
        tasks.spawn("http", |token| serve(listeners.http, pages, token));
        let numbers = metrics_router(self.registry);
        tasks.spawn("metrics", |token| serve(listeners.metrics, numbers, token));

        let draining = context.shutdown.draining.clone();
        let oracle = Oracle {
            views: self.views,
            records: self.store.clone(),
            control: self.control.clone(),
            clock,
            chain_id: config.chain.id,
            draining: draining.clone(),
        };
        let ops = Ops {
            health: self.health,
            alerts: self.alerts,
            records: self.store,
            control: self.control,
            leadership: self.leadership,
            instance: config.telemetry.instance.clone(),
            config_hash: config.hash.clone(),
            started: context.started,
            draining: draining.clone(),
        };
        let server = Server::new(settings(config), self.grpc_metrics)
            .service(OracleServiceServer::new(oracle))
            .service(OpsServiceServer::new(ops))
            .descriptors(FILE_DESCRIPTOR_SET)
            .authorise(table(&config.grpc.operators));
        tasks.spawn("grpc", |token| server.serve(listeners.grpc, draining, token));
        for (port, address) in addresses {
            tracing::info!(port, address = %address, "listening");
        }
        Ok(())
    }
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

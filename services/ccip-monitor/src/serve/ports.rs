//! What stands behind the three ports.

use std::sync::Arc;

use axum::Router;
use causeway_grpc::{Server, Table};
use causeway_proto::{ccip::v1::ccip_service_server::CcipServiceServer, ops::v1::ops_service_server::OpsServiceServer};
use causeway_runtime::process::Failure;
use causeway_service::{
    broker::Source,
    ops::Ops,
    ports::{Doors, Listeners, allow, server},
};
use causeway_telemetry::metrics::Registry;

use super::{parts, run::Shared};
use crate::{
    app::{diagnose::Diagnoser, reports::Policy},
    grpc::{Actions, Ccip},
    http::{Api, Streams, router},
};

/// Readers of server-sent events at once.
const MAX_STREAMS: usize = 256;

/// The methods that change something.
const CHANGING: [&str; 2] = ["causeway.ops.v1.OpsService/RunAction", "causeway.ops.v1.OpsService/SetMaintenance"];

/// Opens the doors.
pub(super) fn open(shared: &Shared, registry: Registry, listeners: Listeners) -> Result<(), Failure> {
    let Shared { config, context, tasks, .. } = shared;
    let readers = parts::readers(&shared.endpoints);
    let known = (&shared.lanes, &shared.views);
    let diagnoser = Arc::new(parts::diagnoser(config, &shared.store, &readers, known, &context.clock));
    let doors = Doors {
        health: shared.health.clone(),
        api: rest(shared, &diagnoser),
        grpc: calls(shared, diagnoser),
        registry,
        source: Source {
            events: shared.store.clone(),
            pool: shared.pool.clone(),
            leadership: shared.leadership.clone(),
        },
    };
    listeners.open(doors, &config.base, context, tasks)
}

fn rest(shared: &Shared, diagnoser: &Arc<Diagnoser>) -> Router {
    router(Api {
        views: shared.views.clone(),
        records: shared.store.clone(),
        reports: shared.store.clone(),
        watch: shared.store.clone(),
        diagnoser: Arc::clone(diagnoser),
        policy: Arc::new(Policy::new(&shared.lanes)),
        clock: Arc::clone(&shared.context.clock),
        streams: Streams::new(MAX_STREAMS),
        draining: shared.context.shutdown.draining.clone(),
    })
}

fn calls(shared: &Shared, diagnoser: Arc<Diagnoser>) -> Server {
    let ccip = Ccip {
        views: shared.views.clone(),
        records: shared.store.clone(),
        reports: shared.store.clone(),
        watch: shared.store.clone(),
        diagnoser,
        policy: Arc::new(Policy::new(&shared.lanes)),
        clock: Arc::clone(&shared.context.clock),
        draining: shared.context.shutdown.draining.clone(),
    };
    let ops = Ops::new(
        &shared.config.base,
        &shared.context,
        shared.posts.clone(),
        (shared.health.clone(), shared.alarms.clone()),
        (shared.store.clone(), Arc::new(Actions { ledger: shared.store.clone() })),
    );
    let grpc = &shared.config.base.grpc;
    server(grpc, shared.metrics.grpc.clone())
        .service(CcipServiceServer::new(ccip))
        .service(OpsServiceServer::new(ops))
        .authorise(allow(Table::default(), &CHANGING, &grpc.operators))
}

//! What stands behind the three ports.

use std::sync::Arc;

use axum::Router;
use causeway_grpc::{Server, Table};
use causeway_proto::{
    guard::v1::lease_service_server::LeaseServiceServer, ops::v1::ops_service_server::OpsServiceServer,
};
use causeway_runtime::process::Failure;
use causeway_service::{
    ops::Ops,
    ports::{Doors, Listeners, allow, server},
};
use causeway_telemetry::metrics::Registry;

use super::run::Shared;
use crate::grpc::{Actions, LeaseDoor};

/// What relayers call.
const RELAYERS: [&str; 4] = [
    "causeway.guard.v1.LeaseService/AcquireLease",
    "causeway.guard.v1.LeaseService/ReleaseLease",
    "causeway.guard.v1.LeaseService/ReportOperation",
    "causeway.guard.v1.LeaseService/ReportViolation",
];

/// What whoever is on call may do.
const OPERATORS: [&str; 1] = ["causeway.ops.v1.OpsService/RunAction"];

/// Opens the doors.
pub(super) fn open(shared: &Shared, registry: Registry, listeners: Listeners) -> Result<(), Failure> {
    let doors = Doors { health: shared.health.clone(), api: Router::new(), grpc: calls(shared), registry };
    listeners.open(doors, &shared.config.base, &shared.context, &shared.tasks)
}

fn calls(shared: &Shared) -> Server {
    let Shared { config, guard, store, .. } = shared;
    let ops = Ops::new(
        &config.base,
        &shared.context,
        shared.leadership.clone(),
        (shared.health.clone(), shared.alarms.clone()),
        (store.clone(), Arc::new(Actions { guard: guard.clone() })),
    );
    let grpc = &config.base.grpc;
    let table = allow(Table::default(), &RELAYERS, &config.callers.relayers);
    let table = allow(table, &OPERATORS, &grpc.operators);
    server(grpc, shared.metrics.grpc.clone())
        .service(LeaseServiceServer::new(LeaseDoor::new(guard.clone(), config.caps.clone())))
        .service(OpsServiceServer::new(ops))
        .authorise(table)
}

//! What stands behind the three ports.

use std::sync::Arc;

use causeway_grpc::{Server, Table};
use causeway_proto::{
    guard::v1::{guard_service_server::GuardServiceServer, lease_service_server::LeaseServiceServer},
    ops::v1::ops_service_server::OpsServiceServer,
};
use causeway_runtime::process::Failure;
use causeway_service::{
    broker::Source,
    ops::Ops,
    ports::{Doors, Listeners, allow, server},
};
use causeway_telemetry::metrics::Registry;

use super::run::Shared;
use crate::{
    grpc::{Actions, GuardDoor, LeaseDoor},
    http::{Api, router},
};

/// What relayers call.
const RELAYERS: [&str; 4] = [
    "causeway.guard.v1.LeaseService/AcquireLease",
    "causeway.guard.v1.LeaseService/ReleaseLease",
    "causeway.guard.v1.LeaseService/ReportOperation",
    "causeway.guard.v1.LeaseService/ReportViolation",
];

/// What whoever is on call may do.
const OPERATORS: [&str; 7] = [
    "causeway.guard.v1.GuardService/AcknowledgeIncident",
    "causeway.guard.v1.GuardService/AddIncidentNote",
    "causeway.guard.v1.GuardService/DecideIncident",
    "causeway.guard.v1.GuardService/EvaluateNow",
    "causeway.guard.v1.GuardService/Halt",
    "causeway.ops.v1.OpsService/RunAction",
    "causeway.ops.v1.OpsService/SetMaintenance",
];

/// What few may do.
const APPROVERS: [&str; 6] = [
    "causeway.guard.v1.GuardService/ApproveAdjustment",
    "causeway.guard.v1.GuardService/ApproveResume",
    "causeway.guard.v1.GuardService/ProposeAdjustment",
    "causeway.guard.v1.GuardService/ProposeResume",
    "causeway.guard.v1.GuardService/RefuseAdjustment",
    "causeway.guard.v1.GuardService/RefuseResume",
];

/// Opens the doors.
pub(super) fn open(shared: &Shared, registry: Registry, listeners: Listeners) -> Result<(), Failure> {
    let api = Api { guard: shared.guard.clone(), alarms: shared.alarms.clone(), facts: shared.config.facts() };
    let source =
        Source { events: shared.store.clone(), pool: shared.pool.clone(), leadership: shared.leadership.clone() };
    let doors = Doors { health: shared.health.clone(), api: router(api), grpc: calls(shared), registry, source };
    listeners.open(doors, &shared.config.base, &shared.context, &shared.tasks)
}

fn calls(shared: &Shared) -> Server {
    let Shared { config, guard, store, .. } = shared;
    let ops = Ops::new(
        &config.base,
        &shared.context,
        shared.posts.clone(),
        (shared.health.clone(), shared.alarms.clone()),
        (store.clone(), Arc::new(Actions { guard: guard.clone() })),
    );
    let draining = shared.context.shutdown.draining.clone();
    let door = GuardDoor::new(guard.clone(), shared.alarms.clone(), config.facts(), draining);
    let door = match shared.pauser.clone() {
        Some(pauser) => door.with_pause(pauser),
        None => door,
    };
    let grpc = &config.base.grpc;
    let table = allow(Table::default(), &RELAYERS, &config.callers.relayers);
    let table = allow(table, &OPERATORS, &grpc.operators);
    let table = allow(table, &APPROVERS, &config.callers.approvers);
    server(grpc, shared.metrics.grpc.clone())
        .service(LeaseServiceServer::new(LeaseDoor::new(guard.clone(), shared.metrics.guard.clone())))
        .service(GuardServiceServer::new(door))
        .service(OpsServiceServer::new(ops))
        .authorise(table)
}

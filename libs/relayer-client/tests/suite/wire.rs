//! The generated client and a real server on loopback: leases, halts and reports as bytes.

use std::{sync::Arc, time::Duration};

use causeway_primitives::Scope;
use causeway_proto::guard::v1::{
    self as wire, AcquireLeaseRequest, AcquireLeaseResponse, Operation, ReleaseLeaseRequest, ReleaseLeaseResponse,
    ReportOperationRequest, ReportOperationResponse, ReportViolationRequest, ReportViolationResponse,
    lease_service_client::LeaseServiceClient,
    lease_service_server::{LeaseService, LeaseServiceServer},
};
use causeway_relayer_client::{Guard, Refused, Relayer, Standing};
use causeway_testkit::wait;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::{
    Request, Response, Status,
    transport::{Endpoint, Server},
};

use crate::scripted::{Running, Script, Scripted, every_scope, settings, spend};

struct Served(Scripted);

#[tonic::async_trait]
impl LeaseService for Served {
    async fn acquire_lease(
        &self,
        request: Request<AcquireLeaseRequest>,
    ) -> Result<Response<AcquireLeaseResponse>, Status> {
        self.0.answer(request.into_inner()).await.map(Response::new)
    }

    async fn release_lease(
        &self,
        request: Request<ReleaseLeaseRequest>,
    ) -> Result<Response<ReleaseLeaseResponse>, Status> {
        self.0.release_lease(request.into_inner()).await?;
        Ok(Response::new(ReleaseLeaseResponse {}))
    }

    async fn report_operation(
        &self,
        request: Request<ReportOperationRequest>,
    ) -> Result<Response<ReportOperationResponse>, Status> {
        self.0.taken(request.into_inner()).map(Response::new)
    }

    async fn report_violation(
        &self,
        request: Request<ReportViolationRequest>,
    ) -> Result<Response<ReportViolationResponse>, Status> {
        self.0.violated(request.into_inner()).map(Response::new)
    }
}

async fn connected(guard: &Scripted) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::builder().add_service(LeaseServiceServer::new(Served(guard.clone())));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    let channel = Endpoint::from_shared(address).unwrap().connect_lazy();
    let client: Arc<dyn Guard> = Arc::new(LeaseServiceClient::new(channel));
    let (relayer, worker) = Relayer::new(settings(every_scope()), vec![client]).unwrap();
    let stop = CancellationToken::new();
    let worker = tokio::spawn(worker.run(stop.clone()));
    Running { relayer, stop, worker }
}

#[tokio::test]
async fn grd_13_a_lease_a_signature_a_broadcast_and_a_halt_over_the_wire() {
    let guard = Scripted::new(Script::Grant { epoch: 1, ttl: Duration::from_secs(90) });
    let running = connected(&guard).await;
    running.granted(Scope::Settlement).await;
    let permit = running.relayer.permit(Scope::Settlement, spend(5)).unwrap();
    let signed = permit.check().unwrap().seal(vec![1, 2, 3]);
    let sent = signed.broadcast(|raw, authority| async move { (raw, authority.epoch) }).await;
    assert_eq!(sent, Ok((vec![1, 2, 3], 1)));

    guard.now(Script::Halted { scope: wire::Scope::All, epoch: 1 });
    running.until(Scope::Settlement, |standing| matches!(standing, Standing::Refused(Refused::Halted { .. }))).await;
    running.stop.cancel();
    running.worker.await.unwrap();
}

#[tokio::test]
async fn grd_6_operations_and_violations_arrive_as_they_were_reported() {
    let guard = Scripted::new(Script::Grant { epoch: 1, ttl: Duration::from_secs(90) });
    let running = connected(&guard).await;
    let operation = Operation {
        operation_id: "o-1".into(),
        kind: wire::OperationKind::BatchCreated.into(),
        outcome: wire::OperationOutcome::Succeeded.into(),
        batch_number: Some(7),
        ..Default::default()
    };
    running.relayer.report(operation.clone()).unwrap();
    running.relayer.report_violation(ReportViolationRequest { report_id: "v-1".into(), ..Default::default() }).unwrap();
    let halted = |standing: &Standing| matches!(standing, Standing::Refused(Refused::Halted { .. }));
    running.until(Scope::BatchCreation, halted).await;
    wait::told("a report", guard.seen.subscribe(), |seen| !seen.operations.is_empty()).await;
    let seen = guard.seen.borrow();
    assert_eq!((seen.operations[0].holder.as_str(), &seen.operations[0].operations[0]), ("relayer-0", &operation));
    assert_eq!(seen.violations[0].report_id, "v-1");
}

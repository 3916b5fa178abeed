//! `causeway.guard.v1.LeaseService`.

use causeway_grpc::{Code, Refusal};
use causeway_proto::guard::v1::{
    AcquireLeaseRequest, AcquireLeaseResponse, ReleaseLeaseRequest, ReleaseLeaseResponse, ReportOperationRequest,
    ReportOperationResponse, ReportViolationRequest, ReportViolationResponse, ViolationKind,
    lease_service_server::LeaseService,
};
use causeway_telemetry::Chain;
use tonic::{Request, Response, Status};

use super::convert;
use crate::{
    adapters::store::Operation,
    app::Guard,
    domain::lease,
    metrics::{Done, Metrics},
};

/// The longest sentence of a report.
const DETAIL: usize = 1_000;

/// The relayer's side of a guard.
#[derive(Debug, Clone)]
pub struct LeaseDoor {
    guard: Guard,
    metrics: Metrics,
}

impl LeaseDoor {
    /// The door of a guard, and where each reported operation is counted once.
    pub const fn new(guard: Guard, metrics: Metrics) -> Self {
        Self { guard, metrics }
    }

    fn count(&self, operation: &Operation) {
        if let Some(done) = done(operation) {
            self.metrics.done(done, operation.things, operation.duration);
        }
    }
}

#[tonic::async_trait]
impl LeaseService for LeaseDoor {
    async fn acquire_lease(
        &self,
        request: Request<AcquireLeaseRequest>,
    ) -> Result<Response<AcquireLeaseResponse>, Status> {
        let AcquireLeaseRequest { holder, scope, request_id, known_epoch } = request.into_inner();
        convert::uuid("request_id", &request_id)?;
        let wish = lease::Request { holder: convert::holder(&holder)?, scope: convert::scope(scope)?, known_epoch };
        let answer = self.guard.acquire(&wish).await;
        Ok(Response::new(convert::answer(request_id, answer)))
    }

    async fn release_lease(
        &self,
        request: Request<ReleaseLeaseRequest>,
    ) -> Result<Response<ReleaseLeaseResponse>, Status> {
        let ReleaseLeaseRequest { holder, scope, epoch, sequence } = request.into_inner();
        let (holder, scope) = (convert::holder(&holder)?, convert::scope(scope)?);
        self.guard.give_back(scope, &holder, (epoch, sequence)).await.map_err(|error| unavailable(&error))?;
        Ok(Response::new(ReleaseLeaseResponse {}))
    }

    async fn report_operation(
        &self,
        request: Request<ReportOperationRequest>,
    ) -> Result<Response<ReportOperationResponse>, Status> {
        let ReportOperationRequest { holder, operations } = request.into_inner();
        let (holder, operations) = (convert::holder(&holder)?, convert::operations(&operations)?);
        let taken = self.guard.take_operations(&holder, &operations).await.map_err(|error| unavailable(&error))?;
        operations.iter().filter(|operation| taken.contains(&operation.id)).for_each(|operation| self.count(operation));
        Ok(Response::new(ReportOperationResponse { taken: u32::try_from(taken.len()).unwrap_or(u32::MAX) }))
    }

    async fn report_violation(
        &self,
        request: Request<ReportViolationRequest>,
    ) -> Result<Response<ReportViolationResponse>, Status> {
        let told = request.into_inner();
        let (report, holder) = (convert::uuid("report_id", &told.report_id)?, convert::holder(&told.holder)?);
        if told.detail.chars().count() > DETAIL {
            return Err(Refusal::field("detail", format!("at most {DETAIL} characters")).into());
        }
        match told.kind() {
            ViolationKind::Unspecified => {
                return Err(Refusal::field("kind", "one of the kinds of the contract").into());
            }
            ViolationKind::UniqueConstraint => self.guard.batch_refused(report, &holder, &told.detail).await,
            ViolationKind::ProofRejected | ViolationKind::NonceDesync | ViolationKind::BooksDisagree => {}
        }
        tracing::warn!(%report, %holder, kind = told.kind().as_str_name(), detail = told.detail, "violation reported");
        self.guard.wake();
        self.guard.record_report(report, &holder, told.kind().as_str_name(), &told.detail).await;
        let unreadable = || Refusal::new(Code::Unavailable, "LATCH_UNREADABLE", "what is halted cannot be read");
        let halted = self.guard.halted().await.ok_or_else(unreadable)?;
        Ok(Response::new(ReportViolationResponse { halted: convert::halted(&halted) }))
    }
}

/// What worked, by the operators' metrics; claims of minting, broadcasts and calls have none there.
fn done(operation: &Operation) -> Option<Done> {
    match (operation.kind, operation.outcome) {
        ("index_cycle", "succeeded") => Some(Done::IndexCycle),
        ("batch_created", "succeeded") => Some(Done::BatchCreated),
        ("batch_anchored", "succeeded") => Some(Done::BatchAnchored),
        ("withdrawal_claimed", "succeeded") => Some(Done::WithdrawalClaimed),
        ("proof_verified", "succeeded") => Some(Done::ProofVerified),
        _ => None,
    }
}

/// Nothing of the cause leaves the process.
fn unavailable(error: &causeway_store::Error) -> Status {
    tracing::error!(error = %Chain(error), "store failed");
    Refusal::new(Code::Unavailable, "STORE_UNAVAILABLE", "the guard's store does not answer").into()
}

//! The guard as the client sees it: four calls. The generated client is one, over whatever transport it has.

use std::sync::Arc;

use async_trait::async_trait;
use causeway_proto::guard::v1::{
    AcquireLeaseRequest, AcquireLeaseResponse, ReleaseLeaseRequest, ReportOperationRequest, ReportOperationResponse,
    ReportViolationRequest, ReportViolationResponse, lease_service_client::LeaseServiceClient,
};
use tonic::{
    Status,
    body::Body,
    client::GrpcService,
    codegen::{Body as HttpBody, Bytes, StdError},
};

/// One replica of a guard. Calls need no bound of their own: the library puts one on each.
#[async_trait]
pub trait Guard: Send + Sync + 'static {
    /// Asks for a lease.
    ///
    /// # Errors
    /// Whatever the transport or the server says instead of an answer.
    async fn acquire_lease(&self, request: AcquireLeaseRequest) -> Result<AcquireLeaseResponse, Status>;

    /// Gives a lease back.
    ///
    /// # Errors
    /// As above.
    async fn release_lease(&self, request: ReleaseLeaseRequest) -> Result<(), Status>;

    /// Tells what was done.
    ///
    /// # Errors
    /// As above.
    async fn report_operation(&self, request: ReportOperationRequest) -> Result<ReportOperationResponse, Status>;

    /// Tells what must not be.
    ///
    /// # Errors
    /// As above.
    async fn report_violation(&self, request: ReportViolationRequest) -> Result<ReportViolationResponse, Status>;
}

/// The replicas of one guard, as they are now, in the order in which they are asked: where they are found by a name, they come
/// and go.
pub trait Guards: Send + Sync + 'static {
    /// At least one; asked for before each round.
    fn now(&self) -> Vec<Arc<dyn Guard>>;
}

impl Guards for Vec<Arc<dyn Guard>> {
    fn now(&self) -> Self {
        self.clone()
    }
}

#[async_trait]
impl<T> Guard for LeaseServiceClient<T>
where
    T: GrpcService<Body> + Clone + Send + Sync + 'static,
    T::Error: Into<StdError>,
    T::Future: Send,
    T::ResponseBody: HttpBody<Data = Bytes> + Send + 'static,
    <T::ResponseBody as HttpBody>::Error: Into<StdError> + Send,
{
    async fn acquire_lease(&self, request: AcquireLeaseRequest) -> Result<AcquireLeaseResponse, Status> {
        Self::acquire_lease(&mut self.clone(), request).await.map(tonic::Response::into_inner)
    }

    async fn release_lease(&self, request: ReleaseLeaseRequest) -> Result<(), Status> {
        Self::release_lease(&mut self.clone(), request).await.map(drop)
    }

    async fn report_operation(&self, request: ReportOperationRequest) -> Result<ReportOperationResponse, Status> {
        Self::report_operation(&mut self.clone(), request).await.map(tonic::Response::into_inner)
    }

    async fn report_violation(&self, request: ReportViolationRequest) -> Result<ReportViolationResponse, Status> {
        Self::report_violation(&mut self.clone(), request).await.map(tonic::Response::into_inner)
    }
}

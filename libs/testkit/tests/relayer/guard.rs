//! A guard that follows a script, on a real socket. It stands in for the guard because these tests want refusals and
//! silences at will; what a real one answers is tested with it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use alloy::primitives::U256;
use causeway_proto::{
    guard::v1::{
        self as wire, AcquireLeaseRequest, AcquireLeaseResponse, Cap, HaltedScope, Lease, LeaseRefusal,
        LeaseRefusalReason, Operation, ReleaseLeaseRequest, ReleaseLeaseResponse, ReportOperationRequest,
        ReportOperationResponse, ReportViolationRequest, ReportViolationResponse, Scope,
        acquire_lease_response::Answer,
        lease_service_server::{LeaseService, LeaseServiceServer},
    },
    types::v1::BigInteger,
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// What it does when it is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Script {
    /// Grants what no halt covers.
    Grant,
    /// Is not there.
    Down,
}

#[derive(Debug)]
struct State {
    script: Script,
    ttl: Duration,
    epoch: u64,
    sequence: u64,
    cap: U256,
    halted: Vec<HaltedScope>,
    operations: Vec<Operation>,
    violations: Vec<ReportViolationRequest>,
    released: usize,
}

/// Clones share everything. The server ends with the last one.
#[derive(Debug, Clone)]
pub(crate) struct Guard {
    pub(crate) address: String,
    state: Arc<Mutex<State>>,
    _server: Arc<JoinSet<()>>,
}

impl Guard {
    /// One that grants leases of this length.
    pub(crate) async fn start(ttl: Duration) -> Self {
        let state = State {
            script: Script::Grant,
            ttl,
            epoch: 1,
            sequence: 0,
            cap: U256::MAX,
            halted: Vec::new(),
            operations: Vec::new(),
            violations: Vec::new(),
            released: 0,
        };
        let state = Arc::new(Mutex::new(state));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let served = Server::builder().add_service(LeaseServiceServer::new(Served(Arc::clone(&state))));
        let mut server = JoinSet::new();
        server.spawn(async move { served.serve_with_incoming(TcpListenerStream::new(listener)).await.unwrap() });
        Self { address, state, _server: Arc::new(server) }
    }

    pub(crate) fn now(&self, script: Script) {
        self.state.lock().unwrap().script = script;
    }

    pub(crate) fn cap(&self, cap: U256) {
        self.state.lock().unwrap().cap = cap;
    }

    /// Halts a scope in the present epoch.
    pub(crate) fn halt(&self, scope: Scope) {
        let mut state = self.state.lock().unwrap();
        let epoch = state.epoch;
        state.halted.push(HaltedScope { scope: scope.into(), halt_id: format!("halt-{epoch}"), epoch });
    }

    /// Releases every halt: a new epoch.
    pub(crate) fn release(&self) {
        let mut state = self.state.lock().unwrap();
        state.epoch += 1;
        state.halted.clear();
    }

    /// Forgets every halt without a new epoch: what no guard may ever do, and what a relayer must survive.
    pub(crate) fn forget(&self) {
        self.state.lock().unwrap().halted.clear();
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.state.lock().unwrap().epoch
    }

    pub(crate) fn operations(&self) -> Vec<Operation> {
        self.state.lock().unwrap().operations.clone()
    }

    pub(crate) fn violations(&self) -> Vec<ReportViolationRequest> {
        self.state.lock().unwrap().violations.clone()
    }

    pub(crate) fn released(&self) -> usize {
        self.state.lock().unwrap().released
    }
}

struct Served(Arc<Mutex<State>>);

impl Served {
    fn state(&self) -> Result<std::sync::MutexGuard<'_, State>, Status> {
        let state = self.0.lock().unwrap();
        match state.script {
            Script::Grant => Ok(state),
            Script::Down => Err(Status::unavailable("down")),
        }
    }
}

#[tonic::async_trait]
impl LeaseService for Served {
    async fn acquire_lease(
        &self,
        request: Request<AcquireLeaseRequest>,
    ) -> Result<Response<AcquireLeaseResponse>, Status> {
        let AcquireLeaseRequest { scope, request_id, .. } = request.into_inner();
        let mut state = self.state()?;
        state.sequence += 1;
        let is_halted =
            state.halted.iter().any(|halt| halt.scope == scope || halt.scope == i32::from(wire::Scope::All));
        let answer = if is_halted {
            Answer::Refusal(LeaseRefusal {
                reason: LeaseRefusalReason::Halted.into(),
                detail: "halted by a script".to_owned(),
                epoch: state.epoch,
                halted: state.halted.clone(),
                retry_after: None,
            })
        } else {
            let cap = BigInteger { value: state.cap.to_string() };
            Answer::Lease(Lease {
                epoch: state.epoch,
                sequence: state.sequence,
                verdict_id: "a-pass".to_owned(),
                scope,
                ttl_ms: u32::try_from(state.ttl.as_millis()).unwrap(),
                caps: vec![Cap {
                    asset: "sigil".to_owned(),
                    max_per_operation: Some(cap.clone()),
                    max_total: Some(cap),
                }],
                probation: false,
            })
        };
        Ok(Response::new(AcquireLeaseResponse { request_id, answer: Some(answer) }))
    }

    async fn release_lease(
        &self,
        _request: Request<ReleaseLeaseRequest>,
    ) -> Result<Response<ReleaseLeaseResponse>, Status> {
        self.state()?.released += 1;
        Ok(Response::new(ReleaseLeaseResponse {}))
    }

    async fn report_operation(
        &self,
        request: Request<ReportOperationRequest>,
    ) -> Result<Response<ReportOperationResponse>, Status> {
        let operations = request.into_inner().operations;
        let taken = u32::try_from(operations.len()).unwrap();
        self.state()?.operations.extend(operations);
        Ok(Response::new(ReportOperationResponse { taken }))
    }

    async fn report_violation(
        &self,
        request: Request<ReportViolationRequest>,
    ) -> Result<Response<ReportViolationResponse>, Status> {
        let mut state = self.state()?;
        state.violations.push(request.into_inner());
        Ok(Response::new(ReportViolationResponse { halted: state.halted.clone() }))
    }
}

//! A guard that answers what a test says, and remembers what it was asked. It is a stand-in for the other side of the
//! wire, not for anything of this library.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use causeway_primitives::Scope;
use causeway_proto::{
    guard::v1::{
        self as wire, AcquireLeaseRequest, AcquireLeaseResponse, Lease, LeaseRefusal, LeaseRefusalReason,
        ReleaseLeaseRequest, ReportOperationRequest, ReportOperationResponse, ReportViolationRequest,
        ReportViolationResponse, acquire_lease_response::Answer,
    },
    types::v1::BigInteger,
};
use causeway_relayer_client::{Amount, Guard, Relayer, Settings, Spend, Standing};
use causeway_testkit::wait;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// What the guard does when it is asked.
#[derive(Debug, Clone)]
pub(crate) enum Script {
    /// Grants, with sequences that count up.
    Grant { epoch: u64, ttl: Duration },
    /// Refuses and names what is halted.
    Halted { scope: wire::Scope, epoch: u64 },
    /// Refuses for another reason.
    Refuse(LeaseRefusalReason),
    /// Answers only after so long: as a grant.
    Slow { epoch: u64, ttl: Duration, after: Duration },
    /// Is not there.
    Down,
    /// Never answers.
    Hang,
    /// Answers another request.
    Confused,
}

#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) acquires: Vec<AcquireLeaseRequest>,
    pub(crate) releases: Vec<ReleaseLeaseRequest>,
    pub(crate) operations: Vec<ReportOperationRequest>,
    pub(crate) violations: Vec<ReportViolationRequest>,
}

/// Clones share script and memory.
#[derive(Debug, Clone)]
pub(crate) struct Scripted {
    script: Arc<Mutex<Script>>,
    pub(crate) seen: watch::Sender<Seen>,
}

impl Scripted {
    pub(crate) fn new(script: Script) -> Self {
        Self { script: Arc::new(Mutex::new(script)), seen: watch::Sender::default() }
    }

    pub(crate) fn now(&self, script: Script) {
        *self.script.lock().unwrap() = script;
    }

    pub(crate) fn asked(&self) -> usize {
        self.seen.borrow().acquires.len()
    }

    /// Waits until it was asked so often.
    pub(crate) async fn is_asked(&self, times: usize) {
        let enough = |seen: &Seen| seen.acquires.len() >= times;
        wait::told(&format!("{times} questions"), self.seen.subscribe(), enough).await;
    }

    pub(crate) async fn answer(&self, request: AcquireLeaseRequest) -> Result<AcquireLeaseResponse, Status> {
        let mut sequence = 0;
        self.seen.send_modify(|seen| {
            seen.acquires.push(request.clone());
            sequence = u64::try_from(seen.acquires.len()).unwrap();
        });
        let script = self.script.lock().unwrap().clone();
        let lease = |epoch, ttl| Answer::Lease(lease(request.scope, epoch, sequence, ttl));
        let mut request_id = request.request_id.clone();
        let answer = match script {
            Script::Grant { epoch, ttl } => lease(epoch, ttl),
            Script::Slow { epoch, ttl, after } => {
                tokio::time::sleep(after).await;
                lease(epoch, ttl)
            }
            Script::Halted { scope, epoch } => {
                Answer::Refusal(refusal(LeaseRefusalReason::Halted, vec![halted(scope, epoch)]))
            }
            Script::Refuse(reason) => Answer::Refusal(refusal(reason, Vec::new())),
            Script::Down => return Err(Status::unavailable("down")),
            Script::Hang => std::future::pending().await,
            Script::Confused => {
                request_id = "another".to_owned();
                lease(9, Duration::from_secs(60))
            }
        };
        Ok(AcquireLeaseResponse { request_id, answer: Some(answer) })
    }

    pub(crate) fn taken(&self, request: ReportOperationRequest) -> Result<ReportOperationResponse, Status> {
        self.reachable()?;
        let taken = u32::try_from(request.operations.len()).unwrap();
        self.seen.send_modify(|seen| seen.operations.push(request));
        Ok(ReportOperationResponse { taken })
    }

    /// Halts batch creation, as a guard does.
    pub(crate) fn violated(&self, request: ReportViolationRequest) -> Result<ReportViolationResponse, Status> {
        self.reachable()?;
        self.seen.send_modify(|seen| seen.violations.push(request));
        Ok(ReportViolationResponse { halted: vec![halted(wire::Scope::BatchCreation, 1)] })
    }

    fn reachable(&self) -> Result<(), Status> {
        let down = matches!(*self.script.lock().unwrap(), Script::Down);
        if down { Err(Status::unavailable("down")) } else { Ok(()) }
    }
}

#[async_trait]
impl Guard for Scripted {
    async fn acquire_lease(&self, request: AcquireLeaseRequest) -> Result<AcquireLeaseResponse, Status> {
        self.answer(request).await
    }

    async fn release_lease(&self, request: ReleaseLeaseRequest) -> Result<(), Status> {
        self.seen.send_modify(|seen| seen.releases.push(request));
        Ok(())
    }

    async fn report_operation(&self, request: ReportOperationRequest) -> Result<ReportOperationResponse, Status> {
        self.taken(request)
    }

    async fn report_violation(&self, request: ReportViolationRequest) -> Result<ReportViolationResponse, Status> {
        self.violated(request)
    }
}

fn lease(scope: i32, epoch: u64, sequence: u64, ttl: Duration) -> Lease {
    let number = |value: &str| Some(BigInteger { value: value.to_owned() });
    let cap = wire::Cap { asset: "sigil".into(), max_per_operation: number("100"), max_total: number("1000") };
    let ttl_ms = u32::try_from(ttl.as_millis()).unwrap();
    Lease { epoch, sequence, verdict_id: "v".into(), scope, ttl_ms, caps: vec![cap], probation: false }
}

fn refusal(reason: LeaseRefusalReason, halted: Vec<wire::HaltedScope>) -> LeaseRefusal {
    LeaseRefusal { reason: reason.into(), detail: "scripted".into(), epoch: 1, halted, retry_after: None }
}

fn halted(scope: wire::Scope, epoch: u64) -> wire::HaltedScope {
    wire::HaltedScope { scope: scope.into(), halt_id: "halt-1".into(), epoch }
}

/// A relayer with its worker running.
pub(crate) struct Running {
    pub(crate) relayer: Relayer,
    pub(crate) stop: CancellationToken,
    pub(crate) worker: JoinHandle<()>,
}

impl Running {
    pub(crate) fn start(settings: Settings, guards: &[Scripted]) -> Self {
        let guards = guards.iter().map(|guard| Arc::new(guard.clone()) as Arc<dyn Guard>).collect();
        let (relayer, worker) = Relayer::new(settings, guards).unwrap();
        let stop = CancellationToken::new();
        let worker = tokio::spawn(worker.run(stop.clone()));
        Self { relayer, stop, worker }
    }

    /// Waits until a scope stands as the test wants it.
    pub(crate) async fn until(&self, scope: Scope, wanted: impl Fn(&Standing) -> bool) {
        let mut changes = self.relayer.changes();
        let reached = async {
            while !wanted(&self.relayer.standing(scope)) {
                changes.changed().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(30), reached).await.expect("the standing that the test waits for");
    }

    pub(crate) async fn granted(&self, scope: Scope) {
        self.until(scope, |standing| matches!(standing, Standing::Granted { .. })).await;
    }
}

pub(crate) fn settings(scopes: impl IntoIterator<Item = Scope>) -> Settings {
    Settings { margin: Duration::ZERO, ..Settings::new("relayer-0".parse().unwrap(), scopes) }
}

pub(crate) fn every_scope() -> BTreeSet<Scope> {
    BTreeSet::from([Scope::BatchCreation, Scope::Settlement])
}

pub(crate) fn spend(units: u64) -> Spend {
    Spend::Of(Amount { asset: "sigil".parse().unwrap(), units: causeway_primitives::U256::from(units) })
}

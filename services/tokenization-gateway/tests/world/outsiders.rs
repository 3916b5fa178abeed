//! The gateway's neighbours as tests move them: a guard behind the real library of leases, and an oracle.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use causeway_primitives::{FeedId, RoundId};
use causeway_proto::{
    guard::v1::{
        AcquireLeaseRequest, AcquireLeaseResponse, Cap, HaltedScope, Lease, LeaseRefusal, LeaseRefusalReason,
        ReleaseLeaseRequest, ReportOperationRequest, ReportOperationResponse, ReportViolationRequest,
        ReportViolationResponse, acquire_lease_response::Answer,
    },
    types::v1::BigInteger,
};
use causeway_relayer_client::{Guard, Relayer, Settings, Worker};
use causeway_testkit::wait::eventually;
use tokenization_gateway::{
    adapters::guard::SCOPE,
    domain::valuation::{Quote, Valuation},
    ports::Oracle,
};
use tokio::time::Instant;
use tonic::Status;

/// How the guard stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Temper {
    /// It grants, up to so many units for one movement.
    Grants { cap: u64 },
    /// Tokenization is halted.
    Halted,
    /// It is not there.
    Down,
}

/// The other side of the wire: what the guard says. Everything on this side is the real library.
#[derive(Debug)]
struct State {
    temper: Temper,
    epoch: u64,
    sequence: u64,
    /// Who has leave, and until when nobody else gets it.
    held: Option<(String, Instant)>,
    /// Everybody who ever asked.
    asked: BTreeSet<String>,
}

/// How long leave is good for.
const TTL: Duration = Duration::from_secs(2);

/// A guard that a test moves. Clones are one.
#[derive(Debug, Clone)]
pub(super) struct Replica(Arc<Mutex<State>>);

impl Replica {
    pub(super) fn new(temper: Temper) -> Self {
        Self(Arc::new(Mutex::new(State { temper, epoch: 1, sequence: 0, held: None, asked: BTreeSet::new() })))
    }

    /// From now on. A halt that ends makes a new epoch, as in the guard.
    pub(super) fn now(&self, temper: Temper) {
        let mut state = self.0.lock().unwrap();
        if state.temper == Temper::Halted && temper != Temper::Halted {
            state.epoch += 1;
        }
        state.temper = temper;
    }

    /// From now on, and whoever holds leave knows it: an answer was taken before the next question is asked.
    pub(super) async fn known_to_be(&self, temper: Temper) {
        self.now(temper);
        let asked = || self.0.lock().unwrap().sequence;
        let since = asked();
        eventually("leave is asked for twice", async || asked() >= since + 2).await;
    }

    /// Everybody who ever asked for leave.
    pub(super) fn asked(&self) -> BTreeSet<String> {
        self.0.lock().unwrap().asked.clone()
    }

    /// A holder gave back what it had.
    pub(super) fn returned(&self, holder: &str) {
        self.0.lock().unwrap().held.take_if(|(held_by, _)| held_by == holder);
    }

    /// Leases of it, renewed by the worker as fast as a test wants to see a change.
    pub(super) fn leases(&self) -> (Relayer, Worker) {
        let mut settings = Settings::new("gateway-0".parse().unwrap(), [SCOPE]);
        settings.renew_every = Duration::from_millis(20);
        Relayer::new(settings, vec![Arc::new(self.clone())]).unwrap()
    }
}

#[async_trait]
impl Guard for Replica {
    async fn acquire_lease(&self, request: AcquireLeaseRequest) -> Result<AcquireLeaseResponse, Status> {
        let mut state = self.0.lock().unwrap();
        state.sequence += 1;
        state.asked.insert(request.holder.clone());
        // As in the guard, leave is one holder's until it is over.
        let rival = state.held.as_ref().is_some_and(|(by, until)| *by != request.holder && Instant::now() < *until);
        let refused = |reason: LeaseRefusalReason, halted| {
            Answer::Refusal(LeaseRefusal {
                reason: reason.into(),
                detail: String::new(),
                epoch: state.epoch,
                halted,
                retry_after: None,
            })
        };
        let number = |value: u64| Some(BigInteger { value: value.to_string() });
        let answer = match state.temper {
            Temper::Down => return Err(Status::unavailable("down")),
            Temper::Halted => refused(
                LeaseRefusalReason::Halted,
                vec![HaltedScope { scope: request.scope, halt_id: "halt".into(), epoch: state.epoch }],
            ),
            Temper::Grants { .. } if rival => refused(LeaseRefusalReason::HeldByAnother, Vec::new()),
            Temper::Grants { cap } => {
                state.held = Some((request.holder, Instant::now() + TTL));
                Answer::Lease(Lease {
                    epoch: state.epoch,
                    sequence: state.sequence,
                    verdict_id: "verdict".into(),
                    scope: request.scope,
                    ttl_ms: u32::try_from(TTL.as_millis()).unwrap(),
                    caps: vec![Cap {
                        asset: "eur".into(),
                        max_per_operation: number(cap),
                        max_total: number(u64::MAX),
                    }],
                    probation: false,
                })
            }
        };
        Ok(AcquireLeaseResponse { request_id: request.request_id, answer: Some(answer) })
    }

    async fn release_lease(&self, request: ReleaseLeaseRequest) -> Result<(), Status> {
        self.returned(&request.holder);
        Ok(())
    }

    async fn report_operation(&self, request: ReportOperationRequest) -> Result<ReportOperationResponse, Status> {
        Ok(ReportOperationResponse { taken: u32::try_from(request.operations.len()).unwrap() })
    }

    async fn report_violation(&self, _request: ReportViolationRequest) -> Result<ReportViolationResponse, Status> {
        Ok(ReportViolationResponse { halted: Vec::new() })
    }
}

/// An oracle that says what a test wants it to say.
#[derive(Debug)]
pub(super) struct Prices(Mutex<Quote>);

impl Prices {
    pub(super) fn new(quote: Quote) -> Self {
        Self(Mutex::new(quote))
    }

    pub(super) fn now(&self, quote: Quote) {
        *self.0.lock().unwrap() = quote;
    }
}

#[async_trait]
impl Oracle for Prices {
    async fn quote(&self, _feed: &FeedId) -> Quote {
        self.0.lock().unwrap().clone()
    }
}

/// A price of three venues, as old as this.
pub(super) fn fresh(age: Duration) -> Quote {
    Quote::Fresh(Valuation {
        feed: "eur-usd".parse().unwrap(),
        round: RoundId::new(42),
        price: "1.0716".parse().unwrap(),
        age,
        venues: 3,
    })
}

//! The background: asks for leases, learns of halts, delivers reports. The only thing here that talks to a guard.
//!
//! Each call has a bound, and guards are asked in turn. It decides nothing: what an answer allows is in `clearance`.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_primitives::Scope;
use causeway_proto::guard::v1::{
    AcquireLeaseRequest, LeaseRefusalReason, Operation, ReleaseLeaseRequest, ReportOperationRequest,
    ReportViolationRequest,
};
use futures_util::future::{join, join_all};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use crate::{
    answer::{self, Answer, Refusal},
    guard::{Guard, Guards},
    relayer::{NotTaken, Settings, Shared},
    report::Inbox,
};

/// How often a batch of operations is offered to the guards before it is given up.
const OFFERS: u32 = 5;
/// The pause between two offers.
const OFFER_PAUSE: Duration = Duration::from_secs(1);
/// A guard may ask for a pause, but not for one in which a halt would go unnoticed for long.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Keeps a relayer's leases until it is told to stop. Without it nothing is permitted.
pub struct Worker {
    shared: Arc<Shared>,
    settings: Settings,
    guards: Box<dyn Guards>,
    inbox: Inbox,
}

/// What to do after an answer, or after none.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// This guard has spoken; ask again after so long.
    Wait(Duration),
    /// Another replica may know better.
    AskAnother,
}

impl Worker {
    pub(crate) fn new(shared: Arc<Shared>, settings: Settings, guards: Box<dyn Guards>, inbox: Inbox) -> Self {
        Self { shared, settings, guards, inbox }
    }

    /// Runs until the token is cancelled; then nothing is permitted any more and the leases are given back.
    pub async fn run(self, stop: CancellationToken) {
        let (_always, acting) = watch::channel(());
        self.run_while(acting, |()| true, stop).await;
    }

    /// As [`Self::run`], for one of several replicas of which one acts: leases are asked for only while it is this one, and
    /// given back when it is not any more. A standby that held what the acting one needs would stop both.
    pub async fn run_while<T>(self, acting: watch::Receiver<T>, acts: impl Fn(&T) -> bool, stop: CancellationToken) {
        let Self { shared, settings, guards, mut inbox } = self;
        let line = Line { shared, settings, guards };
        let reports = async {
            join(line.deliver_violations(&mut inbox.violations), line.deliver_operations(&mut inbox.operations)).await;
            std::future::pending().await
        };
        tokio::select! {
            () = line.serve_terms(acting, acts, &stop) => {}
            () = reports => {}
        }
        line.give_back(line.shared.stop()).await;
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// The line to the guards.
struct Line {
    shared: Arc<Shared>,
    settings: Settings,
    guards: Box<dyn Guards>,
}

impl Line {
    /// Keeps leases in one term after the other, until it is told to stop or nobody says any more who acts.
    async fn serve_terms<T>(
        &self,
        mut acting: watch::Receiver<T>,
        acts: impl Fn(&T) -> bool,
        stop: &CancellationToken,
    ) {
        let acts = &acts;
        loop {
            let begun = async { acting.wait_for(acts).await.is_ok() };
            if stop.run_until_cancelled(begun).await != Some(true) {
                return;
            }
            let term = CancellationToken::new();
            let renewals = join_all(self.settings.scopes.iter().map(|scope| self.keep(*scope, &term)));
            let over = async {
                let over = acting.wait_for(|value| !acts(value)).await.is_ok();
                term.cancel();
                over
            };
            match stop.run_until_cancelled(join(over, renewals)).await {
                Some((true, _)) => self.give_back(self.shared.rest()).await,
                Some((false, _)) | None => return,
            }
        }
    }

    /// Keeps the lease for one scope until the term is over. What is asked then is answered first: a lease that is granted to
    /// somebody who does not listen any more is given back by nobody.
    async fn keep(&self, scope: Scope, term: &CancellationToken) {
        let mut told = Told::default();
        let mut turn = 0;
        while !term.is_cancelled() {
            let pause = self.round(scope, &mut turn, &mut told).await;
            let _ = term.run_until_cancelled(tokio::time::sleep(jittered(pause))).await;
        }
    }

    /// Asks until a guard has spoken, each of them once at most, beginning with the one that spoke last.
    async fn round(&self, scope: Scope, turn: &mut usize, told: &mut Told) -> Duration {
        let guards = self.guards.now();
        for _ in &guards {
            let index = *turn % guards.len().max(1);
            let Some(guard) = guards.get(index) else { break };
            match self.ask(guard.as_ref(), scope, told).await {
                Next::Wait(pause) => return pause,
                Next::AskAnother => *turn = index.wrapping_add(1),
            }
        }
        self.settings.renew_every
    }

    async fn ask(&self, guard: &dyn Guard, scope: Scope, told: &mut Told) -> Next {
        let request = AcquireLeaseRequest {
            holder: self.settings.holder.to_string(),
            scope: answer::to_wire(scope).into(),
            request_id: uuid::Uuid::new_v4().to_string(),
            known_epoch: self.shared.epoch(),
        };
        // Before the call and not behind it: rule 1.
        let sent = Instant::now();
        let response = match self.bounded(guard.acquire_lease(request.clone())).await {
            Ok(response) => response,
            Err(status) => return told.silent(scope, &status),
        };
        match answer::read(response, &request) {
            Ok(Answer::Lease(grant)) => {
                let outcome = self.shared.grant(grant, sent).await;
                told.granted(scope, outcome, self.settings.renew_every)
            }
            Ok(Answer::Refusal(refusal)) => self.obey(scope, refusal, told).await,
            Err(malformed) => told.garbage(scope, &malformed),
        }
    }

    async fn obey(&self, scope: Scope, refusal: Refusal, told: &mut Told) -> Next {
        let Refusal { reason, detail, halted, retry_after } = refusal;
        if let Err(error) = self.shared.halt(halted).await {
            tracing::error!(scope = %scope, error = &error as &dyn std::error::Error, "halt not yet durable");
        }
        told.refused(scope, reason, &detail);
        match reason {
            LeaseRefusalReason::NotLeader | LeaseRefusalReason::GuardBehind => Next::AskAnother,
            LeaseRefusalReason::LatchUnreadable => {
                self.shared.drop_overlapping(scope);
                Next::Wait(self.settings.renew_every)
            }
            LeaseRefusalReason::Unspecified
            | LeaseRefusalReason::Halted
            | LeaseRefusalReason::NoFreshPass
            | LeaseRefusalReason::HeldByAnother
            | LeaseRefusalReason::Starting => {
                Next::Wait(retry_after.unwrap_or(self.settings.renew_every).min(LONGEST_PAUSE))
            }
        }
    }

    async fn give_back(&self, held: Vec<(Scope, u64, u64)>) {
        let holder = self.settings.holder.to_string();
        let guards = &self.guards.now();
        let returns = held.into_iter().map(|(scope, epoch, sequence)| {
            let scope = answer::to_wire(scope).into();
            let request = ReleaseLeaseRequest { holder: holder.clone(), scope, epoch, sequence };
            // To all: only the leader takes it, and the others do not mind. Whoever misses it waits for the lease's end.
            join_all(guards.iter().map(move |guard| {
                let request = request.clone();
                self.bounded(async move { guard.release_lease(request).await })
            }))
        });
        join_all(returns).await;
    }

    async fn deliver_violations(&self, queue: &mut mpsc::Receiver<ReportViolationRequest>) {
        while let Some(mut violation) = queue.recv().await {
            violation.holder = self.settings.holder.to_string();
            loop {
                let call = |guard: Arc<dyn Guard>| {
                    let told = violation.clone();
                    async move { guard.report_violation(told).await }
                };
                match self.offer(call).await {
                    Ok(taken) => {
                        if let Err(error) = self.shared.halt(answer::halted(&taken.halted)).await {
                            tracing::error!(error = &error as &dyn std::error::Error, "halt not yet durable");
                        }
                        break;
                    }
                    Err(status) if status.code() == Code::InvalidArgument => {
                        tracing::error!(report_id = %violation.report_id, error = %status, "violation refused");
                        self.shared.outbox.lose_violation();
                        break;
                    }
                    Err(_) => tokio::time::sleep(jittered(OFFER_PAUSE)).await,
                }
            }
        }
    }

    async fn deliver_operations(&self, queue: &mut mpsc::Receiver<Operation>) {
        loop {
            let operations = Inbox::next_operations(queue).await;
            if operations.is_empty() {
                return;
            }
            let request = ReportOperationRequest { holder: self.settings.holder.to_string(), operations };
            let mut delivered = false;
            for _ in 0..OFFERS {
                let call = |guard: Arc<dyn Guard>| {
                    let told = request.clone();
                    async move { guard.report_operation(told).await }
                };
                match self.offer(call).await {
                    Ok(_) => delivered = true,
                    Err(status) if status.code() == Code::InvalidArgument => {
                        tracing::error!(error = %status, "operations refused");
                    }
                    Err(_) => {
                        tokio::time::sleep(jittered(OFFER_PAUSE)).await;
                        continue;
                    }
                }
                break;
            }
            if !delivered {
                self.shared.outbox.lose_operations(request.operations.len());
            }
        }
    }

    /// Offers something to the guards in turn: the answer of the first that takes or refuses it, else the last error.
    async fn offer<T, F>(&self, call: impl Fn(Arc<dyn Guard>) -> F) -> Result<T, Status>
    where
        F: Future<Output = Result<T, Status>>,
    {
        let mut last = Status::unavailable("no guard");
        for guard in self.guards.now() {
            match self.bounded(call(guard)).await {
                Err(status) if status.code() != Code::InvalidArgument => last = status,
                spoken => return spoken,
            }
        }
        Err(last)
    }

    async fn bounded<T>(&self, call: impl Future<Output = Result<T, Status>>) -> Result<T, Status> {
        let late = |_| Status::deadline_exceeded("the guard did not answer in time");
        tokio::time::timeout(self.settings.call_timeout, call).await.map_err(late).flatten()
    }
}

/// What was last said in the log of each scope: with two rounds a second, only changes are worth a line.
#[derive(Debug, Default)]
struct Told {
    last: BTreeMap<Scope, &'static str>,
}

impl Told {
    fn is_new(&mut self, scope: Scope, word: &'static str) -> bool {
        self.last.insert(scope, word) != Some(word)
    }

    fn granted(&mut self, scope: Scope, outcome: Result<(), NotTaken>, again: Duration) -> Next {
        match outcome {
            Ok(()) => {
                if self.is_new(scope, "granted") {
                    tracing::info!(scope = %scope, "lease granted");
                }
                Next::Wait(again)
            }
            Err(error) => {
                if self.is_new(scope, "not_taken") {
                    tracing::warn!(scope = %scope, error = &error as &dyn std::error::Error, "lease not taken");
                }
                Next::AskAnother
            }
        }
    }

    fn refused(&mut self, scope: Scope, reason: LeaseRefusalReason, detail: &str) {
        if self.is_new(scope, reason.as_str_name()) {
            tracing::warn!(scope = %scope, reason = reason.as_str_name(), detail, "lease refused");
        }
    }

    fn silent(&mut self, scope: Scope, status: &Status) -> Next {
        if self.is_new(scope, "silent") {
            tracing::warn!(scope = %scope, error = %status, "guard does not answer");
        }
        Next::AskAnother
    }

    fn garbage(&mut self, scope: Scope, malformed: &answer::Malformed) -> Next {
        if self.is_new(scope, "garbage") {
            tracing::error!(scope = %scope, error = %malformed, "answer not understood");
        }
        Next::AskAnother
    }
}

/// Between four and six fifths of a pause, so that relayers that started together do not ask together.
fn jittered(pause: Duration) -> Duration {
    let fifth = u64::try_from(pause.as_micros() / 5).unwrap_or(u64::MAX);
    pause.saturating_sub(Duration::from_micros(fifth))
        + Duration::from_micros(rand::random_range(0..=fifth.saturating_mul(2)))
}

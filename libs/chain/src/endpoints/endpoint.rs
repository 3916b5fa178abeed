//! One endpoint: its client, its circuit, whether its chain was checked, and what is known of it.

use std::{
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
};

use alloy::primitives::U64;
use causeway_primitives::{ChainId, Monotonic};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Circuit, CircuitPolicy, CircuitState, EndpointIndex, Error, Metrics};
use crate::rpc::{self, Answer, Answers, Call, RpcClient};

/// Answers longer than this are read beside the runtime's workers: reading goes at some hundred bytes per
/// microsecond, and a worker that is busy for longer than a millisecond holds up everybody's timers.
const READ_ASIDE: usize = 128 * 1024;

/// What is known of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointHealth {
    /// Which one.
    pub index: EndpointIndex,
    /// Scheme and host.
    pub host: String,
    /// Whether it is called.
    pub circuit: CircuitState,
    /// Failures in a row.
    pub consecutive_failures: u32,
    /// The last block number that it told.
    pub head: Option<u64>,
    /// Whether its chain id was checked since its last interruption.
    pub chain_checked: bool,
}

#[derive(Debug)]
pub(super) struct Endpoint {
    index: EndpointIndex,
    client: RpcClient,
    metrics: Metrics,
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    circuit: Circuit,
    chain_checked: bool,
    /// False once it refused several calls in one request and took the same calls one by one.
    takes_batches: bool,
    head: Option<u64>,
}

impl Endpoint {
    pub(super) fn new(index: EndpointIndex, client: RpcClient, policy: CircuitPolicy, metrics: Metrics) -> Self {
        metrics.circuit(index, CircuitState::Closed);
        let known = Known { circuit: Circuit::new(policy), chain_checked: false, takes_batches: true, head: None };
        Self { index, client, metrics, known: Mutex::new(known) }
    }

    pub(super) const fn index(&self) -> EndpointIndex {
        self.index
    }

    pub(super) fn host(&self) -> String {
        self.client.url().to_string()
    }

    pub(super) fn health(&self, now: Monotonic) -> EndpointHealth {
        let known = self.known();
        EndpointHealth {
            index: self.index,
            host: self.host(),
            circuit: known.circuit.state(now),
            consecutive_failures: known.circuit.failures(),
            head: known.head,
            chain_checked: known.chain_checked,
        }
    }

    /// The last head that it told.
    pub(super) fn head(&self) -> Option<u64> {
        self.known().head
    }

    pub(super) fn saw_head(&self, number: u64) {
        self.known().head = Some(number);
        self.metrics.head(self.index, number);
    }

    /// Whether several calls may go in one request.
    pub(super) fn takes_batches(&self) -> bool {
        self.known().takes_batches
    }

    /// Counts a failure that the caller found in an answer, such as a head that went back.
    pub(super) fn blame(&self, now: Monotonic) {
        self.change_circuit(now, |known| known.circuit.failed(now, None));
    }

    /// One call, if the circuit lets it through, on the right chain. `now` is asked before and after.
    pub(super) async fn call<R: DeserializeOwned>(
        &self,
        expected: ChainId,
        now: impl Fn() -> Monotonic + Send + Sync,
        method: &'static str,
        params: &Value,
    ) -> Result<R, Error> {
        self.admit(expected, &now).await?;
        self.measured(&now, method, self.client.call(method, params)).await
    }

    /// Several calls, in one request where the endpoint takes that, otherwise one after the other. `read`
    /// gets the answers in the order of the calls; `method` is what they are measured as.
    pub(super) async fn batch<T, F>(
        &self,
        expected: ChainId,
        now: impl Fn() -> Monotonic + Send + Sync,
        method: &'static str,
        calls: Vec<Call>,
        read: F,
    ) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&[Answer<'_>]) -> Result<T, rpc::Error> + Send + 'static,
    {
        self.admit(expected, &now).await?;
        self.measured(&now, method, async move { aside(self.answers(&calls).await?, read).await }).await
    }

    async fn answers(&self, calls: &[Call]) -> Result<Answers, rpc::Error> {
        if !self.takes_batches() {
            return self.client.one_by_one(calls).await;
        }
        match self.client.batch(calls).await {
            Err(error) if calls.len() > 1 && rpc::is_batch_refused(&error) => {
                let answers = self.client.one_by_one(calls).await?;
                self.known().takes_batches = false;
                tracing::info!(endpoint = self.index, host = %self.client.url(), "endpoint takes no batches");
                Ok(answers)
            }
            outcome => outcome,
        }
    }

    /// Lets a call through, on the right chain, or says why not.
    async fn admit(&self, expected: ChainId, now: &(impl Fn() -> Monotonic + Send + Sync)) -> Result<(), Error> {
        if !self.known().circuit.admit(now()) {
            return Err(Error::CircuitOpen { endpoint: self.index });
        }
        if self.known().chain_checked { Ok(()) } else { self.check_chain(expected, now).await }
    }

    async fn check_chain(&self, expected: ChainId, now: &(impl Fn() -> Monotonic + Send + Sync)) -> Result<(), Error> {
        let found: U64 = self.measured(now, "eth_chainId", self.client.call("eth_chainId", &json!([]))).await?;
        let found: u64 = found.to();
        if found == expected.get() {
            self.known().chain_checked = true;
            return Ok(());
        }
        self.change_circuit(now(), |known| known.circuit.trip(now()));
        Err(Error::WrongChain { endpoint: self.index, host: self.host(), expected, found })
    }

    async fn measured<R>(
        &self,
        now: &(impl Fn() -> Monotonic + Send + Sync),
        method: &'static str,
        call: impl Future<Output = Result<R, rpc::Error>>,
    ) -> Result<R, Error> {
        let started = Instant::now();
        let outcome = call.await;
        let label = outcome.as_ref().map_or_else(rpc::Error::label, |_| "ok");
        self.metrics.call(self.index, method, label, started.elapsed());
        self.judge(outcome.as_ref().err(), now());
        outcome.map_err(|source| Error::Call { endpoint: self.index, host: self.host(), method, source })
    }

    /// What the outcome says about the endpoint. A refusal of a sound kind is a healthy endpoint's answer.
    fn judge(&self, failure: Option<&rpc::Error>, now: Monotonic) {
        self.change_circuit(now, |known| match failure {
            Some(error) if error.counts_against_endpoint() => {
                // Whatever comes back behind this URL may be another node: check its chain again.
                known.chain_checked = false;
                known.takes_batches = true;
                known.circuit.failed(now, error.retry_after());
            }
            Some(_) | None => known.circuit.succeeded(),
        });
    }

    /// Changes what is known, and tells when the endpoint is left alone or taken back.
    fn change_circuit(&self, now: Monotonic, change: impl FnOnce(&mut Known)) {
        let (was_closed, after) = {
            let mut known = self.known();
            let was_closed = known.circuit.is_closed();
            change(&mut known);
            (was_closed, known.circuit.clone())
        };
        self.metrics.circuit(self.index, after.state(now));
        match (was_closed, after.is_closed()) {
            (true, false) => tracing::warn!(endpoint = self.index, host = %self.client.url(), "endpoint is left alone"),
            (false, true) => tracing::info!(endpoint = self.index, host = %self.client.url(), "endpoint is back"),
            (true, true) | (false, false) => {}
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Every update leaves the value whole, so what a panicking holder left behind is usable.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads answers, long ones on a thread where waiting costs nobody anything.
async fn aside<T, F>(answers: Answers, read: F) -> Result<T, rpc::Error>
where
    T: Send + 'static,
    F: FnOnce(&[Answer<'_>]) -> Result<T, rpc::Error> + Send + 'static,
{
    let long = answers.bytes() > READ_ASIDE;
    let work = move || read(&answers.read()?);
    if !long {
        return work();
    }
    match tokio::task::spawn_blocking(work).await {
        Ok(read) => read,
        Err(failure) => match failure.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only the end of the runtime cancels it, and that takes the caller with it.
            Err(_) => std::future::pending().await,
        },
    }
}

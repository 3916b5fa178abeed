//! Runs errands: what FireFly is asked, when it is asked again, and when an errand is over.

use std::{sync::Arc, time::Duration};

use alloy::primitives::{Address, B256};
use causeway_primitives::Timestamp;
use causeway_runtime::clock::Clock;
use causeway_store::lease::Leadership;
use causeway_telemetry::Chain as Causes;
use futures_util::{StreamExt as _, stream};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::{
    api::{Api, Error, Operation},
    body::Body,
    stage::{End, Stage},
};
use crate::{
    adapters::{
        errands::{self, Courier as Rounds, Journal, go_round},
        issuer::{Chain, Effect, Trial},
        store::{ErrandRow, Store},
    },
    ports::{Guard, System},
};

/// What the courier works with.
#[derive(Debug)]
pub struct Parts {
    /// The journal.
    pub store: Store,
    /// FireFly.
    pub api: Api,
    /// The chain that proves.
    pub chain: Chain,
    /// Whose leave a repetition needs as well.
    pub guard: Arc<dyn Guard>,
    /// The account that FireFly signs with.
    pub signing_key: Address,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
    /// Makes it look at once.
    pub wake: Arc<Notify>,
}

/// How it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How often open errands are looked at, whatever events say.
    pub poll: Duration,
    /// At how many at once.
    pub max_in_flight: usize,
    /// After how long without news FireFly is no longer waited for where the token itself knows the reference.
    pub stuck_after: Duration,
}

/// See the module.
#[derive(Debug)]
pub struct Courier {
    journal: Journal,
    parts: Parts,
    pace: Pace,
}

/// Why an errand did not move. All of it is tried again.
#[derive(Debug, thiserror::Error)]
enum Stuck {
    #[error(transparent)]
    Firefly(#[from] Error),
    #[error(transparent)]
    Journal(#[from] errands::Error),
}

impl Courier {
    /// One that goes so.
    pub fn new(parts: Parts, pace: Pace) -> Self {
        let journal = Journal::new(parts.store.clone(), Arc::clone(&parts.clock), System::Firefly);
        Self { journal, parts, pace }
    }

    /// Works while this replica leads, until it is told to stop.
    ///
    /// # Errors
    /// None: what fails is tried again.
    pub async fn run(
        self,
        leadership: watch::Receiver<Option<Leadership>>,
        stop: CancellationToken,
    ) -> Result<(), std::convert::Infallible> {
        let (wake, every) = (Arc::clone(&self.parts.wake), self.pace.poll);
        go_round(self, (&wake, every), leadership, stop).await
    }

    /// Moves an errand as far as it goes now.
    async fn attend(&self, leads: &Leadership, row: &ErrandRow) -> Result<(), Stuck> {
        let (body, mut stage): (Body, Stage) = errands::read(row)?;
        let mut text = row.stage.clone();
        while let Some(next) = self.next(row, &body, &stage).await? {
            let moved = self.journal.advance(leads, (&row.key, &text), (&next, next.is_settled())).await?;
            let Some(to) = moved.filter(|_| !next.is_settled()) else { return Ok(()) };
            let first = stage == Stage::Journaled;
            (stage, text) = (next, to);
            if first {
                // Written down before it is done: from here on the key is asked for before it is used again.
                self.post(&body).await?;
            }
        }
        Ok(())
    }

    /// The stage behind this one, once it is known; `None` while there is nothing new.
    async fn next(&self, row: &ErrandRow, body: &Body, stage: &Stage) -> Result<Option<Stage>, Stuck> {
        // FireFly may be away, or never hear of a transaction that it sent: the token does.
        let waits = self.now().since(row.updated_at) >= self.pace.stuck_after;
        if matches!(stage, Stage::Sending | Stage::Accepted { .. }) && waits && self.is_remembered(body).await {
            return Ok(Some(Stage::Settled(End::Doubtful)));
        }
        match stage {
            Stage::Journaled => Ok(self.begin(row, body).await),
            Stage::Sending => self.find(row, body).await,
            Stage::Accepted { transaction } => self.follow(body, transaction).await,
            Stage::Settled(_) => Ok(None),
        }
    }

    /// The call is tried on the chain as it is, so that what would be refused is never begun.
    async fn begin(&self, row: &ErrandRow, body: &Body) -> Option<Stage> {
        if self.now() >= row.expires_at {
            return Some(Stage::Settled(End::Lapsed));
        }
        let trial = self.parts.chain.would_take((self.parts.signing_key, body.contract()?), body.data.clone()).await;
        match trial {
            Trial::Taken => Some(Stage::Sending),
            Trial::Reverts => {
                let known = self.is_remembered(body).await;
                Some(Stage::Settled(if known { End::Doubtful } else { End::Refused }))
            }
            Trial::Unclear => None,
        }
    }

    /// Asks FireFly for the call. What it answers decides nothing, except that it refuses: what became of it is asked for by
    /// the key.
    async fn post(&self, body: &Body) -> Result<(), Stuck> {
        match self.parts.api.invoke(&body.invoke).await {
            Err(error) if !error.is_known_key() && !error.is_refusal() => Err(error.into()),
            Err(_) | Ok(()) => Ok(()),
        }
    }

    /// What FireFly knows under our key. When it knows nothing, it is asked again, under the guard's leave: that nothing is
    /// known is no proof that nothing is on its way, but the key and the reference are the same.
    async fn find(&self, row: &ErrandRow, body: &Body) -> Result<Option<Stage>, Stuck> {
        if let Some(transaction) = self.parts.api.find(&row.key).await? {
            return self.adopt(body, transaction.id).await;
        }
        if self.is_remembered(body).await {
            return Ok(Some(Stage::Settled(End::Doubtful)));
        }
        if self.parts.guard.stands().is_err() {
            return Ok(None);
        }
        let Err(error) = self.parts.api.invoke(&body.invoke).await else { return Ok(None) };
        if !error.is_refusal() {
            return if error.is_known_key() { Ok(None) } else { Err(error.into()) };
        }
        // Refused, and still nothing under our key: it is as if it had never been asked for.
        match self.parts.api.find(&row.key).await? {
            Some(transaction) => self.adopt(body, transaction.id).await,
            None => Ok(Some(Stage::Settled(End::Refused))),
        }
    }

    /// A transaction is ours when what is done for it is what we asked for. Without operations nothing is done yet: it is
    /// asked for again, and goes on under the old transaction.
    async fn adopt(&self, body: &Body, transaction: String) -> Result<Option<Stage>, Stuck> {
        let operations = self.parts.api.operations(&transaction).await?;
        if operations.is_empty() {
            if self.parts.guard.stands().is_ok() {
                self.post(body).await?;
            }
            return Ok(None);
        }
        if operations.iter().all(|operation| operation.kind == INVOKE && body.is_asked_by(&operation.input)) {
            return Ok(Some(Stage::Accepted { transaction }));
        }
        tracing::error!(transaction, reference = body.reference, "FireFly has something else under our key");
        Ok(Some(Stage::Settled(End::Conflict)))
    }

    /// How it ended, by our own chain.
    async fn follow(&self, body: &Body, transaction: &str) -> Result<Option<Stage>, Stuck> {
        let operations = self.parts.api.operations(transaction).await?;
        let told = self.parts.api.transaction(transaction).await?;
        let hashes = told.hashes.iter().map(String::as_str).chain(operations.iter().filter_map(hash));
        let mut hashes: Vec<B256> = hashes.filter_map(|hash| hash.parse().ok()).collect();
        hashes.sort_unstable();
        hashes.dedup();
        for hash in &hashes {
            match self.parts.chain.effect(*hash, &body.expect).await {
                Effect::Done(on_chain) => return Ok(Some(Stage::mined(&on_chain))),
                Effect::Other => return Ok(Some(Stage::Settled(End::Doubtful))),
                Effect::Open => {}
            }
        }
        for operation in &operations {
            if operation.status == INITIALIZED && self.parts.guard.stands().is_ok() {
                // The connector was away: asked again, FireFly goes on with what it has stored.
                self.post(body).await?;
            }
            if operation.status == FAILED && hashes.is_empty() && self.is_dead(operation).await? {
                return Ok(Some(Stage::Settled(End::Doubtful)));
            }
        }
        Ok(None)
    }

    /// Whether nothing of a failed operation can be mined any more: the connector never heard of it, or somebody else's
    /// transaction has used its nonce. "Failed" alone is no end: the connector may yet say that it succeeded.
    async fn is_dead(&self, operation: &Operation) -> Result<bool, Stuck> {
        let detail = match self.parts.api.operation(&operation.id).await {
            Ok(operation) => operation.detail,
            Err(error) if error.is_absent() => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        if detail.is_null() {
            return Ok(true);
        }
        let told = detail.get("nonce");
        // As text or as a number, by the connector's version.
        let nonce = told.and_then(|nonce| nonce.as_str().map_or_else(|| nonce.as_u64(), |text| text.parse().ok()));
        let Some(nonce) = nonce else { return Ok(false) };
        let used = self.parts.chain.nonce(self.parts.signing_key).await;
        Ok(used.is_some_and(|used| used > nonce))
    }

    async fn is_remembered(&self, body: &Body) -> bool {
        let Ok(reference) = body.reference.parse() else { return false };
        self.parts.chain.remembers(body.token, reference).await
    }

    fn now(&self) -> Timestamp {
        self.journal.now()
    }
}

impl Rounds for Courier {
    /// At several errands at once: one that FireFly is slow with holds up no other.
    async fn round(&mut self, leads: &Leadership) {
        let courier = &*self;
        let look = |row: ErrandRow| async move {
            if let Err(stuck) = courier.attend(leads, &row).await {
                tracing::debug!(errand = row.key, error = %Causes(&stuck), "an errand did not move");
            }
        };
        stream::iter(courier.journal.open().await).for_each_concurrent(courier.pace.max_in_flight, look).await;
    }
}

/// The kind of operation that an invocation is.
const INVOKE: &str = "blockchain_invoke";
/// Stored, and the connector was not reached.
const INITIALIZED: &str = "Initialized";
/// The connector says that it did not work out, so far.
const FAILED: &str = "Failed";

fn hash(operation: &Operation) -> Option<&str> {
    operation.output.get("transactionHash")?.as_str()
}

//! The account that pauses, on one chain: what it takes to be ready, and the journalled transaction.

use std::{sync::Arc, time::Duration};

use causeway_chain::{
    endpoints::{BlockTag, CallRequest, EndpointSet},
    intent::{Expectation, Intent, IntentKey, OnNonceTaken, Outcome, Stage},
    journal::{Error as JournalError, Journal},
    sender::{Error as SenderError, Rehearsal, Sender, Simulation, UpdatesLeft},
};
use causeway_primitives::{Address, Bytes, Timestamp, U256};
use causeway_telemetry::Chain;
use futures_util::future::join_all;

use crate::domain::pause::Facts;

/// What a pause usually costs, where it cannot be estimated.
const USUAL_GAS: u64 = 60_000;

/// `pause()`.
pub const PAUSE: [u8; 4] = [0x84, 0x56, 0xcb, 0x59];
/// `paused()`.
pub const PAUSED: [u8; 4] = [0x5c, 0x97, 0x5a, 0xbb];

/// Something did not answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The chain, by the sender.
    #[error("the chain could not be asked")]
    Sender(#[from] SenderError),
    /// The chain.
    #[error("the chain could not be asked")]
    Chain(#[from] causeway_chain::endpoints::Error),
    /// The journal.
    #[error("the journal did not answer")]
    Journal(#[from] JournalError),
    /// The contract's answer to whether it is paused is no truth value.
    #[error("the contract does not say whether it is paused")]
    NotBoolean,
    /// A name that makes no key.
    #[error("the name of a pause is no key")]
    Key(#[from] causeway_chain::intent::IntentKeyError),
}

/// How a contract is paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// The contract.
    pub address: Address,
    /// The call; [`PAUSE`] for most.
    pub call: Bytes,
    /// What tells whether it is paused: one word, zero for no. [`PAUSED`] for most.
    pub getter: Bytes,
}

/// How far a pause has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nobody has wanted it yet.
    Untried,
    /// It is on its way.
    UnderWay,
    /// It is done.
    Done,
    /// It failed.
    Failed {
        /// So often.
        tries: u32,
        /// The last time so, by the sender's word for it.
        outcome: &'static str,
    },
}

/// An account on a chain.
#[derive(Debug, Clone)]
pub struct PauseAccount {
    endpoints: EndpointSet,
    sender: Sender,
    journal: Arc<dyn Journal>,
}

impl PauseAccount {
    /// The sender's journal is this one.
    pub const fn new(endpoints: EndpointSet, sender: Sender, journal: Arc<dyn Journal>) -> Self {
        Self { endpoints, sender, journal }
    }

    /// What sends; it has to be driven.
    pub const fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Whether the contract is paused, by the word of every endpoint that answers: one that lies cannot keep the guard from
    /// pausing.
    ///
    /// # Errors
    /// [`Error`] when none answers.
    pub async fn is_paused(&self, contract: &Contract) -> Result<bool, Error> {
        let request = CallRequest::read(contract.address, contract.getter.clone());
        let asked = self.endpoints.sessions().map(|session| {
            let request = &request;
            async move { session.eth_call(request, BlockTag::Latest).await }
        });
        let mut answers = Vec::new();
        let mut last = None;
        for answer in join_all(asked).await {
            match answer {
                Ok(word) => answers.push(truth(&word)?),
                Err(error) => last = Some(error),
            }
        }
        match last {
            Some(error) if answers.is_empty() => Err(error.into()),
            Some(_) | None => Ok(answers.iter().all(|paused| *paused)),
        }
    }

    /// What a pause would meet now.
    ///
    /// # Errors
    /// [`Error`] when the chain or the journal does not answer.
    pub async fn facts(&self, contract: &Contract, now: Timestamp) -> Result<Facts, Error> {
        let paused = self.is_paused(contract).await?;
        let call = match self.sender.rehearse(&intent("rehearsal".parse()?, contract)).await? {
            Rehearsal::Passes { gas } => Ok(gas),
            Rehearsal::Fails(Simulation::Passes { gas }) => Ok(gas),
            Rehearsal::Fails(Simulation::Reverts(reason)) => Err(reason.to_string()),
            Rehearsal::Fails(Simulation::Refused(kind)) => Err(kind.as_str().to_owned()),
        };
        // What it cost when it could be estimated is near enough for counting.
        let gas = call.as_ref().copied().unwrap_or(USUAL_GAS);
        let affordable = match self.sender.funds(gas).await?.updates_left {
            UpdatesLeft::Unlimited => None,
            UpdatesLeft::Count(count) => Some(count),
        };
        let key = self.sender.try_key().await.map_err(|error| Chain(&error).to_string());
        let (waiting, foreign) = self.waiting(now).await?;
        Ok(Facts { paused, key, affordable, waiting, foreign, call })
    }

    /// How long the oldest of ours waits, and how many of others.
    async fn waiting(&self, now: Timestamp) -> Result<(Option<Duration>, u64), Error> {
        let open = self.journal.list_open().await?;
        let sent = open.iter().filter_map(|state| state.newest()?.sent_at);
        let oldest = sent.map(|sent| now.since(sent)).max();
        let account = self.sender.account();
        let liveness = self.endpoints.liveness();
        let read = liveness.run(|session| async move {
            let mined = session.nonce(account, BlockTag::Latest).await?;
            Ok((mined, session.nonce(account, BlockTag::Pending).await?))
        });
        let (mined, pending) = read.await?;
        let ours = u64::try_from(open.iter().filter(|state| state.stage.nonce().is_some()).count()).unwrap_or(u64::MAX);
        Ok((oldest, pending.saturating_sub(mined).saturating_sub(ours)))
    }

    /// How far a pause has come. `name` is the same for one halt and one contract, so that whoever leads goes on where another
    /// one was.
    ///
    /// # Errors
    /// [`Error`] when the journal does not answer.
    pub async fn progress(&self, name: &str) -> Result<Progress, Error> {
        let mut progress = Progress::Untried;
        for tries in 1..=u32::MAX {
            match self.journal.find(&key(name, tries)?).await?.map(|state| state.stage) {
                None => return Ok(progress),
                Some(Stage::Settled(Outcome::Confirmed(_))) => return Ok(Progress::Done),
                Some(Stage::Settled(outcome)) => progress = Progress::Failed { tries, outcome: outcome.as_str() },
                Some(Stage::Unsigned | Stage::Pending { .. } | Stage::Included { .. }) => {
                    return Ok(Progress::UnderWay);
                }
            }
        }
        Ok(progress)
    }

    /// Wants a pause, for this time of trying, from 1. The same again changes nothing.
    ///
    /// # Errors
    /// [`Error`]: it may be wanted or not, and wanting it again is safe.
    pub async fn submit(&self, name: &str, tries: u32, contract: &Contract) -> Result<(), Error> {
        self.sender.submit(&intent(key(name, tries)?, contract)).await?;
        Ok(())
    }
}

fn key(name: &str, tries: u32) -> Result<IntentKey, Error> {
    Ok(format!("{name}:{tries}").parse()?)
}

/// Status is all that is expected of the receipt: contracts log a pause in many ways, and the getter tells.
fn intent(key: IntentKey, contract: &Contract) -> Intent {
    Intent {
        key,
        to: contract.address,
        value: U256::ZERO,
        data: contract.call.clone(),
        expect: Expectation::Status,
        // The account is the guard's own; whoever else used it, the wish still stands.
        on_nonce_taken: OnNonceTaken::SignAgain,
        expires_at: None,
        traceparent: None,
    }
}

fn truth(word: &Bytes) -> Result<bool, Error> {
    let word = <[u8; 32]>::try_from(word.as_ref()).map_err(|_| Error::NotBoolean)?;
    match U256::from_be_bytes(word) {
        U256::ZERO => Ok(false),
        U256::ONE => Ok(true),
        _ => Err(Error::NotBoolean),
    }
}

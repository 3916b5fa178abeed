//! The life of a transaction, from an intent to an outcome, whatever happens in between.
//!
//! The core is [`next`]: a pure function from what the journal knows and what the chain shows to the one
//! thing to do. Around it [`Sender`] gathers the facts from one endpoint, acts, and writes the journal
//! before it acts. Three rules carry everything:
//!
//! 1. Signed bytes are journaled before they are sent, and the same bytes are sent again; new bytes for
//!    the same intent only ever share the nonce of the old ones, so that at most one of them is mined.
//! 2. The nonce comes from the chain at the block of the decision and from the journal's own open intents;
//!    nothing keeps it from one look at them to the next.
//! 3. Only a final receipt with status 1 and the expected event is a success.
//!
//! It does not decide what is worth sending, and it never retries an intent that ended.

mod act;
mod decide;
mod facts;
mod fees;
mod gate;
mod gather;
mod look;
mod needs;
mod policy;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use alloy::primitives::{Address, B256, Bytes, U256};
use causeway_primitives::Timestamp;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

use self::{
    act::TOGETHER,
    look::{Look, Signers},
    needs::Needs,
};
pub use self::{
    decide::{Action, Draft, Waiting, next},
    facts::{Facts, Mined, Simulation},
    fees::{FeePolicy, UpdatesLeft, updates_left},
    gate::{Gate, Leave},
    policy::{PolicyError, SendPolicy},
};
use crate::{
    endpoints::{EndpointSet, Error as EndpointError},
    intent::{Intent, IntentKey, Outcome, Stage},
    journal::{self, Inserted, Journal},
    rpc::RefusalKind,
    signer::{self, Signer},
    transaction::{Fees, UnsignedTx},
};

/// How many events a slow listener may be behind before it loses the oldest. Outcomes are in the journal.
const EVENT_BACKLOG: usize = 256;

/// Wall time, for what is journaled. Given from outside, so that tests and replays decide it.
pub type WallClock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Why the sender could not go on with an intent, or at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The chain could not be read.
    #[error("the chain could not be read")]
    Chain(#[from] EndpointError),
    /// The journal did not do it. [`journal::Error::Fenced`] ends [`Sender::drive`].
    #[error("the journal did not do it")]
    Journal(#[from] journal::Error),
    /// The signer did not sign; nothing was sent.
    #[error("the transaction could not be signed")]
    Signer(#[from] signer::Error),
    /// The intent is unknown to the journal.
    #[error("there is no intent {0}")]
    Unknown(IntentKey),
}

impl Error {
    /// True when another process is in charge now.
    pub const fn is_fenced(&self) -> bool {
        matches!(self, Self::Journal(journal::Error::Fenced))
    }
}

/// What happened to an intent. For metrics and for callers that wait; the journal is the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Which intent.
    pub key: IntentKey,
    /// What happened.
    pub kind: EventKind,
}

/// The things that happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventKind {
    /// An attempt was signed and journaled; the first, or a replacement.
    Signed {
        /// The transaction.
        tx_hash: B256,
        /// Its nonce.
        nonce: u64,
        /// Counts from 1.
        ordinal: u32,
    },
    /// An attempt was handed to the endpoints, and at least one took it.
    Sent {
        /// The transaction.
        tx_hash: B256,
        /// True when it had been sent before and no pool held it any more.
        again: bool,
    },
    /// No endpoint took an attempt.
    Refused {
        /// The transaction.
        tx_hash: B256,
        /// What they meant; `None` when none could be reached.
        kind: Option<RefusalKind>,
    },
    /// It was mined and waits to become final.
    Included {
        /// The transaction.
        tx_hash: B256,
        /// The block's height.
        block_number: u64,
    },
    /// It was mined, and now is not: the chain was reorganised.
    Reorganised,
    /// An outsider used the nonce; the intent is unsigned again.
    NonceTaken,
    /// It is over.
    Settled(Outcome),
}

/// What can be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Funds {
    /// The account's balance in wei.
    pub balance: U256,
    /// How many updates that is.
    pub updates_left: UpdatesLeft,
}

/// What would happen if an intent were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rehearsal {
    /// It would go through at the last block, for so much gas.
    Passes {
        /// The estimate.
        gas: u64,
    },
    /// It would not.
    Fails(Simulation),
}

/// What a sender is made of.
pub struct Parts {
    /// The chain.
    pub endpoints: EndpointSet,
    /// The account.
    pub signer: Signer,
    /// The memory.
    pub journal: Arc<dyn Journal>,
    /// The rules.
    pub policy: SendPolicy,
    /// Wall time.
    pub clock: WallClock,
}

/// Sends intents of one account on one chain. Cheap to clone.
///
/// Exactly one task drives it; two senders of one account are safe only as far as their journals fence them,
/// and otherwise collide on the nonce, which is the second line of defence.
#[derive(Clone)]
pub struct Sender(Arc<Inner>);

struct Inner {
    parts: Parts,
    gate: Gate,
    wake: Notify,
    events: broadcast::Sender<Event>,
    remembered: Mutex<Remembered>,
    needs: Mutex<Needs>,
}

/// What one look tells the next.
#[derive(Default)]
struct Remembered {
    /// The last intent of those that could not be paid for when a look had seen enough of them: the next look begins
    /// behind it.
    passed_over: Option<IntentKey>,
    signers: Signers,
}

impl Sender {
    /// A sender that does nothing until it is driven.
    pub fn new(parts: Parts) -> Self {
        Self::behind(Gate::default(), parts)
    }

    /// The same, that signs and sends nothing while the gate is shut.
    pub fn behind(gate: Gate, parts: Parts) -> Self {
        let (events, _) = broadcast::channel(EVENT_BACKLOG);
        Self(Arc::new(Inner {
            parts,
            gate,
            wake: Notify::new(),
            events,
            remembered: Mutex::default(),
            needs: Mutex::default(),
        }))
    }

    /// The account that it sends from.
    pub fn account(&self) -> Address {
        self.0.parts.signer.address()
    }

    /// Journals an intent and wakes the driver. The same intent again changes nothing.
    ///
    /// A caller that inserts the intent in a database transaction of its own calls [`Sender::wake`] instead.
    ///
    /// # Errors
    /// [`Error::Journal`].
    pub async fn submit(&self, intent: &Intent) -> Result<Inserted, Error> {
        let inserted = self.0.parts.journal.insert(intent, self.now()).await?;
        self.wake();
        Ok(inserted)
    }

    /// Makes the driver look at the journal now.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// Everything that happens from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.0.events.subscribe()
    }

    /// Waits for the end of an intent. The caller bounds the wait.
    ///
    /// # Errors
    /// [`Error::Unknown`], or [`Error::Journal`].
    pub async fn outcome(&self, key: &IntentKey) -> Result<Outcome, Error> {
        // Subscribed before the journal is read: what settles in between is in one or the other.
        let mut events = self.events();
        loop {
            let state = self.0.parts.journal.find(key).await?;
            if let Stage::Settled(outcome) = state.ok_or_else(|| Error::Unknown(key.clone()))?.stage {
                return Ok(outcome);
            }
            loop {
                match events.recv().await {
                    Ok(Event { key: about, kind: EventKind::Settled(outcome) }) if about == *key => return Ok(outcome),
                    Ok(_) => {}
                    // Too slow, or the sender is gone: only the journal knows.
                    Err(broadcast::error::RecvError::Lagged(_) | broadcast::error::RecvError::Closed) => break,
                }
            }
        }
    }

    /// Works on the open intents until `stop`, resuming those that an earlier process left. Failures to
    /// reach the chain, the journal or the signer are waited out.
    ///
    /// # Errors
    /// Only [`journal::Error::Fenced`]: somebody else is in charge.
    pub async fn drive(&self, stop: CancellationToken) -> Result<(), Error> {
        let mut unwell = false;
        loop {
            match self.tick().await {
                Ok(()) => {
                    if std::mem::take(&mut unwell) {
                        tracing::info!("transaction sender recovered");
                    }
                }
                Err(error) if error.is_fenced() => return Err(error),
                Err(error) => {
                    // Once per change of state: a dead endpoint would fill the log otherwise.
                    if !std::mem::replace(&mut unwell, true) {
                        tracing::warn!(error = &error as &dyn std::error::Error, "transaction sender is held up");
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = self.0.wake.notified() => {}
                () = tokio::time::sleep(self.0.parts.policy.poll()) => {}
            }
        }
    }

    /// Looks once at every open intent. [`Sender::drive`] does this; tests and tools may.
    ///
    /// # Errors
    /// The first failure; later intents are looked at all the same.
    pub async fn tick(&self) -> Result<(), Error> {
        let (account, now) = (self.account(), self.now());
        let open = self.0.parts.journal.list_open().await?;
        let (mut look, last) = {
            let remembered = self.0.remembered();
            (Look::new(open, &remembered.signers), remembered.passed_over.clone())
        };
        let open = [look.signed(), look.exempt(account, now)].concat();
        let mut first = self.0.advance(&mut look, &open).await?;
        let waiting = look.unsigned(account, now, last.as_ref());
        let (unpaid, outcome) = self.begin(&mut look, &waiting).await?;
        first = first.and(outcome);
        *self.0.remembered() = Remembered { passed_over: unpaid, signers: look.signers() };
        first
    }

    /// Begins as many of those that wait as there is room for. Answers the last one that was looked at where there is room
    /// left: what could not be paid for.
    async fn begin(
        &self,
        look: &mut Look,
        mut waiting: &[usize],
    ) -> Result<(Option<IntentKey>, Result<(), Error>), Error> {
        let (account, most) = (self.account(), self.0.parts.policy.max_in_flight);
        let (mut last, mut first, mut looked_at) = (None, Ok(()), 0_usize);
        loop {
            let room = most.saturating_sub(look.in_flight(account));
            if room == 0 {
                return Ok((None, first));
            }
            // With a thousand wishes at once, the rest would only be asked about to be told to wait.
            let count = room.min(most.saturating_sub(looked_at)).min(waiting.len()).min(TOGETHER);
            let (together, rest) = waiting.split_at(count);
            let Some(index) = together.last() else { return Ok((last, first)) };
            first = first.and(self.0.advance(look, together).await?);
            last = look.key(*index).cloned();
            (waiting, looked_at) = (rest, looked_at.saturating_add(count));
        }
    }

    /// What would happen if an intent were sent now. Signs and sends nothing.
    ///
    /// # Errors
    /// [`Error::Chain`].
    pub async fn rehearse(&self, intent: &Intent) -> Result<Rehearsal, Error> {
        Ok(match self.0.simulate(intent).await? {
            Simulation::Passes { gas } => Rehearsal::Passes { gas },
            fails @ (Simulation::Reverts(_) | Simulation::Refused(_)) => Rehearsal::Fails(fails),
        })
    }

    /// Whether the key signs, by a transaction that no chain takes: its nonce is one that EIP-2681 forbids. Sends nothing.
    ///
    /// # Errors
    /// [`Error::Signer`].
    pub async fn try_key(&self) -> Result<(), Error> {
        let parts = &self.0.parts;
        let never = UnsignedTx {
            chain_id: parts.endpoints.chain_id(),
            nonce: u64::MAX,
            to: self.account(),
            value: U256::ZERO,
            data: Bytes::new(),
            gas_limit: 21_000,
            fees: Fees::FREE,
        };
        parts.signer.sign(&never).await?;
        Ok(())
    }

    /// The balance, in wei and in updates of so much gas.
    ///
    /// # Errors
    /// [`Error::Chain`].
    pub async fn funds(&self, gas_per_update: u64) -> Result<Funds, Error> {
        self.0.funds(gas_per_update).await
    }

    fn now(&self) -> Timestamp {
        (self.0.parts.clock)()
    }
}

impl Inner {
    /// Never held across a wait.
    fn needs(&self) -> MutexGuard<'_, Needs> {
        self.needs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sender({:?})", self.0.parts.signer)
    }
}

//! What the sender remembers: intents, and every signed attempt before it leaves the process.
//!
//! A port: the service implements it in its own database, in transactions that check its own fence. The
//! order of the calls is the whole point. An attempt is recorded *before* it is broadcast, so that a
//! process that dies in between finds the bytes again and sends those, never others.

#[cfg(any(test, feature = "testing"))]
pub mod contract;
mod memory;

use alloy::primitives::B256;
use async_trait::async_trait;
use causeway_primitives::Timestamp;

pub use self::memory::MemoryJournal;
use crate::intent::{Attempt, Intent, IntentKey, IntentState, Stage};

/// Why the journal did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process holds the right to write: this one must stop sending at once.
    #[error("the journal is fenced: another process is in charge")]
    Fenced,
    /// The store does not answer; nothing is known to have been written.
    #[error("the journal cannot be reached")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The key is in use for a different intent.
    #[error("the key {0} is in use for a different intent")]
    KeyReused(IntentKey),
    /// The intent is not in the stage that the change starts from, or is unknown.
    #[error("the intent {0} is not where the change starts from")]
    Conflict(IntentKey),
}

impl Error {
    /// True when another process is in charge now.
    pub const fn is_fenced(&self) -> bool {
        matches!(self, Self::Fenced)
    }
}

/// What [`Journal::insert`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inserted {
    /// It was new.
    New,
    /// The same intent was there already; this is how far it has come.
    Existing(Stage),
}

/// The store of intents. Every write is atomic and durable when it returns.
///
/// The module `contract` (feature `testing`) holds the checks that an implementation must pass.
#[async_trait]
pub trait Journal: Send + Sync + std::fmt::Debug {
    /// Stores a new intent as [`Stage::Unsigned`]. The same intent under the same key is no error and
    /// changes nothing, whatever the trace context that it came with.
    ///
    /// # Errors
    /// [`Error::KeyReused`] when the key names another intent; [`Error::Fenced`], [`Error::Unavailable`].
    async fn insert(&self, intent: &Intent, at: Timestamp) -> Result<Inserted, Error>;

    /// An intent, settled ones included.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    async fn find(&self, key: &IntentKey) -> Result<Option<IntentState>, Error>;

    /// How far these intents have come, in their order; `None` for one that there is not.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    async fn find_stages(&self, keys: &[IntentKey]) -> Result<Vec<Option<Stage>>, Error> {
        let mut stages = Vec::with_capacity(keys.len());
        for key in keys {
            stages.push(self.find(key).await?.map(|state| state.stage));
        }
        Ok(stages)
    }

    /// Everything that is not settled, in the order of insertion.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    async fn list_open(&self) -> Result<Vec<IntentState>, Error>;

    /// Appends a signed attempt and moves the intent to [`Stage::Pending`] with the attempt's nonce. Only
    /// from [`Stage::Unsigned`], or from [`Stage::Pending`] with the same nonce.
    ///
    /// # Errors
    /// [`Error::Conflict`] from any other stage; [`Error::Fenced`], [`Error::Unavailable`].
    async fn record_attempt(&self, key: &IntentKey, attempt: &Attempt) -> Result<(), Error>;

    /// Notes when an attempt was last handed to the endpoints.
    ///
    /// # Errors
    /// [`Error::Conflict`] when there is no such attempt; [`Error::Fenced`], [`Error::Unavailable`].
    async fn record_sent(&self, key: &IntentKey, hash: B256, at: Timestamp) -> Result<(), Error>;

    /// Moves an intent from one stage to another, if it is still in the first.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is not; [`Error::Fenced`], [`Error::Unavailable`].
    async fn advance(&self, key: &IntentKey, from: &Stage, to: &Stage, at: Timestamp) -> Result<(), Error>;

    /// [`Journal::record_attempt`] of several intents, none of them twice: in one write where the store can. When it fails,
    /// any of them may be recorded.
    ///
    /// # Errors
    /// As [`Journal::record_attempt`].
    async fn record_attempts(&self, attempts: &[(IntentKey, Attempt)]) -> Result<(), Error> {
        for (key, attempt) in attempts {
            self.record_attempt(key, attempt).await?;
        }
        Ok(())
    }

    /// [`Journal::record_sent`] of several intents, likewise.
    ///
    /// # Errors
    /// As [`Journal::record_sent`].
    async fn record_all_sent(&self, sent: &[(IntentKey, B256)], at: Timestamp) -> Result<(), Error> {
        for (key, hash) in sent {
            self.record_sent(key, *hash, at).await?;
        }
        Ok(())
    }

    /// [`Journal::advance`] of several intents, each from the first stage to the second, likewise.
    ///
    /// # Errors
    /// As [`Journal::advance`].
    async fn advance_all(&self, moves: &[(IntentKey, Stage, Stage)], at: Timestamp) -> Result<(), Error> {
        for (key, from, to) in moves {
            self.advance(key, from, to, at).await?;
        }
        Ok(())
    }
}

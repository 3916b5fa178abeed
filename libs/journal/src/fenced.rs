//! A journal that only the leader can write.

use async_trait::async_trait;
use causeway_chain::{
    intent::{Attempt, Intent, IntentKey, IntentState, Stage},
    journal::{Error as JournalError, Inserted, Journal},
};
use causeway_primitives::{B256, Timestamp};
use causeway_store::{
    Error, Pool, Transaction,
    lease::{Leadership, assert_current},
};
use tokio::sync::watch;

use crate::rows;

/// The journal of a service whose intents belong to no rows of its own. Every write carries the leader's epoch.
#[derive(Debug, Clone)]
pub struct FencedJournal {
    pool: Pool,
    leadership: watch::Receiver<Option<Leadership>>,
}

impl FencedJournal {
    /// On a database with the two tables.
    pub const fn new(pool: Pool, leadership: watch::Receiver<Option<Leadership>>) -> Self {
        Self { pool, leadership }
    }

    /// A transaction that only the leader can commit.
    async fn fenced(&self) -> Result<Transaction, JournalError> {
        let leadership = self.leadership.borrow().clone().ok_or(JournalError::Fenced)?;
        let mut tx = self.pool.begin().await.map_err(unavailable)?;
        assert_current(&mut tx, &leadership).await.map_err(unavailable)?;
        Ok(tx)
    }
}

#[async_trait]
impl Journal for FencedJournal {
    async fn insert(&self, intent: &Intent, at: Timestamp) -> Result<Inserted, JournalError> {
        let mut tx = self.fenced().await?;
        if rows::insert_intent(&mut tx, intent, at).await.map_err(unavailable)? {
            tx.commit().await.map_err(unavailable)?;
            return Ok(Inserted::New);
        }
        drop(tx);
        rows::existing(&self.pool, intent).await
    }

    async fn find(&self, key: &IntentKey) -> Result<Option<IntentState>, JournalError> {
        rows::find(&self.pool, key).await.map_err(unavailable)
    }

    async fn list_open(&self) -> Result<Vec<IntentState>, JournalError> {
        rows::list_open(&self.pool).await.map_err(unavailable)
    }

    async fn find_stages(&self, keys: &[IntentKey]) -> Result<Vec<Option<Stage>>, JournalError> {
        rows::find_stages(&self.pool, keys).await.map_err(unavailable)
    }

    async fn record_attempt(&self, key: &IntentKey, attempt: &Attempt) -> Result<(), JournalError> {
        self.record_attempts(&[(key.clone(), attempt.clone())]).await
    }

    async fn record_sent(&self, key: &IntentKey, hash: B256, at: Timestamp) -> Result<(), JournalError> {
        self.record_all_sent(&[(key.clone(), hash)], at).await
    }

    async fn advance(&self, key: &IntentKey, from: &Stage, to: &Stage, at: Timestamp) -> Result<(), JournalError> {
        self.advance_all(&[(key.clone(), from.clone(), to.clone())], at).await
    }

    async fn record_attempts(&self, attempts: &[(IntentKey, Attempt)]) -> Result<(), JournalError> {
        let mut tx = self.fenced().await?;
        rows::record_attempts(&mut tx, attempts).await?;
        tx.commit().await.map_err(unavailable)
    }

    async fn record_all_sent(&self, sent: &[(IntentKey, B256)], at: Timestamp) -> Result<(), JournalError> {
        let mut tx = self.fenced().await?;
        rows::record_sent(&mut tx, sent, at).await?;
        tx.commit().await.map_err(unavailable)
    }

    async fn advance_all(&self, moves: &[(IntentKey, Stage, Stage)], at: Timestamp) -> Result<(), JournalError> {
        let mut tx = self.fenced().await?;
        rows::advance(&mut tx, moves, at).await?;
        tx.commit().await.map_err(unavailable)
    }
}

/// What a failure of the store means to the sender.
pub fn unavailable(error: Error) -> JournalError {
    match error {
        Error::Fenced { .. } => JournalError::Fenced,
        error @ (Error::Address
        | Error::Query { .. }
        | Error::Timeout { .. }
        | Error::CommitUnknown(_)
        | Error::Unreadable { .. }
        | Error::Unwritable { .. }) => JournalError::Unavailable(Box::new(error)),
    }
}

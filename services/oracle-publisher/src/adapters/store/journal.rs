//! A sender's journal: intents and signed attempts, each write fenced by the epoch of whoever leads the sender's feeds.
//!
//! All senders write the same tables; each sees what is still open of its own, and of nobody else's.
//! An intent of ours belongs to a publication; when it settles, the publication settles in the same transaction,
//! and operators are told.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use causeway_chain::{
    intent::{Attempt, Intent, IntentKey, IntentState, Outcome, Stage},
    journal::{Error as JournalError, Inserted, Journal},
};
use causeway_journal::{rows, unavailable};
use causeway_primitives::{B256, SignerId, Timestamp};
use causeway_store::{
    Error, Named as _, Pool, Transaction,
    lease::{Leadership, assert_current},
};
use tokio::sync::watch;

use super::Store;
use crate::{
    app::shares::{Shares, Wanted},
    ports::NewEvent,
};

/// An intent that expired so long ago by the database's clock has expired by every replica's.
const CLOCKS_DIFFER_SECONDS: f64 = 60.0;

/// Held from an event's number to its commit. Without it a transaction with a smaller number could commit after one
/// with a larger, and whoever follows the events by number would never see it. Every transaction takes this lock
/// last, so that none waits for another while it is held. Any number will do that nothing else of the database locks.
const EVENTS_IN_ORDER: i64 = 138_001;

/// Tells operators something. The last thing that a transaction does.
pub(super) async fn insert_event(
    tx: &mut Transaction,
    event: &NewEvent,
    at: Timestamp,
    trace_id: Option<&str>,
) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!("SELECT pg_advisory_xact_lock($1)", EVENTS_IN_ORDER)
        .execute(&mut **tx)
        .named("lock_events", &queries)
        .await?;
    sqlx::query!(
        "INSERT INTO event (at, kind, subject, summary, detail, trace_id) VALUES ($1, $2, $3, $4, $5, $6)",
        at.to_datetime(),
        event.kind,
        event.subject,
        event.summary,
        event.detail,
        trace_id,
    )
    .execute(&mut **tx)
    .named("insert_event", &queries)
    .await
    .map(drop)
}

/// The journal of one key's sender.
#[derive(Debug, Clone)]
pub struct SenderJournal {
    store: Store,
    leadership: watch::Receiver<Option<Leadership>>,
    shares: Arc<Shares>,
    signer: SignerId,
}

impl SenderJournal {
    /// `leadership` is that of the key's feeds.
    pub const fn new(
        store: Store,
        leadership: watch::Receiver<Option<Leadership>>,
        shares: Arc<Shares>,
        signer: SignerId,
    ) -> Self {
        Self { store, leadership, shares, signer }
    }

    /// A transaction that only the leader can commit.
    async fn fenced(&self) -> Result<Transaction, JournalError> {
        let leadership = self.leadership.borrow().clone().ok_or(JournalError::Fenced)?;
        let mut tx = self.store.pool.begin().await.map_err(unavailable)?;
        assert_current(&mut tx, &leadership).await.map_err(unavailable)?;
        Ok(tx)
    }
}

#[async_trait]
impl Journal for SenderJournal {
    async fn insert(&self, intent: &Intent, at: Timestamp) -> Result<Inserted, JournalError> {
        let mut tx = self.fenced().await?;
        if rows::insert_intent(&mut tx, intent, at).await.map_err(unavailable)? {
            tx.commit().await.map_err(unavailable)?;
            return Ok(Inserted::New);
        }
        drop(tx);
        rows::existing(&self.store.pool, intent).await
    }

    async fn find(&self, key: &IntentKey) -> Result<Option<IntentState>, JournalError> {
        rows::find(&self.store.pool, key).await.map_err(unavailable)
    }

    async fn list_open(&self) -> Result<Vec<IntentState>, JournalError> {
        let mut open = rows::list_open(&self.store.pool).await.map_err(unavailable)?;
        let wanted = list_wanted(&self.store.pool, &open).await.map_err(unavailable)?;
        open.retain(|state| {
            let wanted = wanted.get(state.intent.key.as_str());
            self.shares.signer_of(&state.intent.key, wanted) == Some(&self.signer)
        });
        Ok(open)
    }

    async fn record_attempt(&self, key: &IntentKey, attempt: &Attempt) -> Result<(), JournalError> {
        let mut tx = self.fenced().await?;
        rows::record_attempts(&mut tx, &[(key.clone(), attempt.clone())]).await?;
        advance_publication_hash(&mut tx, key, attempt).await.map_err(unavailable)?;
        tx.commit().await.map_err(unavailable)
    }

    async fn record_sent(&self, key: &IntentKey, hash: B256, at: Timestamp) -> Result<(), JournalError> {
        let mut tx = self.fenced().await?;
        rows::record_sent(&mut tx, &[(key.clone(), hash)], at).await?;
        tx.commit().await.map_err(unavailable)
    }

    async fn advance(&self, key: &IntentKey, from: &Stage, to: &Stage, at: Timestamp) -> Result<(), JournalError> {
        let mut tx = self.fenced().await?;
        rows::advance(&mut tx, &[(key.clone(), from.clone(), to.clone())], at).await?;
        if let Stage::Settled(outcome) = to {
            settle_publication(&mut tx, key, outcome, at).await.map_err(unavailable)?;
        }
        tx.commit().await.map_err(unavailable)
    }
}

/// The keys that answers were given to, where it is known, by the keys of their intents.
async fn list_wanted(pool: &Pool, open: &[IntentState]) -> Result<HashMap<String, Wanted>, Error> {
    if open.is_empty() {
        return Ok(HashMap::new());
    }
    let keys: Vec<String> = open.iter().map(|state| state.intent.key.as_str().to_owned()).collect();
    let rows = sqlx::query!(
        r#"
        SELECT intent_key, signer AS "signer!",
               (intent.expires_at IS NULL OR intent.expires_at + make_interval(secs => $2) > clock_timestamp())
                   AND NOT EXISTS (SELECT FROM attempt WHERE attempt.intent_key = intent.intent_key) AS "may_be_signed!"
        FROM publication JOIN intent USING (intent_key)
        WHERE intent_key = ANY($1) AND signer IS NOT NULL
        "#,
        &keys,
        CLOCKS_DIFFER_SECONDS,
    )
    .fetch_all(pool.executor())
    .named("list_wanted_signers", pool.queries())
    .await?;
    let wanted = |signer, may_be_signed| if may_be_signed { Wanted::Unsigned(signer) } else { Wanted::Begun(signer) };
    Ok(rows.into_iter().map(|row| (row.intent_key, wanted(row.signer, row.may_be_signed))).collect())
}

async fn advance_publication_hash(tx: &mut Transaction, key: &IntentKey, attempt: &Attempt) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        "UPDATE publication SET tx_hash = $2, updated_at = $3 WHERE intent_key = $1",
        key.as_str(),
        attempt.hash.as_slice(),
        attempt.signed_at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("advance_publication_hash", &queries)
    .await
    .map(drop)
}

/// What an outcome makes of the publication. A journal may hold intents of nobody's publication: then nothing.
async fn settle_publication(
    tx: &mut Transaction,
    key: &IntentKey,
    outcome: &Outcome,
    at: Timestamp,
) -> Result<(), Error> {
    let state = match outcome {
        Outcome::Confirmed(_) => "confirmed",
        Outcome::Reverted { .. } => "reverted",
        Outcome::EventMissing(_) | Outcome::Failed(_) => "failed",
    };
    let inclusion = outcome.inclusion();
    let queries = tx.queries();
    let publication = sqlx::query!(
        r#"
        UPDATE publication
        SET state = $2, tx_hash = COALESCE($3, tx_hash), block_number = $4, updated_at = $5
        WHERE intent_key = $1
        RETURNING feed_id, answer::TEXT AS "answer!", reason, trace_id
        "#,
        key.as_str(),
        state,
        inclusion.map(|inclusion| inclusion.tx_hash.to_vec()),
        inclusion.map(|inclusion| i64::try_from(inclusion.block_number).unwrap_or(i64::MAX)),
        at.to_datetime(),
    )
    .fetch_optional(&mut **tx)
    .named("settle_publication", &queries)
    .await?;
    let Some(publication) = publication else { return Ok(()) };
    let event = NewEvent {
        kind: "round_settled",
        subject: publication.feed_id,
        summary: format!("answer {} ({}): {}", publication.answer, publication.reason, outcome.as_str()),
        detail: serde_json::json!({
            "intent_key": key.as_str(),
            "outcome": outcome.as_str(),
            "answer": publication.answer,
            "tx_hash": inclusion.map(|inclusion| inclusion.tx_hash.to_string()),
            "block_number": inclusion.map(|inclusion| inclusion.block_number),
        }),
    };
    insert_event(tx, &event, at, publication.trace_id.as_deref()).await
}

//! The sender's journal: intents and signed attempts, each write fenced by the leader's epoch.
//!
//! An intent of ours belongs to a publication; when it settles, the publication settles in the same transaction,
//! and operators are told.

use std::collections::HashMap;

use async_trait::async_trait;
use causeway_chain::{
    intent::{Attempt, Expectation, Intent, IntentKey, IntentState, OnNonceTaken, Outcome, Stage},
    journal::{Error as JournalError, Inserted, Journal},
    transaction::Fees,
};
use causeway_primitives::{Address, B256, Bytes, Timestamp, U256};
use causeway_store::{Error, Named as _, Transaction, lease::assert_current};

use super::{
    Store,
    values::{digest, parse, timestamp},
};
use crate::ports::NewEvent;

/// Stores an intent; nothing when it is there already.
pub(super) async fn insert_intent(tx: &mut Transaction, intent: &Intent, at: Timestamp) -> Result<bool, Error> {
    let queries = tx.queries();
    let inserted = sqlx::query!(
        r#"
        INSERT INTO intent (intent_key, contract, value, data, expect, on_nonce_taken, expires_at, traceparent, stage,
                            inserted_at, updated_at)
        VALUES ($1, $2, $3::TEXT::NUMERIC, $4, $5, $6, $7, $8, $9, $10, $10)
        ON CONFLICT (intent_key) DO NOTHING
        "#,
        intent.key.as_str(),
        intent.to.as_slice(),
        intent.value.to_string(),
        intent.data.as_ref(),
        json(&intent.expect, "intent.expect")?,
        json(&intent.on_nonce_taken, "intent.on_nonce_taken")?,
        intent.expires_at.map(Timestamp::to_datetime),
        intent.traceparent,
        json(&Stage::Unsigned, STAGE)?,
        at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("insert_intent", &queries)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The column of the sender's stage.
const STAGE: &str = "intent.stage";

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

#[async_trait]
impl Journal for Store {
    async fn insert(&self, intent: &Intent, at: Timestamp) -> Result<Inserted, JournalError> {
        let mut tx = self.fenced().await?;
        if insert_intent(&mut tx, intent, at).await.map_err(unavailable)? {
            tx.commit().await.map_err(unavailable)?;
            return Ok(Inserted::New);
        }
        drop(tx);
        let existing = self.find(&intent.key).await?.ok_or_else(|| JournalError::Conflict(intent.key.clone()))?;
        let same = Intent { traceparent: intent.traceparent.clone(), ..existing.intent } == *intent;
        if same { Ok(Inserted::Existing(existing.stage)) } else { Err(JournalError::KeyReused(intent.key.clone())) }
    }

    async fn find(&self, key: &IntentKey) -> Result<Option<IntentState>, JournalError> {
        Ok(self.intents(Some(key)).await.map_err(unavailable)?.pop())
    }

    async fn list_open(&self) -> Result<Vec<IntentState>, JournalError> {
        self.intents(None).await.map_err(unavailable)
    }

    async fn record_attempt(&self, key: &IntentKey, attempt: &Attempt) -> Result<(), JournalError> {
        let mut tx = self.fenced().await?;
        let pending = json(&Stage::Pending { nonce: attempt.nonce }, STAGE).map_err(unavailable)?;
        let moved = advance_pending(&mut tx, key, &pending, attempt).await.map_err(unavailable)?;
        if !moved {
            return Err(JournalError::Conflict(key.clone()));
        }
        insert_attempt(&mut tx, key, attempt).await.map_err(unavailable)?;
        tx.commit().await.map_err(unavailable)
    }

    async fn record_sent(&self, key: &IntentKey, hash: B256, at: Timestamp) -> Result<(), JournalError> {
        let mut tx = self.fenced().await?;
        let queries = tx.queries();
        let updated = sqlx::query!(
            "UPDATE attempt SET sent_at = $3 WHERE intent_key = $1 AND hash = $2",
            key.as_str(),
            hash.as_slice(),
            at.to_datetime(),
        )
        .execute(&mut *tx)
        .named("record_sent", &queries)
        .await
        .map_err(unavailable)?;
        if updated.rows_affected() != 1 {
            return Err(JournalError::Conflict(key.clone()));
        }
        tx.commit().await.map_err(unavailable)
    }

    async fn advance(&self, key: &IntentKey, from: &Stage, to: &Stage, at: Timestamp) -> Result<(), JournalError> {
        let mut tx = self.fenced().await?;
        let queries = tx.queries();
        let updated = sqlx::query!(
            r#"
            UPDATE intent SET stage = $3, settled = $4, updated_at = $5
            WHERE intent_key = $1 AND stage = $2
            "#,
            key.as_str(),
            json(from, STAGE).map_err(unavailable)?,
            json(to, STAGE).map_err(unavailable)?,
            matches!(to, Stage::Settled(_)),
            at.to_datetime(),
        )
        .execute(&mut *tx)
        .named("advance_intent", &queries)
        .await
        .map_err(unavailable)?;
        if updated.rows_affected() != 1 {
            return Err(JournalError::Conflict(key.clone()));
        }
        if let Stage::Settled(outcome) = to {
            settle_publication(&mut tx, key, outcome, at).await.map_err(unavailable)?;
        }
        tx.commit().await.map_err(unavailable)
    }
}

impl Store {
    /// A transaction that only the leader can commit.
    async fn fenced(&self) -> Result<Transaction, JournalError> {
        let leadership = self.leadership.borrow().clone().ok_or(JournalError::Fenced)?;
        let mut tx = self.pool.begin().await.map_err(unavailable)?;
        assert_current(&mut tx, &leadership).await.map_err(unavailable)?;
        Ok(tx)
    }

    /// One intent, or all that are open, in the order of insertion.
    async fn intents(&self, key: Option<&IntentKey>) -> Result<Vec<IntentState>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT intent_key, contract, value::TEXT AS "value!", data, expect, on_nonce_taken, expires_at, traceparent,
                   stage
            FROM intent
            WHERE CASE WHEN $1::TEXT IS NULL THEN NOT settled ELSE intent_key = $1 END
            ORDER BY position
            "#,
            key.map(IntentKey::as_str),
        )
        .fetch_all(self.pool.executor())
        .named("list_intents", self.pool.queries())
        .await?;
        let mut attempts = self.attempts(key).await?;
        let mut states = Vec::with_capacity(rows.len());
        for row in rows {
            let intent = Intent {
                key: parse(&row.intent_key, "intent.intent_key")?,
                to: Address::try_from(row.contract.as_slice())
                    .map_err(|_| Error::Unreadable { column: "intent.contract" })?,
                value: parse::<U256>(&row.value, "intent.value")?,
                data: Bytes::from(row.data),
                expect: read::<Expectation>(&row.expect, "intent.expect")?,
                on_nonce_taken: read::<OnNonceTaken>(&row.on_nonce_taken, "intent.on_nonce_taken")?,
                expires_at: row.expires_at.map(|at| timestamp(at, "intent.expires_at")).transpose()?,
                traceparent: row.traceparent,
            };
            let attempts = attempts.remove(&row.intent_key).unwrap_or_default();
            states.push(IntentState { intent, stage: read(&row.stage, "intent.stage")?, attempts });
        }
        Ok(states)
    }

    /// The attempts of one intent, or of all that are open, by intent and in the order of signing.
    async fn attempts(&self, key: Option<&IntentKey>) -> Result<HashMap<String, Vec<Attempt>>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT intent_key, ordinal, nonce::TEXT AS "nonce!", gas_limit::TEXT AS "gas_limit!", fees, raw, hash,
                   signed_at, sent_at
            FROM attempt
            WHERE CASE WHEN $1::TEXT IS NULL THEN intent_key IN (SELECT intent_key FROM intent WHERE NOT settled)
                       ELSE intent_key = $1 END
            ORDER BY intent_key, ordinal
            "#,
            key.map(IntentKey::as_str),
        )
        .fetch_all(self.pool.executor())
        .named("list_attempts", self.pool.queries())
        .await?;
        let mut attempts: HashMap<String, Vec<Attempt>> = HashMap::new();
        for row in rows {
            let attempt = Attempt {
                ordinal: u32::try_from(row.ordinal).map_err(|_| Error::Unreadable { column: "attempt.ordinal" })?,
                nonce: parse(&row.nonce, "attempt.nonce")?,
                gas_limit: parse(&row.gas_limit, "attempt.gas_limit")?,
                fees: read::<Fees>(&row.fees, "attempt.fees")?,
                raw: Bytes::from(row.raw),
                hash: digest(&row.hash, "attempt.hash")?,
                signed_at: timestamp(row.signed_at, "attempt.signed_at")?,
                sent_at: row.sent_at.map(|at| timestamp(at, "attempt.sent_at")).transpose()?,
            };
            attempts.entry(row.intent_key).or_default().push(attempt);
        }
        Ok(attempts)
    }
}

async fn advance_pending(
    tx: &mut Transaction,
    key: &IntentKey,
    pending: &str,
    attempt: &Attempt,
) -> Result<bool, Error> {
    let queries = tx.queries();
    let updated = sqlx::query!(
        "UPDATE intent SET stage = $2, updated_at = $4 WHERE intent_key = $1 AND stage IN ($2, $3)",
        key.as_str(),
        pending,
        json(&Stage::Unsigned, STAGE)?,
        attempt.signed_at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("advance_intent_pending", &queries)
    .await?;
    Ok(updated.rows_affected() == 1)
}

async fn insert_attempt(tx: &mut Transaction, key: &IntentKey, attempt: &Attempt) -> Result<(), Error> {
    let queries = tx.queries();
    let ordinal = i32::try_from(attempt.ordinal).unwrap_or(i32::MAX);
    sqlx::query!(
        r#"
        INSERT INTO attempt (intent_key, ordinal, nonce, gas_limit, fees, raw, hash, signed_at, sent_at)
        VALUES ($1, $2, $3::TEXT::NUMERIC, $4::TEXT::NUMERIC, $5, $6, $7, $8, $9)
        "#,
        key.as_str(),
        ordinal,
        attempt.nonce.to_string(),
        attempt.gas_limit.to_string(),
        json(&attempt.fees, "attempt.fees")?,
        attempt.raw.as_ref(),
        attempt.hash.as_slice(),
        attempt.signed_at.to_datetime(),
        attempt.sent_at.map(Timestamp::to_datetime),
    )
    .execute(&mut **tx)
    .named("insert_attempt", &queries)
    .await?;
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

/// Plain data of ours has JSON; were it not so, an empty text would be a stage that nobody can read.
fn json<T: serde::Serialize>(value: &T, column: &'static str) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|source| Error::Unwritable { column, source: Box::new(source) })
}

fn read<T: serde::de::DeserializeOwned>(text: &str, column: &'static str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::Unreadable { column })
}

fn unavailable(error: Error) -> JournalError {
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

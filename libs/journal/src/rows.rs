//! Intents and attempts as rows. What changes something takes a transaction, which the caller fences and commits.

use std::collections::HashMap;

use causeway_chain::{
    intent::{Attempt, Expectation, Intent, IntentKey, IntentState, OnNonceTaken, Stage},
    journal::{Error as JournalError, Inserted},
    transaction::Fees,
};
use causeway_primitives::{Address, B256, Bytes, Timestamp, U256};
use causeway_store::{Error, Named as _, Pool, Transaction};
use time::OffsetDateTime;

use crate::unavailable;

/// The column of the sender's stage.
const STAGE: &str = "intent.stage";

/// Stores an intent; `false` when there is one of its key.
///
/// # Errors
/// [`Error`].
pub async fn insert_intent(tx: &mut Transaction, intent: &Intent, at: Timestamp) -> Result<bool, Error> {
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

/// What [`insert_intent`] found under the key.
///
/// # Errors
/// [`JournalError::KeyReused`] when it is another intent, whatever the trace context that they came with.
pub async fn existing(pool: &Pool, intent: &Intent) -> Result<Inserted, JournalError> {
    let found = find(pool, &intent.key).await.map_err(unavailable)?;
    let existing = found.ok_or_else(|| JournalError::Conflict(intent.key.clone()))?;
    let same = Intent { traceparent: intent.traceparent.clone(), ..existing.intent } == *intent;
    if same { Ok(Inserted::Existing(existing.stage)) } else { Err(JournalError::KeyReused(intent.key.clone())) }
}

/// An intent, settled ones included.
///
/// # Errors
/// [`Error`].
pub async fn find(pool: &Pool, key: &IntentKey) -> Result<Option<IntentState>, Error> {
    Ok(intents(pool, Some(key)).await?.pop())
}

/// Everything that is not settled, in the order of insertion.
///
/// # Errors
/// [`Error`].
pub async fn list_open(pool: &Pool) -> Result<Vec<IntentState>, Error> {
    intents(pool, None).await
}

/// Appends a signed attempt and moves the intent to pending.
///
/// # Errors
/// [`JournalError::Conflict`] when the intent is neither unsigned nor pending with this nonce.
pub async fn record_attempt(tx: &mut Transaction, key: &IntentKey, attempt: &Attempt) -> Result<(), JournalError> {
    let pending = json(&Stage::Pending { nonce: attempt.nonce }, STAGE).map_err(unavailable)?;
    if !advance_pending(tx, key, &pending, attempt.signed_at).await.map_err(unavailable)? {
        return Err(JournalError::Conflict(key.clone()));
    }
    insert_attempt(tx, key, attempt).await.map_err(unavailable)
}

async fn advance_pending(
    tx: &mut Transaction,
    key: &IntentKey,
    pending: &str,
    signed_at: Timestamp,
) -> Result<bool, Error> {
    let queries = tx.queries();
    let updated = sqlx::query!(
        "UPDATE intent SET stage = $2, updated_at = $4 WHERE intent_key = $1 AND stage IN ($2, $3)",
        key.as_str(),
        pending,
        json(&Stage::Unsigned, STAGE)?,
        signed_at.to_datetime(),
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
    .await
    .map(drop)
}

/// Notes when an attempt was last handed to the endpoints.
///
/// # Errors
/// [`JournalError::Conflict`] when there is no such attempt.
pub async fn record_sent(tx: &mut Transaction, key: &IntentKey, hash: B256, at: Timestamp) -> Result<(), JournalError> {
    let queries = tx.queries();
    let updated = sqlx::query!(
        "UPDATE attempt SET sent_at = $3 WHERE intent_key = $1 AND hash = $2",
        key.as_str(),
        hash.as_slice(),
        at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("record_sent", &queries)
    .await
    .map_err(unavailable)?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(JournalError::Conflict(key.clone())) }
}

/// Moves an intent from the first stage to the second, if it is still in the first.
///
/// # Errors
/// [`JournalError::Conflict`] when it is not.
pub async fn advance(
    tx: &mut Transaction,
    key: &IntentKey,
    (from, to): (&Stage, &Stage),
    at: Timestamp,
) -> Result<(), JournalError> {
    let queries = tx.queries();
    let updated = sqlx::query!(
        "UPDATE intent SET stage = $3, settled = $4, updated_at = $5 WHERE intent_key = $1 AND stage = $2",
        key.as_str(),
        json(from, STAGE).map_err(unavailable)?,
        json(to, STAGE).map_err(unavailable)?,
        matches!(to, Stage::Settled(_)),
        at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("advance_intent", &queries)
    .await
    .map_err(unavailable)?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(JournalError::Conflict(key.clone())) }
}

/// One intent, or all that are open.
async fn intents(pool: &Pool, key: Option<&IntentKey>) -> Result<Vec<IntentState>, Error> {
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
    .fetch_all(pool.executor())
    .named("list_intents", pool.queries())
    .await?;
    let mut attempts = attempts(pool, key).await?;
    let mut states = Vec::with_capacity(rows.len());
    for row in rows {
        let contract = Address::try_from(row.contract.as_slice());
        let intent = Intent {
            key: parse(&row.intent_key, "intent.intent_key")?,
            to: contract.map_err(|_| Error::Unreadable { column: "intent.contract" })?,
            value: parse::<U256>(&row.value, "intent.value")?,
            data: Bytes::from(row.data),
            expect: read::<Expectation>(&row.expect, "intent.expect")?,
            on_nonce_taken: read::<OnNonceTaken>(&row.on_nonce_taken, "intent.on_nonce_taken")?,
            expires_at: row.expires_at.map(|at| timestamp(at, "intent.expires_at")).transpose()?,
            traceparent: row.traceparent,
        };
        let attempts = attempts.remove(&row.intent_key).unwrap_or_default();
        states.push(IntentState { intent, stage: read(&row.stage, STAGE)?, attempts });
    }
    Ok(states)
}

/// The attempts of one intent, or of all that are open, by intent and in the order of signing.
async fn attempts(pool: &Pool, key: Option<&IntentKey>) -> Result<HashMap<String, Vec<Attempt>>, Error> {
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
    .fetch_all(pool.executor())
    .named("list_attempts", pool.queries())
    .await?;
    let mut attempts: HashMap<String, Vec<Attempt>> = HashMap::new();
    for row in rows {
        let hash = B256::try_from(row.hash.as_slice());
        let attempt = Attempt {
            ordinal: u32::try_from(row.ordinal).map_err(|_| Error::Unreadable { column: "attempt.ordinal" })?,
            nonce: parse(&row.nonce, "attempt.nonce")?,
            gas_limit: parse(&row.gas_limit, "attempt.gas_limit")?,
            fees: read::<Fees>(&row.fees, "attempt.fees")?,
            raw: Bytes::from(row.raw),
            hash: hash.map_err(|_| Error::Unreadable { column: "attempt.hash" })?,
            signed_at: timestamp(row.signed_at, "attempt.signed_at")?,
            sent_at: row.sent_at.map(|at| timestamp(at, "attempt.sent_at")).transpose()?,
        };
        attempts.entry(row.intent_key).or_default().push(attempt);
    }
    Ok(attempts)
}

fn timestamp(value: OffsetDateTime, column: &'static str) -> Result<Timestamp, Error> {
    Timestamp::from_datetime(value).map_err(|_| Error::Unreadable { column })
}

fn parse<T: std::str::FromStr>(text: &str, column: &'static str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Unreadable { column })
}

/// Plain data of ours has JSON; were it not so, an empty text would be a stage that nobody can read.
fn json<T: serde::Serialize>(value: &T, column: &'static str) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|source| Error::Unwritable { column, source: Box::new(source) })
}

fn read<T: serde::de::DeserializeOwned>(text: &str, column: &'static str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::Unreadable { column })
}

//! Intents and attempts as rows. What changes something takes a transaction, which the caller fences and commits.

use std::collections::{HashMap, HashSet};

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
    Ok(insert_intents(tx, &[(intent, at)]).await? == 1)
}

/// Stores intents, each with the time at which it was wanted, in this order; how many there were not before.
///
/// # Errors
/// [`Error`].
pub async fn insert_intents(tx: &mut Transaction, intents: &[(&Intent, Timestamp)]) -> Result<u64, Error> {
    let queries = tx.queries();
    let texts = |text: fn(&Intent) -> String| intents.iter().map(|(intent, _)| text(intent)).collect::<Vec<_>>();
    let expect: Result<Vec<_>, _> = intents.iter().map(|(intent, _)| json(&intent.expect, "intent.expect")).collect();
    let on_nonce_taken: Result<Vec<_>, _> =
        intents.iter().map(|(intent, _)| json(&intent.on_nonce_taken, "intent.on_nonce_taken")).collect();
    let inserted = sqlx::query!(
        r#"
        INSERT INTO intent (intent_key, contract, value, data, expect, on_nonce_taken, expires_at, traceparent, stage,
                            inserted_at, updated_at)
        SELECT wanted.intent_key, wanted.contract, wanted.value::NUMERIC, wanted.data, wanted.expect,
               wanted.on_nonce_taken, wanted.expires_at, wanted.traceparent, $9::TEXT, wanted.at, wanted.at
        FROM UNNEST($1::TEXT[], $2::BYTEA[], $3::TEXT[], $4::BYTEA[], $5::TEXT[], $6::TEXT[], $7::TIMESTAMPTZ[],
                    $8::TEXT[], $10::TIMESTAMPTZ[])
            WITH ORDINALITY AS wanted (intent_key, contract, value, data, expect, on_nonce_taken, expires_at,
                                       traceparent, at, place)
        ORDER BY wanted.place
        ON CONFLICT (intent_key) DO NOTHING
        "#,
        &texts(|intent| intent.key.as_str().to_owned()),
        &intents.iter().map(|(intent, _)| intent.to.to_vec()).collect::<Vec<_>>(),
        &texts(|intent| intent.value.to_string()),
        &intents.iter().map(|(intent, _)| intent.data.to_vec()).collect::<Vec<_>>(),
        &expect?,
        &on_nonce_taken?,
        &intents.iter().map(|(intent, _)| intent.expires_at.map(Timestamp::to_datetime)).collect::<Vec<_>>()
            as &[Option<OffsetDateTime>],
        &intents.iter().map(|(intent, _)| intent.traceparent.clone()).collect::<Vec<_>>() as &[Option<String>],
        json(&Stage::Unsigned, STAGE)?,
        &intents.iter().map(|(_, at)| at.to_datetime()).collect::<Vec<_>>(),
    )
    .execute(&mut **tx)
    .named("insert_intents", &queries)
    .await?;
    Ok(inserted.rows_affected())
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
    let row = sqlx::query_as!(
        Row,
        r#"
        SELECT intent_key, contract, value::TEXT AS "value!", data, expect, on_nonce_taken, expires_at, traceparent,
               stage
        FROM intent WHERE intent_key = $1
        "#,
        key.as_str(),
    )
    .fetch_optional(pool.executor())
    .named("find_intent", pool.queries())
    .await?;
    Ok(states(pool, row.into_iter().collect()).await?.pop())
}

/// Everything that is not settled, in the order of insertion.
///
/// # Errors
/// [`Error`].
pub async fn list_open(pool: &Pool) -> Result<Vec<IntentState>, Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT intent_key, contract, value::TEXT AS "value!", data, expect, on_nonce_taken, expires_at, traceparent,
               stage
        FROM intent WHERE NOT settled ORDER BY position
        "#,
    )
    .fetch_all(pool.executor())
    .named("list_open_intents", pool.queries())
    .await?;
    states(pool, rows).await
}

/// How far these intents have come, in their order; `None` for one that there is not.
///
/// # Errors
/// [`Error`].
pub async fn find_stages(pool: &Pool, keys: &[IntentKey]) -> Result<Vec<Option<Stage>>, Error> {
    let rows = sqlx::query!("SELECT intent_key, stage FROM intent WHERE intent_key = ANY($1)", &texts(keys))
        .fetch_all(pool.executor())
        .named("find_intent_stages", pool.queries())
        .await?;
    let found: HashMap<_, _> = rows.into_iter().map(|row| (row.intent_key, row.stage)).collect();
    keys.iter().map(|key| found.get(key.as_str()).map(|stage| read(stage, STAGE)).transpose()).collect()
}

/// Appends signed attempts and moves their intents, each of which is another, to pending: all of them or none.
///
/// # Errors
/// [`JournalError::Conflict`] when an intent is neither unsigned nor pending with this nonce.
pub async fn record_attempts(tx: &mut Transaction, attempts: &[(IntentKey, Attempt)]) -> Result<(), JournalError> {
    let moved = advance_pending(tx, attempts).await.map_err(unavailable)?;
    all_of(attempts.iter().map(|(key, _)| key), &moved)?;
    insert_attempts(tx, attempts).await.map_err(unavailable)
}

/// The keys of those that were where they had to be.
async fn advance_pending(tx: &mut Transaction, attempts: &[(IntentKey, Attempt)]) -> Result<HashSet<String>, Error> {
    let queries = tx.queries();
    let pending: Result<Vec<_>, _> =
        attempts.iter().map(|(_, attempt)| json(&Stage::Pending { nonce: attempt.nonce }, STAGE)).collect();
    let moved = sqlx::query_scalar!(
        r#"
        UPDATE intent SET stage = signed.pending, updated_at = signed.at
        FROM UNNEST($1::TEXT[], $2::TEXT[], $3::TIMESTAMPTZ[]) AS signed (intent_key, pending, at)
        WHERE intent.intent_key = signed.intent_key AND intent.stage IN (signed.pending, $4)
        RETURNING intent.intent_key
        "#,
        &texts(attempts.iter().map(|(key, _)| key)),
        &pending?,
        &attempts.iter().map(|(_, attempt)| attempt.signed_at.to_datetime()).collect::<Vec<_>>(),
        json(&Stage::Unsigned, STAGE)?,
    )
    .fetch_all(&mut **tx)
    .named("advance_intents_pending", &queries)
    .await?;
    Ok(moved.into_iter().collect())
}

async fn insert_attempts(tx: &mut Transaction, attempts: &[(IntentKey, Attempt)]) -> Result<(), Error> {
    let queries = tx.queries();
    let texts_of = |text: fn(&Attempt) -> String| attempts.iter().map(|(_, one)| text(one)).collect::<Vec<_>>();
    let bytes_of = |bytes: fn(&Attempt) -> Vec<u8>| attempts.iter().map(|(_, one)| bytes(one)).collect::<Vec<_>>();
    let fees: Result<Vec<_>, _> = attempts.iter().map(|(_, attempt)| json(&attempt.fees, "attempt.fees")).collect();
    let ordinals = attempts.iter().map(|(_, attempt)| i32::try_from(attempt.ordinal).unwrap_or(i32::MAX));
    sqlx::query!(
        r#"
        INSERT INTO attempt (intent_key, ordinal, nonce, gas_limit, fees, raw, hash, signed_at, sent_at)
        SELECT signed.intent_key, signed.ordinal, signed.nonce::NUMERIC, signed.gas_limit::NUMERIC, signed.fees,
               signed.raw, signed.hash, signed.signed_at, signed.sent_at
        FROM UNNEST($1::TEXT[], $2::INTEGER[], $3::TEXT[], $4::TEXT[], $5::TEXT[], $6::BYTEA[], $7::BYTEA[],
                    $8::TIMESTAMPTZ[], $9::TIMESTAMPTZ[])
            AS signed (intent_key, ordinal, nonce, gas_limit, fees, raw, hash, signed_at, sent_at)
        "#,
        &texts(attempts.iter().map(|(key, _)| key)),
        &ordinals.collect::<Vec<_>>(),
        &texts_of(|attempt| attempt.nonce.to_string()),
        &texts_of(|attempt| attempt.gas_limit.to_string()),
        &fees?,
        &bytes_of(|attempt| attempt.raw.to_vec()),
        &bytes_of(|attempt| attempt.hash.to_vec()),
        &attempts.iter().map(|(_, attempt)| attempt.signed_at.to_datetime()).collect::<Vec<_>>(),
        &attempts.iter().map(|(_, attempt)| attempt.sent_at.map(Timestamp::to_datetime)).collect::<Vec<_>>()
            as &[Option<OffsetDateTime>],
    )
    .execute(&mut **tx)
    .named("insert_attempts", &queries)
    .await
    .map(drop)
}

/// Notes when attempts were last handed to the endpoints: of all or none.
///
/// # Errors
/// [`JournalError::Conflict`] when there is no such attempt.
pub async fn record_sent(tx: &mut Transaction, sent: &[(IntentKey, B256)], at: Timestamp) -> Result<(), JournalError> {
    let queries = tx.queries();
    let noted = sqlx::query_scalar!(
        r#"
        UPDATE attempt SET sent_at = $3
        FROM UNNEST($1::TEXT[], $2::BYTEA[]) AS sent (intent_key, hash)
        WHERE attempt.intent_key = sent.intent_key AND attempt.hash = sent.hash
        RETURNING attempt.intent_key
        "#,
        &texts(sent.iter().map(|(key, _)| key)),
        &sent.iter().map(|(_, hash)| hash.to_vec()).collect::<Vec<_>>(),
        at.to_datetime(),
    )
    .fetch_all(&mut **tx)
    .named("record_sent", &queries)
    .await
    .map_err(unavailable)?;
    all_of(sent.iter().map(|(key, _)| key), &noted.into_iter().collect())
}

/// Moves intents from their first stage to the second, those that are still in the first: all of them or none.
///
/// # Errors
/// [`JournalError::Conflict`] when one is not.
pub async fn advance(
    tx: &mut Transaction,
    moves: &[(IntentKey, Stage, Stage)],
    at: Timestamp,
) -> Result<(), JournalError> {
    let queries = tx.queries();
    let stages = |stage: fn(&(IntentKey, Stage, Stage)) -> &Stage| -> Result<Vec<_>, JournalError> {
        moves.iter().map(|one| json(stage(one), STAGE).map_err(unavailable)).collect()
    };
    let moved = sqlx::query_scalar!(
        r#"
        UPDATE intent SET stage = moved.later, settled = moved.settled, updated_at = $5
        FROM UNNEST($1::TEXT[], $2::TEXT[], $3::TEXT[], $4::BOOLEAN[]) AS moved (intent_key, earlier, later, settled)
        WHERE intent.intent_key = moved.intent_key AND intent.stage = moved.earlier
        RETURNING intent.intent_key
        "#,
        &texts(moves.iter().map(|(key, ..)| key)),
        &stages(|(_, from, _)| from)?,
        &stages(|(.., to)| to)?,
        &moves.iter().map(|(.., to)| matches!(to, Stage::Settled(_))).collect::<Vec<_>>(),
        at.to_datetime(),
    )
    .fetch_all(&mut **tx)
    .named("advance_intents", &queries)
    .await
    .map_err(unavailable)?;
    all_of(moves.iter().map(|(key, ..)| key), &moved.into_iter().collect())
}

fn texts<'a>(keys: impl IntoIterator<Item = &'a IntentKey>) -> Vec<String> {
    keys.into_iter().map(|key| key.as_str().to_owned()).collect()
}

/// Names the first that was not where it had to be.
fn all_of<'a>(mut keys: impl Iterator<Item = &'a IntentKey>, found: &HashSet<String>) -> Result<(), JournalError> {
    let missing = keys.find(|key| !found.contains(key.as_str()));
    missing.map_or(Ok(()), |key| Err(JournalError::Conflict(key.clone())))
}

/// An intent without its attempts.
struct Row {
    intent_key: String,
    contract: Vec<u8>,
    value: String,
    data: Vec<u8>,
    expect: String,
    on_nonce_taken: String,
    expires_at: Option<OffsetDateTime>,
    traceparent: Option<String>,
    stage: String,
}

/// With their attempts.
async fn states(pool: &Pool, rows: Vec<Row>) -> Result<Vec<IntentState>, Error> {
    let keys: Vec<_> = rows.iter().map(|row| row.intent_key.clone()).collect();
    let mut attempts = if keys.is_empty() { HashMap::new() } else { attempts(pool, &keys).await? };
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

/// The attempts of these intents, by intent and in the order of signing.
async fn attempts(pool: &Pool, keys: &[String]) -> Result<HashMap<String, Vec<Attempt>>, Error> {
    let rows = sqlx::query!(
        r#"
        SELECT intent_key, ordinal, nonce::TEXT AS "nonce!", gas_limit::TEXT AS "gas_limit!", fees, raw, hash,
               signed_at, sent_at
        FROM attempt
        WHERE intent_key = ANY($1)
        ORDER BY intent_key, ordinal
        "#,
        keys,
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

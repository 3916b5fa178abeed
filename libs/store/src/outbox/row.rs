//! A message's row: written, claimed, settled.

use std::{sync::Arc, time::Duration};

use causeway_primitives::Timestamp;
use causeway_telemetry::propagation::current_traceparent;
use serde_json::Value;

use crate::{Error, Named as _, Pool, Transaction, span::interval};

/// Enough for an error and its causes; a receiver's whole page is not wanted in the table.
const DETAIL_CHARACTERS: usize = 500;

/// A message on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub(super) id: i64,
    pub(super) attempts: i32,
    /// What it is about; decides who handles it.
    pub topic: Arc<str>,
    /// The same on every attempt, unique within the topic.
    pub key: String,
    /// What was enqueued.
    pub payload: Value,
    /// The trace that caused it.
    pub traceparent: Option<String>,
    /// When it was caused, by the database's clock.
    pub enqueued_at: Timestamp,
}

impl Message {
    /// Attempts so far, this one included.
    pub fn attempt(&self) -> u32 {
        u32::try_from(self.attempts).unwrap_or(u32::MAX)
    }
}

/// What came of [`enqueue`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// It goes out after the commit.
    New,
    /// The topic has a message of this key already, delivered or not: nothing was written.
    Known,
}

/// A message to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// Unique within its topic.
    pub key: String,
    /// What is delivered.
    pub payload: Value,
    /// The trace that causes it.
    pub traceparent: Option<String>,
}

/// Writes a message with the transaction that causes it, and with the current trace.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`].
pub async fn enqueue(tx: &mut Transaction, topic: &str, key: &str, payload: &Value) -> Result<Enqueued, Error> {
    let letter = Letter { key: key.to_owned(), payload: payload.clone(), traceparent: current_traceparent() };
    let written = enqueue_all(tx, topic, &[letter]).await?;
    Ok(if written == 1 { Enqueued::New } else { Enqueued::Known })
}

/// Writes messages of one topic, in their order and each with its own trace. Answers how many the topic had none of before.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`].
pub async fn enqueue_all(tx: &mut Transaction, topic: &str, letters: &[Letter]) -> Result<u64, Error> {
    let queries = tx.queries();
    let written = sqlx::query!(
        r#"
        INSERT INTO causeway_outbox (topic, key, payload, traceparent)
        SELECT $1, letter.key, letter.payload, letter.traceparent
        FROM UNNEST($2::TEXT[], $3::JSONB[], $4::TEXT[]) WITH ORDINALITY AS letter (key, payload, traceparent, place)
        ORDER BY letter.place
        ON CONFLICT (topic, key) DO NOTHING
        "#,
        topic,
        &letters.iter().map(|letter| letter.key.clone()).collect::<Vec<_>>(),
        &letters.iter().map(|letter| letter.payload.clone()).collect::<Vec<_>>(),
        &letters.iter().map(|letter| letter.traceparent.clone()).collect::<Vec<_>>() as &[Option<String>],
    )
    .execute(&mut **tx)
    .named("enqueue_message", &queries)
    .await?;
    Ok(written.rows_affected())
}

/// Takes up to `limit` due messages of a topic. They are nobody else's for `hold`.
pub(super) async fn claim(pool: &Pool, topic: &Arc<str>, limit: u32, hold: Duration) -> Result<Vec<Message>, Error> {
    // Materialized: the planner might otherwise run the limited selection more than once.
    let rows = sqlx::query_as!(
        Claimed,
        r#"
        WITH due AS MATERIALIZED (
            SELECT id FROM causeway_outbox
            WHERE topic = $1 AND state = 'pending' AND due_at <= clock_timestamp()
            ORDER BY due_at, id
            LIMIT $2
            FOR UPDATE SKIP LOCKED
        )
        UPDATE causeway_outbox AS message
        SET attempts = message.attempts + 1, due_at = clock_timestamp() + $3
        FROM due
        WHERE message.id = due.id
        RETURNING message.id, message.attempts, message.key, message.payload, message.traceparent,
            message.enqueued_at
        "#,
        &**topic,
        i64::from(limit),
        interval(hold),
    )
    .fetch_all(pool.executor())
    .named("claim_messages", pool.queries())
    .await?;
    let message = |row: Claimed| row.message(topic);
    rows.into_iter().map(message).collect()
}

/// Takes the oldest message of a topic that is not settled, if it is due and nobody else has it. While it is not due,
/// none is: a later one would overtake it.
pub(super) async fn claim_next(pool: &Pool, topic: &Arc<str>, hold: Duration) -> Result<Vec<Message>, Error> {
    let row = sqlx::query_as!(
        Claimed,
        r#"
        WITH next AS MATERIALIZED (
            SELECT id FROM causeway_outbox
            WHERE id = (SELECT min(id) FROM causeway_outbox WHERE topic = $1 AND state = 'pending')
                AND state = 'pending' AND due_at <= clock_timestamp()
            FOR UPDATE SKIP LOCKED
        )
        UPDATE causeway_outbox AS message
        SET attempts = message.attempts + 1, due_at = clock_timestamp() + $2
        FROM next
        WHERE message.id = next.id
        RETURNING message.id, message.attempts, message.key, message.payload, message.traceparent,
            message.enqueued_at
        "#,
        &**topic,
        interval(hold),
    )
    .fetch_optional(pool.executor())
    .named("claim_next_message", pool.queries())
    .await?;
    row.map(|row| row.message(topic)).into_iter().collect()
}

/// A claimed row as it is stored.
struct Claimed {
    id: i64,
    attempts: i32,
    key: String,
    payload: Value,
    traceparent: Option<String>,
    enqueued_at: sqlx::types::time::OffsetDateTime,
}

impl Claimed {
    fn message(self, topic: &Arc<str>) -> Result<Message, Error> {
        Ok(Message {
            id: self.id,
            attempts: self.attempts,
            topic: Arc::clone(topic),
            key: self.key,
            payload: self.payload,
            traceparent: self.traceparent,
            enqueued_at: Timestamp::from_datetime(self.enqueued_at)
                .map_err(|_| Error::Unreadable { column: "causeway_outbox.enqueued_at" })?,
        })
    }
}

/// Whether the row was still this claim's to settle. If not, it has been claimed anew meanwhile.
pub(super) type Settled = bool;

pub(super) async fn mark_delivered(pool: &Pool, message: &Message) -> Result<Settled, Error> {
    let done = sqlx::query!(
        r#"
        UPDATE causeway_outbox
        SET state = 'delivered', settled_at = clock_timestamp(), last_error = NULL
        WHERE id = $1 AND attempts = $2 AND state = 'pending'
        "#,
        message.id,
        message.attempts,
    )
    .execute(pool.executor())
    .named("mark_delivered", pool.queries())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn mark_failed(
    pool: &Pool,
    message: &Message,
    wait: Duration,
    detail: &str,
) -> Result<Settled, Error> {
    let done = sqlx::query!(
        r#"
        UPDATE causeway_outbox
        SET due_at = clock_timestamp() + $3, last_error = $4
        WHERE id = $1 AND attempts = $2 AND state = 'pending'
        "#,
        message.id,
        message.attempts,
        interval(wait),
        cut(detail),
    )
    .execute(pool.executor())
    .named("mark_failed", pool.queries())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn mark_dead(pool: &Pool, message: &Message, detail: &str) -> Result<Settled, Error> {
    let done = sqlx::query!(
        r#"
        UPDATE causeway_outbox
        SET state = 'dead', settled_at = clock_timestamp(), last_error = $3
        WHERE id = $1 AND attempts = $2 AND state = 'pending'
        "#,
        message.id,
        message.attempts,
        cut(detail),
    )
    .execute(pool.executor())
    .named("mark_dead", pool.queries())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// PostgreSQL has no text with a zero character in it.
fn cut(detail: &str) -> String {
    detail.chars().filter(|c| *c != '\0').take(DETAIL_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_fits_its_column_whatever_a_receiver_answers() {
        let widest = "\u{10FFFF}".repeat(10_000);
        assert_eq!(cut(&widest).len(), 2_000);
        assert_eq!(cut("a\0b"), "ab");
    }
}

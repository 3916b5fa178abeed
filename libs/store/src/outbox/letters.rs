//! What people see of the outbox, and do with it: the backlog, the messages given up on, and what may go.

use std::time::Duration;

use causeway_primitives::Timestamp;

use crate::{Error, Named as _, Pool, span::interval};

/// How far delivery of a topic is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Not yet delivered.
    pub pending: u64,
    /// Given up on.
    pub dead: u64,
    /// Age of the oldest that is not yet delivered; zero when there is none.
    pub oldest_pending: Duration,
}

/// A message that nobody will try again unless a person says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// For [`revive`].
    pub id: i64,
    /// What it is about.
    pub topic: String,
    /// Its idempotency key.
    pub key: String,
    /// How often it was tried.
    pub attempts: u32,
    /// What the last attempt said.
    pub last_error: String,
    /// When it was caused.
    pub enqueued_at: Timestamp,
}

/// # Errors
/// [`Error::Query`] or [`Error::Timeout`].
pub async fn backlog(pool: &Pool, topic: &str) -> Result<Backlog, Error> {
    let row = sqlx::query!(
        r#"
        SELECT
            count(*) FILTER (WHERE state = 'pending') AS "pending!",
            count(*) FILTER (WHERE state = 'dead') AS "dead!",
            COALESCE(EXTRACT(EPOCH FROM clock_timestamp() - min(enqueued_at) FILTER (WHERE state = 'pending')), 0)::BIGINT
                AS "oldest_seconds!"
        FROM causeway_outbox
        WHERE topic = $1 AND state IN ('pending', 'dead')
        "#,
        topic,
    )
    .fetch_one(pool.executor())
    .named("get_backlog", pool.queries())
    .await?;
    let count = |value: i64| u64::try_from(value).unwrap_or_default();
    Ok(Backlog {
        pending: count(row.pending),
        dead: count(row.dead),
        oldest_pending: Duration::from_secs(count(row.oldest_seconds)),
    })
}

/// The messages given up on, oldest first.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`].
pub async fn list_dead(pool: &Pool, limit: u32) -> Result<Vec<DeadLetter>, Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, topic, key, attempts, COALESCE(last_error, '') AS "last_error!", enqueued_at
        FROM causeway_outbox
        WHERE state = 'dead'
        ORDER BY id
        LIMIT $1
        "#,
        i64::from(limit),
    )
    .fetch_all(pool.executor())
    .named("list_dead", pool.queries())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(DeadLetter {
                id: row.id,
                topic: row.topic,
                key: row.key,
                attempts: u32::try_from(row.attempts).unwrap_or_default(),
                last_error: row.last_error,
                enqueued_at: Timestamp::from_datetime(row.enqueued_at)
                    .map_err(|_| Error::Unreadable { column: "causeway_outbox.enqueued_at" })?,
            })
        })
        .collect()
}

/// Gives a dead message all its attempts again, at once. False when there is no such dead message.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`].
pub async fn revive(pool: &Pool, id: i64) -> Result<bool, Error> {
    let done = sqlx::query!(
        r#"
        UPDATE causeway_outbox
        SET state = 'pending', attempts = 0, due_at = clock_timestamp(), settled_at = NULL
        WHERE id = $1 AND state = 'dead'
        "#,
        id,
    )
    .execute(pool.executor())
    .named("revive_message", pool.queries())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes at most `limit` messages that were delivered longer than `age` ago, and tells how many. A key that
/// is removed counts as new again, so `age` is also for how long a duplicate is recognised.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`].
pub async fn prune(pool: &Pool, age: Duration, limit: u32) -> Result<u64, Error> {
    let gone = sqlx::query!(
        r#"
        DELETE FROM causeway_outbox
        WHERE id IN (
            SELECT id FROM causeway_outbox
            WHERE state = 'delivered' AND settled_at < clock_timestamp() - $1::INTERVAL
            ORDER BY settled_at
            LIMIT $2
        )
        "#,
        interval(age),
        i64::from(limit),
    )
    .execute(pool.executor())
    .named("prune_messages", pool.queries())
    .await?;
    Ok(gone.rows_affected())
}

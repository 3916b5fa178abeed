//! Times in which a service was the same.

use std::{collections::BTreeMap, time::Duration};

use causeway_primitives::Timestamp;
use causeway_store::{Error, Named as _, lease::Leadership, upkeep::is_archiving};

use super::{
    Store,
    values::{condition, timestamp, unsigned},
};
use crate::domain::{condition::Condition, uptime::Span};

/// How a service was seen to be.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The service.
    pub service: &'a str,
    /// How it is.
    pub condition: Condition,
    /// Why, in words.
    pub reason: &'a str,
}

/// A service became something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Grows with each change.
    pub sequence: u64,
    /// The service.
    pub service: String,
    /// What it became.
    pub condition: Condition,
    /// Why, in words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// The number of the last change; 0 before the first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn last_change(&self) -> Result<u64, Error> {
        let last = sqlx::query_scalar!("SELECT MAX(span) FROM span")
            .fetch_one(self.pool.executor())
            .named("last_change", self.pool.queries())
            .await?;
        Ok(unsigned(last.unwrap_or_default()))
    }

    /// Changes after a number, in order, at most `limit`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_changes_after(&self, after: u64, limit: u32) -> Result<Vec<Change>, Error> {
        let rows = sqlx::query!(
            "SELECT span, service, condition, reason, began_at FROM span WHERE span > $1 ORDER BY span LIMIT $2",
            i64::try_from(after).unwrap_or(i64::MAX),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_changes", self.pool.queries())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Change {
                    sequence: unsigned(row.span),
                    service: row.service,
                    condition: condition(&row.condition)?,
                    reason: row.reason,
                    at: timestamp(row.began_at, "span.began_at")?,
                })
            })
            .collect()
    }

    /// Notes what was seen: the newest span grows while the condition is the same and nobody was blind for longer than
    /// `blind_after`; otherwise a new one begins, where the last ended, or now after a time in which nobody looked.
    ///
    /// # Errors
    /// [`Error`]; also when the lease has passed to somebody else.
    pub async fn note_seen(
        &self,
        leadership: &Leadership,
        seen: &[Seen<'_>],
        now: Timestamp,
        blind_after: Duration,
    ) -> Result<(), Error> {
        let services: Vec<String> = seen.iter().map(|seen| seen.service.to_owned()).collect();
        let conditions: Vec<String> = seen.iter().map(|seen| seen.condition.as_str().to_owned()).collect();
        let reasons: Vec<String> = seen.iter().map(|seen| seen.reason.to_owned()).collect();
        let oldest = now.to_datetime().checked_sub(time::Duration::try_from(blind_after).unwrap_or_default());
        let mut tx = self.begin(leadership).await?;
        let queries = tx.queries();
        sqlx::query!(
            r#"
            WITH seen AS (
                SELECT * FROM UNNEST($1::TEXT[], $2::TEXT[], $3::TEXT[]) AS given (service, condition, reason)
            ), newest AS (
                SELECT DISTINCT ON (span.service) span.span, span.service, span.condition, span.seen_until
                FROM span JOIN seen ON seen.service = span.service
                ORDER BY span.service, span.span DESC
            ), grown AS (
                UPDATE span SET seen_until = GREATEST(span.seen_until, $4)
                FROM newest JOIN seen ON seen.service = newest.service AND seen.condition = newest.condition
                WHERE span.span = newest.span AND newest.seen_until >= $5
                RETURNING span.service
            )
            INSERT INTO span (service, condition, reason, began_at, seen_until)
            SELECT seen.service, seen.condition, seen.reason, LEAST($4, COALESCE(newest.seen_until, $4)), $4
            FROM seen LEFT JOIN newest ON newest.service = seen.service AND newest.seen_until >= $5
            WHERE seen.service NOT IN (SELECT service FROM grown)
            "#,
            &services,
            &conditions,
            &reasons,
            now.to_datetime(),
            oldest,
        )
        .execute(&mut *tx)
        .named("note_seen", &queries)
        .await?;
        tx.commit().await
    }

    /// The spans of every service that reach past `from`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_spans(&self, from: Timestamp) -> Result<BTreeMap<String, Vec<Span>>, Error> {
        let rows = sqlx::query!(
            "SELECT service, condition, began_at, seen_until FROM span WHERE seen_until >= $1 ORDER BY span",
            from.to_datetime(),
        )
        .fetch_all(self.pool.executor())
        .named("list_spans", self.pool.queries())
        .await?;
        let mut spans: BTreeMap<String, Vec<Span>> = BTreeMap::new();
        for row in rows {
            spans.entry(row.service).or_default().push(Span {
                condition: condition(&row.condition)?,
                from: timestamp(row.began_at, "span.began_at")?,
                until: timestamp(row.seen_until, "span.seen_until")?,
            });
        }
        Ok(spans)
    }

    /// Forgets spans that ended before, unless they go into files.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn forget_spans(&self, before: Timestamp) -> Result<u64, Error> {
        if is_archiving(&self.pool).await? {
            return Ok(0);
        }
        let forgotten = sqlx::query!("DELETE FROM span WHERE seen_until < $1", before.to_datetime())
            .execute(self.pool.executor())
            .named("forget_spans", self.pool.queries())
            .await?;
        Ok(forgotten.rows_affected())
    }
}

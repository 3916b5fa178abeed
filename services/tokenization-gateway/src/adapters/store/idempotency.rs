//! Answers to callers, so that a call that is repeated is answered and not carried out again.

use std::time::Duration;

use causeway_primitives::{B256, Timestamp};
use causeway_store::{Error, Named as _};

use super::{
    Store,
    values::{hash, small},
};
use crate::domain::actor::Actor;

/// A call that names itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call<'a> {
    /// Who calls: one caller's keys are no other's.
    pub caller: &'a Actor,
    /// His key, 1 to 128 printable ASCII characters.
    pub key: &'a str,
    /// SHA-256 of the method and the body.
    pub body: B256,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// Nothing: the call is the caller's to carry out, and nobody else's until `running` is over.
    New,
    /// The first call is being carried out.
    Running,
    /// It had another body.
    OtherBody,
    /// It was answered.
    Answered {
        /// HTTP status.
        status: u16,
        /// The body of the answer.
        answer: String,
    },
}

impl Store {
    /// Takes a key, or says what is known of it. A first call that never ended gives the key up after `running`: what it
    /// did is found again by its business reference.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn begin_call(&self, call: &Call<'_>, now: Timestamp, running: Duration) -> Result<Stored, Error> {
        let taken = sqlx::query_scalar!(
            r#"
            INSERT INTO idempotency AS held (caller, key, body, running_until, created_at)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (caller, key) DO UPDATE SET running_until = excluded.running_until
            WHERE held.status IS NULL AND held.running_until <= $5 AND held.body = excluded.body
            RETURNING TRUE AS "taken!"
            "#,
            call.caller.as_str(),
            call.key,
            call.body.as_slice(),
            now.after(running).to_datetime(),
            now.to_datetime(),
        )
        .fetch_optional(self.pool.executor())
        .named("begin_call", self.pool.queries())
        .await?;
        if taken.is_some() {
            return Ok(Stored::New);
        }
        let row = sqlx::query!(
            "SELECT body, status, answer FROM idempotency WHERE caller = $1 AND key = $2",
            call.caller.as_str(),
            call.key,
        )
        .fetch_optional(self.pool.executor())
        .named("find_call", self.pool.queries())
        .await?;
        // Removed between the two looks, which happens to keys of more than a day: the caller may ask again.
        let Some(row) = row else { return Ok(Stored::Running) };
        if hash(&row.body, "idempotency.body")? != call.body {
            return Ok(Stored::OtherBody);
        }
        match (row.status, row.answer) {
            (Some(status), Some(answer)) => {
                let status = u16::try_from(small(status, "idempotency.status")?);
                Ok(Stored::Answered {
                    status: status.map_err(|_| Error::Unreadable { column: "idempotency.status" })?,
                    answer,
                })
            }
            (None, _) | (Some(_), None) => Ok(Stored::Running),
        }
    }

    /// Keeps the answer of a call.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn end_call(&self, call: &Call<'_>, status: u16, answer: &str) -> Result<(), Error> {
        sqlx::query!(
            "UPDATE idempotency SET status = $3, answer = $4 WHERE caller = $1 AND key = $2 AND status IS NULL",
            call.caller.as_str(),
            call.key,
            i32::from(status),
            answer,
        )
        .execute(self.pool.executor())
        .named("end_call", self.pool.queries())
        .await
        .map(drop)
    }

    /// Gives a key back whose call failed for a reason that another moment may mend.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn abandon_call(&self, call: &Call<'_>) -> Result<(), Error> {
        sqlx::query!(
            "DELETE FROM idempotency WHERE caller = $1 AND key = $2 AND status IS NULL",
            call.caller.as_str(),
            call.key,
        )
        .execute(self.pool.executor())
        .named("abandon_call", self.pool.queries())
        .await
        .map(drop)
    }

    /// Forgets at most `limit` keys that are older than this. Answers how many.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn forget_calls(&self, before: Timestamp, limit: u32) -> Result<u64, Error> {
        sqlx::query!(
            r#"
            DELETE FROM idempotency
            WHERE (caller, key) IN (
                SELECT caller, key FROM idempotency WHERE created_at < $1 ORDER BY created_at LIMIT $2
            )
            "#,
            before.to_datetime(),
            i64::from(limit),
        )
        .execute(self.pool.executor())
        .named("forget_calls", self.pool.queries())
        .await
        .map(|done| done.rows_affected())
    }
}

//! Errands: the journal of what other systems are asked to do.
//!
//! A row is written with the step that wants it, and moves from stage to stage before and after each thing that its adapter
//! does. Only the leader moves it, and only from the stage that he saw.

use std::collections::HashMap;

use causeway_primitives::Timestamp;
use causeway_store::{
    Error, Named as _, Transaction,
    lease::{Leadership, assert_current},
};
use time::OffsetDateTime;

use super::{Store, values::timestamp};
use crate::ports::{Errand, System};

/// The stage of an errand that nobody was asked for. Every adapter's stage has it.
const JOURNALED: &str = "\"journaled\"";

/// An errand as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrandRow {
    /// Its key.
    pub key: String,
    /// What is posted.
    pub body: String,
    /// After this nobody is asked for a first time.
    pub expires_at: Timestamp,
    /// The adapter's own JSON.
    pub stage: String,
    /// When it last moved.
    pub updated_at: Timestamp,
}

struct Row {
    errand_key: String,
    body: String,
    expires_at: OffsetDateTime,
    stage: String,
    updated_at: OffsetDateTime,
}

impl Row {
    fn read(self) -> Result<ErrandRow, Error> {
        Ok(ErrandRow {
            key: self.errand_key,
            body: self.body,
            expires_at: timestamp(self.expires_at, "errand.expires_at")?,
            stage: self.stage,
            updated_at: timestamp(self.updated_at, "errand.updated_at")?,
        })
    }
}

/// The stages between which an errand moves, as their JSON.
#[derive(Debug, Clone, Copy)]
pub struct Moved<'a> {
    /// As the writer saw it.
    pub from: &'a str,
    /// As it is to be.
    pub to: &'a str,
    /// Whether that is the end.
    pub settles: bool,
}

impl Store {
    /// An errand by its key.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_errand(&self, key: &str) -> Result<Option<ErrandRow>, Error> {
        let row = sqlx::query_as!(
            Row,
            r#"SELECT errand_key, body, expires_at, stage, updated_at FROM errand WHERE errand_key = $1"#,
            key,
        )
        .fetch_optional(self.pool.executor())
        .named("find_errand", self.pool.queries())
        .await?;
        row.map(Row::read).transpose()
    }

    /// The stages of these errands, as their JSON; those that there are not are left out.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn errand_stages(&self, keys: &[String]) -> Result<HashMap<String, String>, Error> {
        let rows = sqlx::query!("SELECT errand_key, stage FROM errand WHERE errand_key = ANY($1)", keys)
            .fetch_all(self.pool.executor())
            .named("list_errand_stages", self.pool.queries())
            .await?;
        Ok(rows.into_iter().map(|row| (row.errand_key, row.stage)).collect())
    }

    /// Errands of a system that are not over, oldest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_open_errands(&self, system: System, limit: u32) -> Result<Vec<ErrandRow>, Error> {
        let rows = sqlx::query_as!(
            Row,
            r#"
            SELECT errand_key, body, expires_at, stage, updated_at
            FROM errand WHERE system = $1 AND NOT settled ORDER BY position LIMIT $2
            "#,
            system.as_str(),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_open_errands", self.pool.queries())
        .await?;
        rows.into_iter().map(Row::read).collect()
    }

    /// Moves an errand on; `false` when it is not where the writer saw it.
    ///
    /// # Errors
    /// [`Error::Fenced`] for somebody who does not lead.
    pub async fn advance_errand(
        &self,
        leadership: &Leadership,
        key: &str,
        moved: Moved<'_>,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let mut tx = self.pool.begin().await?;
        assert_current(&mut tx, leadership).await?;
        let queries = tx.queries();
        let written = sqlx::query!(
            r#"
            UPDATE errand SET stage = $3, settled = $4, updated_at = $5
            WHERE errand_key = $1 AND stage = $2 AND NOT settled
            "#,
            key,
            moved.from,
            moved.to,
            moved.settles,
            at.to_datetime(),
        )
        .execute(&mut *tx)
        .named("advance_errand", &queries)
        .await?;
        tx.commit().await?;
        Ok(written.rows_affected() == 1)
    }
}

/// Writes an errand; one of its key is the same.
pub(super) async fn insert(tx: &mut Transaction, errand: &Errand, at: Timestamp) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO errand (errand_key, system, body, expires_at, stage, inserted_at, updated_at, lane)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
        ON CONFLICT (errand_key) DO NOTHING
        "#,
        errand.key,
        errand.system.as_str(),
        errand.body,
        errand.expires_at.to_datetime(),
        JOURNALED,
        at.to_datetime(),
        errand.lane,
    )
    .execute(&mut **tx)
    .named("insert_errand", &queries)
    .await
    .map(drop)
}

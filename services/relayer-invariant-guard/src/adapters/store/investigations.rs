//! What the guard looked up after halts, and which halts it has still to look into.

use causeway_primitives::Timestamp;
use causeway_store::{Error, Named as _};

use super::{Store, latch::uuid, values::timestamp};
use crate::domain::latch::HaltId;

/// Something that was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvestigationRow {
    /// "direction", "anchored_batches", "proofs", "operations", "suspect_transactions" or "events".
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// What it says, in one sentence.
    pub summary: String,
    /// Its rows as a JSON array.
    pub rows: String,
}

impl Store {
    /// Keeps what was looked up; what another replica kept before stays.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn insert_investigation(&self, halt: HaltId, found: &InvestigationRow) -> Result<(), Error> {
        sqlx::query!(
            r#"
            INSERT INTO investigation (halt_id, name, found_at, summary, rows) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (halt_id, name) DO NOTHING
            "#,
            uuid(halt),
            found.name,
            found.at.to_datetime(),
            found.summary,
            found.rows,
        )
        .execute(self.pool.executor())
        .named("insert_investigation", self.pool.queries())
        .await
        .map(drop)
    }

    /// What was looked up for a halt, by name.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_investigations(&self, halt: HaltId) -> Result<Vec<InvestigationRow>, Error> {
        let rows = sqlx::query!(
            "SELECT name, found_at, summary, rows FROM investigation WHERE halt_id = $1 ORDER BY name",
            uuid(halt)
        )
        .fetch_all(self.pool.executor())
        .named("list_investigations", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            let at = timestamp(row.found_at, "investigation.found_at")?;
            Ok(InvestigationRow { name: row.name, at, summary: row.summary, rows: row.rows })
        });
        row.collect()
    }

    /// Halts for which fewer than `wanted` things were looked up, newest first, with what was.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_uninvestigated(&self, wanted: u32, limit: u32) -> Result<Vec<(HaltId, Vec<String>)>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT halt.halt_id, known.names AS "names!"
            FROM halt
            CROSS JOIN LATERAL (
                SELECT ARRAY(SELECT name FROM investigation WHERE investigation.halt_id = halt.halt_id) AS names
            ) AS known
            WHERE CARDINALITY(known.names) < $1
            ORDER BY halt.halted_at DESC, halt.halt_id DESC LIMIT $2
            "#,
            i32::try_from(wanted).unwrap_or(i32::MAX),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_uninvestigated", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| (HaltId::new(row.halt_id.as_u128()), row.names));
        Ok(row.collect())
    }
}

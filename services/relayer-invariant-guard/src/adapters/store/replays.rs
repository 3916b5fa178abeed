//! Verdicts with their evidence, in the order in which they were made: for replays.

use causeway_primitives::Timestamp;
use causeway_store::{Error, Named as _};
use uuid::Uuid;

use super::{
    Store, VerdictRow,
    values::{hash, timestamp, unsigned},
};

/// Which verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Verdicts {
    /// Behind this one; ids grow with time.
    pub after: Option<Uuid>,
    /// Made at or after this time.
    pub from: Option<Timestamp>,
    /// Made before this time.
    pub until: Option<Timestamp>,
}

impl Store {
    /// Verdicts with their evidence, oldest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_verdict_evidence(&self, which: &Verdicts, limit: u32) -> Result<Vec<VerdictRow>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT verdict_id, at, cause, epoch, evidence_hash, rules.record AS rules, evidence, evaluation
            FROM verdict JOIN rules ON rules.hash = verdict.rules_hash
            WHERE ($1::UUID IS NULL OR verdict_id > $1)
              AND ($2::TIMESTAMPTZ IS NULL OR at >= $2)
              AND ($3::TIMESTAMPTZ IS NULL OR at < $3)
            ORDER BY verdict_id
            LIMIT $4
            "#,
            which.after,
            which.from.map(|from| from.to_datetime()),
            which.until.map(|until| until.to_datetime()),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_verdict_evidence", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            Ok(VerdictRow {
                id: row.verdict_id,
                at: timestamp(row.at, "verdict.at")?,
                cause: row.cause,
                epoch: unsigned(row.epoch, "verdict.epoch")?,
                evidence_hash: hash(&row.evidence_hash, "verdict.evidence_hash")?,
                rules: row.rules,
                evidence: row.evidence,
                evaluation: row.evaluation,
            })
        });
        row.collect()
    }
}

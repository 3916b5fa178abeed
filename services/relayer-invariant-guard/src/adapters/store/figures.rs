//! What is shown of the newest verdict and of the last minute: for metrics, on every replica alike.

use std::time::Duration;

use causeway_primitives::Timestamp;
use causeway_store::{Error, Named as _};
use uuid::Uuid;

use super::{
    Store,
    values::{record, unsigned},
};
use crate::domain::{canonical::EVALUATION, evaluate::Evaluation};

/// A stored evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluated {
    /// Its verdict.
    pub verdict: Uuid,
    /// How long gathering and judging took.
    pub took: Duration,
    /// What it says.
    pub evaluation: Evaluation,
}

impl Store {
    /// Evaluations behind one, oldest first; the newest one alone where none is known yet.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_newer_evaluations(&self, known: Option<Uuid>, limit: u32) -> Result<Vec<Evaluated>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT verdict_id, took_ms, evaluation FROM verdict
            WHERE verdict_id > COALESCE($1::UUID, '00000000-0000-0000-0000-000000000000')
              AND ($1 IS NOT NULL OR verdict_id = (SELECT last.verdict_id FROM verdict AS last
                                                   ORDER BY last.verdict_id DESC LIMIT 1))
            ORDER BY verdict_id LIMIT $2
            "#,
            known,
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_newer_evaluations", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            Ok(Evaluated {
                verdict: row.verdict_id,
                took: Duration::from_millis(unsigned(row.took_ms, "verdict.took_ms")?),
                evaluation: record(EVALUATION, &row.evaluation, "verdict.evaluation")?,
            })
        });
        row.collect()
    }

    /// How many things relayers did since then and that worked, by kind.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn sum_operations_since(&self, since: Timestamp) -> Result<Vec<(String, u64)>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT kind, SUM(things)::BIGINT AS "things!" FROM operation
            WHERE ended_at > $1 AND outcome = 'succeeded'
            GROUP BY kind
            "#,
            since.to_datetime(),
        )
        .fetch_all(self.pool.executor())
        .named("sum_operations_since", self.pool.queries())
        .await?;
        rows.into_iter().map(|row| Ok((row.kind, unsigned(row.things, "operation.things")?))).collect()
    }
}

//! What is not kept for ever: verdicts with their evidence, reported operations, log lines. Facts are: halts, releases,
//! incidents, approvals, checkpoints and the record, which is never cut.

use std::time::Duration;

use causeway_primitives::Timestamp;
use causeway_store::{
    Error, Named as _,
    lease::{Leadership, assert_current},
    upkeep::{Table, is_archiving},
};

use super::Store;

/// Rows of one statement: short enough to hold no lock for long.
const BATCH: i64 = 1_000;

/// Verdicts of one statement: each brings its evidence.
const VERDICTS: i64 = 200;

/// What may go into files, by the same rules as below. Verdicts that did not pass stay for a year.
pub const KEPT: &[Table] = &[
    Table {
        name: "verdict",
        condition: "((old.outcome = 'pass' AND old.at < $1)
                        OR (old.outcome <> 'pass' AND old.at < $1 - INTERVAL '335 days'))
                    AND old.at < (SELECT MAX(at) FROM verdict)
                    AND NOT EXISTS (
                        SELECT FROM halt WHERE halt.evidence = old.evidence_hash
                          AND NOT EXISTS (SELECT FROM halt_evidence WHERE halt_evidence.halt_id = halt.halt_id))",
        days: 30,
        turn: "old.at",
    },
    Table { name: "operation", condition: "old.ended_at < $1", days: 30, turn: "old.ended_at" },
    Table { name: "logbook", condition: "old.at < $1", days: 90, turn: "old.at" },
];

/// How long what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Verdicts that passed: what replays run over.
    pub passes: Duration,
    /// Verdicts that did not.
    pub others: Duration,
    /// Operations that relayers reported.
    pub operations: Duration,
    /// Critical and error lines of the log (GRD-12: 90 days).
    pub log_lines: Duration,
}

impl Store {
    /// Removes one batch of each and says how many rows it was: none where rows go into files. Only the leader does.
    ///
    /// # Errors
    /// [`Error::Fenced`] for somebody who does not lead; [`Error`]: nothing is removed, the next run goes on.
    pub async fn remove_old(&self, leadership: &Leadership, kept: &Kept, now: Timestamp) -> Result<u64, Error> {
        if is_archiving(&self.pool).await? {
            return Ok(0);
        }
        let mut tx = self.pool.begin().await?;
        assert_current(&mut tx, leadership).await?;
        let queries = tx.queries();
        // The newest one is what pages show. One that a halt rests on goes only when the halt has the evidence itself.
        let verdicts = sqlx::query!(
            r#"
            DELETE FROM verdict WHERE verdict_id IN (
                SELECT verdict_id FROM verdict
                WHERE ((outcome = 'pass' AND at < $1) OR (outcome <> 'pass' AND at < $2))
                  AND at < (SELECT MAX(at) FROM verdict)
                  AND NOT EXISTS (
                      SELECT FROM halt WHERE halt.evidence = verdict.evidence_hash
                        AND NOT EXISTS (SELECT FROM halt_evidence WHERE halt_evidence.halt_id = halt.halt_id))
                ORDER BY at LIMIT $3)
            "#,
            before(now, kept.passes),
            before(now, kept.others),
            VERDICTS,
        )
        .execute(&mut *tx)
        .named("delete_old_verdicts", &queries)
        .await?;
        let operations = sqlx::query!(
            r#"
            DELETE FROM operation WHERE operation_id IN (
                SELECT operation_id FROM operation WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)
            "#,
            before(now, kept.operations),
            BATCH,
        )
        .execute(&mut *tx)
        .named("delete_old_operations", &queries)
        .await?;
        let lines = sqlx::query!(
            "DELETE FROM logbook WHERE entry IN (SELECT entry FROM logbook WHERE at < $1 ORDER BY at LIMIT $2)",
            before(now, kept.log_lines),
            BATCH,
        )
        .execute(&mut *tx)
        .named("delete_old_log_lines", &queries)
        .await?;
        tx.commit().await?;
        let removed = [verdicts, operations, lines].map(|done| done.rows_affected());
        Ok(removed.into_iter().fold(0, u64::saturating_add))
    }
}

fn before(now: Timestamp, kept: Duration) -> time::OffsetDateTime {
    let kept = u64::try_from(kept.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(kept)).unwrap_or(Timestamp::EPOCH).to_datetime()
}

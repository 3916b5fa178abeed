//! Stored verdicts as people ask for them.

use std::time::Duration;

use causeway_primitives::{B256, Timestamp};
use causeway_store::{Error, Named as _};
use uuid::Uuid;

use super::{
    Store,
    values::{hash, record, signed, timestamp, unsigned},
};
use crate::domain::{
    canonical::{EVALUATION, RULES},
    evaluate::Evaluation,
    rules::Rules,
};

/// A stored verdict without its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Its id.
    pub id: Uuid,
    /// When the evidence was complete.
    pub at: Timestamp,
    /// Why it was made.
    pub cause: String,
    /// The guard's epoch.
    pub epoch: u64,
    /// How long gathering and judging took.
    pub took: Duration,
    /// SHA-256 of the evidence's canonical bytes.
    pub evidence_hash: B256,
    /// The rules.
    pub rules: Rules,
    /// What it says.
    pub evaluation: Evaluation,
}

impl Store {
    /// A verdict.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_judged(&self, id: Uuid) -> Result<Option<Judged>, Error> {
        let row = sqlx::query_as!(
            Columns,
            r#"
            SELECT verdict_id, at, cause, epoch, took_ms, evidence_hash, rules.record AS rules, evaluation
            FROM verdict JOIN rules ON rules.hash = verdict.rules_hash
            WHERE verdict_id = $1
            "#,
            id,
        )
        .fetch_optional(self.pool.executor())
        .named("find_judged", self.pool.queries())
        .await?;
        row.map(Judged::try_from).transpose()
    }

    /// Verdicts of one outcome ("pass", "violation", "indeterminate") or all, newest first, from behind `after` on.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_judged(
        &self,
        outcome: Option<&'static str>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Judged>, Error> {
        let rows = sqlx::query_as!(
            Columns,
            r#"
            SELECT verdict_id, at, cause, epoch, took_ms, evidence_hash, rules.record AS rules, evaluation
            FROM verdict JOIN rules ON rules.hash = verdict.rules_hash
            WHERE ($1::UUID IS NULL
                   OR (at, verdict_id) < (SELECT last.at, last.verdict_id FROM verdict AS last WHERE last.verdict_id = $1))
              AND ($2::TEXT IS NULL OR outcome = $2)
            ORDER BY at DESC, verdict_id DESC LIMIT $3
            "#,
            after,
            outcome,
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_judged", self.pool.queries())
        .await?;
        rows.into_iter().map(Judged::try_from).collect()
    }

    /// How many verdicts were stored since a time, by outcome.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn count_verdicts(&self, since: Timestamp) -> Result<Vec<(String, u64)>, Error> {
        let rows = sqlx::query!(
            r#"SELECT outcome, COUNT(*) AS "count!" FROM verdict WHERE at >= $1 GROUP BY outcome ORDER BY outcome"#,
            since.to_datetime(),
        )
        .fetch_all(self.pool.executor())
        .named("count_verdicts", self.pool.queries())
        .await?;
        rows.into_iter().map(|row| Ok((row.outcome, unsigned(row.count, "verdict.count")?))).collect()
    }

    /// When the newest verdict of an outcome was made.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_last_verdict_at(&self, outcome: &'static str) -> Result<Option<Timestamp>, Error> {
        let at = sqlx::query_scalar!("SELECT MAX(at) FROM verdict WHERE outcome = $1", outcome)
            .fetch_one(self.pool.executor())
            .named("find_last_verdict_at", self.pool.queries())
            .await?;
        at.map(|at| timestamp(at, "verdict.at")).transpose()
    }

    /// Entries of the record before `before`, newest first; from the newest on without it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_audit_back(&self, before: Option<u64>, limit: u32) -> Result<Vec<super::AuditRow>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT index, at, kind, subject, actor, body, link, trace_id FROM audit
            WHERE $1::BIGINT IS NULL OR index < $1 ORDER BY index DESC LIMIT $2
            "#,
            before.map(signed),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_audit_back", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            Ok(super::AuditRow {
                index: unsigned(row.index, "audit.index")?,
                at: timestamp(row.at, "audit.at")?,
                kind: row.kind,
                subject: row.subject,
                actor: row.actor,
                body: row.body,
                link: hash(&row.link, "audit.link")?,
                trace_id: row.trace_id,
            })
        });
        row.collect()
    }
}

struct Columns {
    verdict_id: Uuid,
    at: time::OffsetDateTime,
    cause: String,
    epoch: i64,
    took_ms: i64,
    evidence_hash: Vec<u8>,
    rules: Vec<u8>,
    evaluation: Vec<u8>,
}

impl TryFrom<Columns> for Judged {
    type Error = Error;

    fn try_from(row: Columns) -> Result<Self, Error> {
        Ok(Self {
            id: row.verdict_id,
            at: timestamp(row.at, "verdict.at")?,
            cause: row.cause,
            epoch: unsigned(row.epoch, "verdict.epoch")?,
            took: Duration::from_millis(unsigned(row.took_ms, "verdict.took_ms")?),
            evidence_hash: hash(&row.evidence_hash, "verdict.evidence_hash")?,
            rules: record(RULES, &row.rules, "rules.record")?,
            evaluation: record(EVALUATION, &row.evaluation, "verdict.evaluation")?,
        })
    }
}

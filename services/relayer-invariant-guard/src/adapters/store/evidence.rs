//! What was known when a halt was latched: kept with the halt, apart from the verdicts, which are kept for a time only.

use causeway_store::{Error, Named as _};
use causeway_telemetry::propagation::current_traceparent;
use uuid::Uuid;

use super::{
    Store,
    latch::uuid,
    values::{record, signed},
};
use crate::domain::{
    canonical::{EVALUATION, EVIDENCE, RULES, encode},
    evaluate::Evaluation,
    evidence::Evidence,
    latch::{Halt, HaltId},
    rules::Rules,
};

/// The evidence of a halt in canonical bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The verdict.
    pub verdict: Uuid,
    /// What it was judged by.
    pub rules: Vec<u8>,
    /// What it rests on.
    pub evidence: Vec<u8>,
    /// What it says.
    pub evaluation: Vec<u8>,
}

/// The same, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The verdict.
    pub verdict: Uuid,
    /// What it was judged by.
    pub rules: Rules,
    /// What it rests on.
    pub evidence: Evidence,
    /// What it says.
    pub evaluation: Evaluation,
}

impl Snapshot {
    /// Of a verdict that halts.
    pub fn of(verdict: Uuid, rules: &Rules, evidence: &Evidence, evaluation: &Evaluation) -> Self {
        Self {
            verdict,
            rules: encode(RULES, rules),
            evidence: encode(EVIDENCE, evidence),
            evaluation: encode(EVALUATION, evaluation),
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when another version wrote the bytes.
    pub fn read(&self) -> Result<Known, Error> {
        Ok(Known {
            verdict: self.verdict,
            rules: record(RULES, &self.rules, "halt_evidence.rules")?,
            evidence: record(EVIDENCE, &self.evidence, "halt_evidence.evidence")?,
            evaluation: record(EVALUATION, &self.evaluation, "halt_evidence.evaluation")?,
        })
    }
}

impl Store {
    /// Latches a halt together with its evidence, in one statement: no crash comes between the two.
    ///
    /// # Errors
    /// [`Error`]: both may be there or neither; [`Store::insert_halt`] asks for less.
    pub async fn insert_halt_with_evidence(
        &self,
        halt: &Halt,
        (reason, caused_by): (&str, &str),
        snapshot: &Snapshot,
    ) -> Result<(), Error> {
        sqlx::query!(
            r#"
            WITH latched AS (
                INSERT INTO halt (halt_id, scope, cause, reason, caused_by, evidence, epoch, halted_at, parent,
                                  traceparent)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $14)
                ON CONFLICT (halt_id) DO NOTHING
            )
            INSERT INTO halt_evidence (halt_id, verdict_id, rules, evidence, evaluation)
            VALUES ($1, $10, $11, $12, $13)
            ON CONFLICT (halt_id) DO NOTHING
            "#,
            uuid(halt.id),
            halt.scope.as_str(),
            halt.cause.as_str(),
            reason,
            caused_by,
            halt.evidence.as_slice(),
            signed(halt.epoch),
            halt.at.to_datetime(),
            halt.parent.map(uuid),
            snapshot.verdict,
            snapshot.rules,
            snapshot.evidence,
            snapshot.evaluation,
            current_traceparent(),
        )
        .execute(self.pool.executor())
        .named("insert_halt_with_evidence", self.pool.queries())
        .await
        .map(drop)
    }

    /// The evidence of a halt: what was latched with it, or the verdict that names the same evidence. `None` where an
    /// operator's word was enough.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_evidence(&self, halt: HaltId) -> Result<Option<Snapshot>, Error> {
        let row = sqlx::query!(
            r#"
            SELECT verdict_id AS "verdict_id!", rules AS "rules!", evidence AS "evidence!", evaluation AS "evaluation!"
            FROM (
                SELECT 0 AS choice, verdict_id, rules, evidence, evaluation FROM halt_evidence WHERE halt_id = $1
                UNION ALL
                SELECT 1, verdict_id, rules.record, verdict.evidence, evaluation
                FROM halt
                JOIN verdict ON verdict.evidence_hash = halt.evidence AND verdict.outcome = 'violation'
                JOIN rules ON rules.hash = verdict.rules_hash
                WHERE halt.halt_id = $1
            ) AS known
            ORDER BY choice LIMIT 1
            "#,
            uuid(halt),
        )
        .fetch_optional(self.pool.executor())
        .named("find_halt_evidence", self.pool.queries())
        .await?;
        Ok(row.map(|row| Snapshot {
            verdict: row.verdict_id,
            rules: row.rules,
            evidence: row.evidence,
            evaluation: row.evaluation,
        }))
    }
}

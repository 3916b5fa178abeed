//! Verdicts with their evidence, and what the next evaluation needs of them: in one transaction, or none of it.

use causeway_primitives::{B256, Timestamp, keccak256};
use causeway_store::{
    Error, Named as _,
    lease::{Leadership, assert_current},
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{
    Store, audit,
    values::{hash, record, signed, timestamp, unsigned},
};
use crate::domain::{
    canonical::{CHECKPOINT, EVALUATION, EVIDENCE, OPEN, RULES, encode},
    checkpoint::Checkpoint,
    evaluate::{Evaluation, Verdict},
    evidence::Evidence,
    matching::Pairing,
    rules::Rules,
};

/// An evaluation to be stored.
#[derive(Debug, Clone, Copy)]
pub struct NewVerdict<'a> {
    /// Its id.
    pub id: Uuid,
    /// When the evidence was complete.
    pub at: Timestamp,
    /// "sweep", `report:<id>`, `operator:<name>`, `validation:<resume id>` or "start".
    pub cause: &'a str,
    /// The guard's epoch.
    pub epoch: u64,
    /// How long gathering and judging took.
    pub took_ms: u64,
    /// What it was judged by.
    pub rules: &'a Rules,
    /// What it rests on.
    pub evidence: &'a Evidence,
    /// What it says.
    pub evaluation: &'a Evaluation,
}

/// A stored evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictRow {
    /// Its id.
    pub id: Uuid,
    /// When the evidence was complete.
    pub at: Timestamp,
    /// Why it was made.
    pub cause: String,
    /// The guard's epoch.
    pub epoch: u64,
    /// SHA-256 of the evidence's canonical bytes.
    pub evidence_hash: B256,
    /// The rules' canonical bytes.
    pub rules: Vec<u8>,
    /// The evidence's canonical bytes.
    pub evidence: Vec<u8>,
    /// The evaluation's canonical bytes.
    pub evaluation: Vec<u8>,
}

/// Names evidence: SHA-256 of its canonical bytes, which any other tool can compute as well.
pub fn evidence_hash(evidence: &Evidence) -> B256 {
    sha256(&encode(EVIDENCE, evidence))
}

fn sha256(bytes: &[u8]) -> B256 {
    B256::from(<[u8; 32]>::from(Sha256::digest(bytes)))
}

impl VerdictRow {
    /// Whether the stored evidence and rules still give the stored evaluation, byte for byte.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when another version wrote the bytes.
    pub fn replays(&self) -> Result<bool, Error> {
        let rules: Rules = record(RULES, &self.rules, "rules.record")?;
        let evidence: Evidence = record(EVIDENCE, &self.evidence, "verdict.evidence")?;
        Ok(encode(EVALUATION, &crate::domain::evaluate::evaluate(&rules, &evidence)) == self.evaluation)
    }
}

impl Store {
    /// Stores an evaluation, its checkpoint and what is still open, and records it. Only the leader may.
    ///
    /// # Errors
    /// [`Error::Fenced`] for somebody who does not lead; [`Error`]: nothing of it is stored, unless the commit's outcome
    /// is unknown.
    pub async fn insert_verdict(&self, leadership: &Leadership, new: &NewVerdict<'_>) -> Result<B256, Error> {
        let (rules, evidence) = (encode(RULES, new.rules), encode(EVIDENCE, new.evidence));
        let evidence_hash = sha256(&evidence);
        let (outcome, reason) = words(&new.evaluation.verdict);
        let mut tx = self.pool.begin().await?;
        assert_current(&mut tx, leadership).await?;
        let queries = tx.queries();
        let (at, rules_hash) = (new.at.to_datetime(), keccak256(&rules));
        sqlx::query!(
            "INSERT INTO rules (hash, record, first_used_at) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING",
            rules_hash.as_slice(),
            rules,
            at,
        )
        .execute(&mut *tx)
        .named("insert_rules", &queries)
        .await?;
        sqlx::query!(
            r#"
            INSERT INTO verdict (verdict_id, at, outcome, reason, cause, epoch, took_ms, rules_hash, evidence_hash,
                                 evidence, evaluation)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            "#,
            new.id,
            at,
            outcome,
            reason,
            new.cause,
            signed(new.epoch),
            signed(new.took_ms),
            rules_hash.as_slice(),
            evidence_hash.as_slice(),
            evidence,
            encode(EVALUATION, new.evaluation),
        )
        .execute(&mut *tx)
        .named("insert_verdict", &queries)
        .await?;
        sqlx::query!(
            r#"
            INSERT INTO open_messages (record) VALUES ($1) ON CONFLICT (singleton) DO UPDATE SET record = excluded.record
            "#,
            encode(OPEN, &new.evaluation.open),
        )
        .execute(&mut *tx)
        .named("put_open_messages", &queries)
        .await?;
        if let Some(checkpoint) = &new.evaluation.checkpoint {
            insert_checkpoint(&mut tx, checkpoint, Some(new.id), new.at).await?;
        }
        audit::append(&mut tx, &entry(new, outcome, reason, evidence_hash)).await?;
        tx.commit().await?;
        Ok(evidence_hash)
    }

    /// Stores the approved genesis, before the first evaluation.
    ///
    /// # Errors
    /// [`Error::Fenced`] for somebody who does not lead; [`Error`] when there is one.
    pub async fn insert_genesis(
        &self,
        leadership: &Leadership,
        genesis: &Checkpoint,
        at: Timestamp,
    ) -> Result<(), Error> {
        let mut tx = self.pool.begin().await?;
        assert_current(&mut tx, leadership).await?;
        insert_checkpoint(&mut tx, genesis, None, at).await?;
        tx.commit().await
    }

    /// The newest checkpoint.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_checkpoint(&self) -> Result<Option<Checkpoint>, Error> {
        let row = sqlx::query_scalar!("SELECT record FROM checkpoint ORDER BY sequence DESC LIMIT 1")
            .fetch_optional(self.pool.executor())
            .named("find_checkpoint", self.pool.queries())
            .await?;
        row.map(|bytes| record(CHECKPOINT, &bytes, "checkpoint.record")).transpose()
    }

    /// Messages that were not over at the newest verdict.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_open_messages(&self) -> Result<Vec<Pairing>, Error> {
        let row = sqlx::query_scalar!("SELECT record FROM open_messages")
            .fetch_optional(self.pool.executor())
            .named("list_open_messages", self.pool.queries())
            .await?;
        row.map_or(Ok(Vec::new()), |bytes| record(OPEN, &bytes, "open_messages.record"))
    }

    /// A verdict.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_verdict(&self, id: Uuid) -> Result<Option<VerdictRow>, Error> {
        let row = sqlx::query!(
            r#"
            SELECT verdict_id, at, cause, epoch, evidence_hash, rules.record AS rules, evidence, evaluation
            FROM verdict JOIN rules ON rules.hash = verdict.rules_hash
            WHERE verdict_id = $1
            "#,
            id,
        )
        .fetch_optional(self.pool.executor())
        .named("find_verdict", self.pool.queries())
        .await?;
        let row = row.map(|row| {
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
        row.transpose()
    }
}

async fn insert_checkpoint(
    tx: &mut causeway_store::Transaction,
    checkpoint: &Checkpoint,
    verdict: Option<Uuid>,
    at: Timestamp,
) -> Result<(), Error> {
    let (queries, hash) = (tx.queries(), checkpoint.hash());
    sqlx::query!(
        "INSERT INTO checkpoint (sequence, hash, record, verdict_id, made_at) VALUES ($1, $2, $3, $4, $5)",
        signed(checkpoint.sequence),
        hash.as_slice(),
        encode(CHECKPOINT, checkpoint),
        verdict,
        at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("insert_checkpoint", &queries)
    .await
    .map(drop)
}

/// Outcome and reason, as rows and labels have them.
const fn words(verdict: &Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Pass => ("pass", ""),
        Verdict::Violation { code, .. } => ("violation", code.as_str()),
        Verdict::Indeterminate { reason } => ("indeterminate", reason.as_str()),
    }
}

fn entry(new: &NewVerdict<'_>, outcome: &str, reason: &str, evidence: B256) -> audit::Entry {
    let body = serde_json::json!({
        "at": new.at.to_string(),
        "cause": new.cause,
        "epoch": new.epoch,
        "evidence": evidence.to_string(),
        "outcome": outcome,
        "reason": reason,
        "rules": new.rules.hash().to_string(),
    });
    // Keys of a JSON map are in order here, and there are no numbers but whole ones.
    let (kind, subject, actor) = ("verdict", new.id.to_string(), "guard".to_owned());
    audit::Entry { at: new.at, kind, subject, actor, body: body.to_string() }
}

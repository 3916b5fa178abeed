//! Changes of resumes: the rows locked, the domain's next state written, the release with its epoch, the lines of the
//! incidents and their record, in one transaction.

use std::collections::BTreeSet;

use causeway_primitives::Timestamp;
use causeway_store::{
    Class, Error, Named as _, Transaction,
    lease::{Leadership, assert_current},
};
use uuid::Uuid;

use super::{
    ResumeRow, Store, audit,
    incidents::{Line, add_line, lock, mitigate},
    latch::uuid,
    resumes::{ApprovalColumns, ResumeColumns, passes, words},
    values::{signed, unsigned},
};
use crate::domain::{
    canonical::{HEIGHTS, encode},
    latch::HaltId,
    resume::Resume,
};

/// Resumes that nobody else changes until this is committed or dropped.
#[derive(Debug)]
pub struct ResumeWork {
    pub(super) tx: Transaction,
    /// Recorded at the end: whoever waits for the head of the record holds no row that another one wants.
    entries: Vec<audit::Entry>,
}

impl Store {
    /// Locks one resume; any replica may. `None` where there is no such.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn lock_resume(&self, id: Uuid) -> Result<Option<(ResumeWork, ResumeRow)>, Error> {
        let mut work = ResumeWork::begin(self, None).await?;
        Ok(work.lock(Some(id)).await?.pop().map(|row| (work, row)))
    }

    /// Locks all that are open, oldest first. Only the leader may: what follows may be a release.
    ///
    /// # Errors
    /// [`Error::Fenced`] for somebody who does not lead; [`Error`].
    pub async fn lock_open_resumes(&self, leadership: &Leadership) -> Result<(ResumeWork, Vec<ResumeRow>), Error> {
        let mut work = ResumeWork::begin(self, Some(leadership)).await?;
        let rows = work.lock(None).await?;
        Ok((work, rows))
    }

    /// Releases a halt and the unreleased halts before it in its line, in the epoch after the present one, and makes that
    /// the epoch. Only the leader may; that it was approved is the caller's to have checked in `domain::resume`.
    ///
    /// # Errors
    /// [`Error::Fenced`] for somebody who does not lead; [`Error`] when the halt does not exist or is released.
    pub async fn release_halt(
        &self,
        leadership: &Leadership,
        halt: HaltId,
        resume: Uuid,
        at: Timestamp,
    ) -> Result<u64, Error> {
        let mut work = ResumeWork::begin(self, Some(leadership)).await?;
        let epoch = work.release(halt, resume, at).await?;
        work.commit().await?;
        Ok(epoch)
    }
}

impl ResumeWork {
    pub(super) async fn begin(store: &Store, leadership: Option<&Leadership>) -> Result<Self, Error> {
        let mut tx = store.pool.begin().await?;
        if let Some(leadership) = leadership {
            assert_current(&mut tx, leadership).await?;
        }
        Ok(Self { tx, entries: Vec::new() })
    }

    async fn lock(&mut self, id: Option<Uuid>) -> Result<Vec<ResumeRow>, Error> {
        let queries = self.tx.queries();
        let rows = sqlx::query_as!(
            ResumeColumns,
            r#"
            SELECT resume_id, halt_id, kind, plan, evidence, proposer, proposed_at, expires_at, approvals_needed,
                   validations_needed, probation_needed, state, validations, probation_passes, heights, ending
            FROM resume
            WHERE resume_id = $1
               OR ($1 IS NULL AND state IN ('proposed', 'approved', 'validating', 'probation'))
            ORDER BY proposed_at, resume_id FOR UPDATE
            "#,
            id,
        )
        .fetch_all(&mut *self.tx)
        .named("lock_resumes", &queries)
        .await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.resume_id).collect();
        let approvals = sqlx::query_as!(
            ApprovalColumns,
            r#"
            SELECT resume_id, operator, at, comment FROM resume_approval
            WHERE resume_id = ANY($1) ORDER BY resume_id, at, operator
            "#,
            &ids,
        )
        .fetch_all(&mut *self.tx)
        .named("list_approvals", &queries)
        .await?;
        rows.into_iter().map(|row| row.with(&approvals)).collect()
    }

    /// Writes where a resume stands now, and who approved since.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn save(
        &mut self,
        row: &ResumeRow,
        after: &Resume,
        (at, comment): (Timestamp, &str),
    ) -> Result<(), Error> {
        let queries = self.tx.queries();
        let (state, ending) = words(&after.state);
        let (validations, probation) = passes(&after.state, &row.policy);
        sqlx::query!(
            r#"
            UPDATE resume
            SET state = $2, ending = $3, heights = $4, validations = COALESCE($5, validations),
                probation_passes = COALESCE($6, probation_passes)
            WHERE resume_id = $1
            "#,
            row.id,
            state,
            ending,
            encode(HEIGHTS, &after.heights),
            validations,
            probation,
        )
        .execute(&mut *self.tx)
        .named("update_resume", &queries)
        .await?;
        for operator in after.approvals.iter().filter(|operator| !row.resume.approvals.contains(operator)) {
            sqlx::query!(
                "INSERT INTO resume_approval (resume_id, operator, at, comment) VALUES ($1, $2, $3, $4)",
                row.id,
                operator.as_str(),
                at.to_datetime(),
                comment,
            )
            .execute(&mut *self.tx)
            .named("insert_approval", &queries)
            .await?;
        }
        Ok(())
    }

    /// Adds a line to the timeline of the halt's incident, and to the record under `what`, which names it within the
    /// resume.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn tell(
        &mut self,
        row: &ResumeRow,
        (what, actor): (&str, &str),
        text: &str,
        at: Timestamp,
    ) -> Result<(), Error> {
        let halt = row.resume.plan.halt;
        lock(&mut self.tx, halt).await?;
        let line = Line { at, kind: "resume", actor, text };
        self.entries.push(add_line(&mut self.tx, halt, &line).await?);
        let body = serde_json::json!({
            "at": at.to_string(),
            "evidence": row.resume.plan.evidence.to_string(),
            "halt": uuid(halt).to_string(),
            "plan": row.resume.plan.hash().to_string(),
            "resume": row.id.to_string(),
            "summary": text,
            "what": what,
        });
        let (subject, actor) = (format!("{}/{what}", row.id), actor.to_owned());
        self.entries.push(audit::Entry { at, kind: "resume", subject, actor, body: body.to_string() });
        Ok(())
    }

    /// Releases a halt and its line, in the next epoch.
    ///
    /// # Errors
    /// [`Error`] when the halt does not exist or is released.
    pub async fn release(&mut self, halt: HaltId, resume: Uuid, at: Timestamp) -> Result<u64, Error> {
        let queries = self.tx.queries();
        let epoch = sqlx::query_scalar!("UPDATE guard_epoch SET epoch = epoch + 1 RETURNING epoch")
            .fetch_one(&mut *self.tx)
            .named("advance_epoch", &queries)
            .await?;
        let released = sqlx::query_scalar!(
            r#"
            WITH RECURSIVE line AS (
                SELECT halt_id, parent FROM halt WHERE halt_id = $1
                UNION
                SELECT before.halt_id, before.parent FROM halt AS before JOIN line ON line.parent = before.halt_id
            )
            INSERT INTO halt_release (halt_id, epoch, resume_id, released_at)
            SELECT halt_id, $2, $3, $4 FROM line
            WHERE halt_id = $1
               OR NOT EXISTS (SELECT FROM halt_release WHERE halt_release.halt_id = line.halt_id)
            RETURNING halt_id
            "#,
            uuid(halt),
            epoch,
            resume,
            at.to_datetime(),
        )
        .fetch_all(&mut *self.tx)
        .named("insert_release", &queries)
        .await?;
        if released.is_empty() {
            let source = sqlx::Error::RowNotFound;
            return Err(Error::Query { query: "insert_release", class: Class::NotFound, source });
        }
        let epoch = unsigned(epoch, "guard_epoch.epoch")?;
        // In one order, so that two releases cannot wait for each other.
        for halt in released.into_iter().collect::<BTreeSet<_>>() {
            self.mitigated(HaltId::new(halt.as_u128()), (resume, epoch), at).await?;
        }
        Ok(epoch)
    }

    async fn mitigated(&mut self, halt: HaltId, (resume, epoch): (Uuid, u64), at: Timestamp) -> Result<(), Error> {
        lock(&mut self.tx, halt).await?;
        mitigate(&mut self.tx, halt).await?;
        let text = format!("released in epoch {epoch} by resume {resume}");
        let line = Line { at, kind: "mitigated", actor: "guard", text: &text };
        self.entries.push(add_line(&mut self.tx, halt, &line).await?);
        let body = serde_json::json!({
            "at": at.to_string(),
            "epoch": signed(epoch),
            "halt": uuid(halt).to_string(),
            "resume": resume.to_string(),
            "summary": text,
        });
        let (subject, actor) = (uuid(halt).to_string(), "guard".to_owned());
        self.entries.push(audit::Entry { at, kind: "release", subject, actor, body: body.to_string() });
        Ok(())
    }

    /// The incident of a halt that a later one has taken over.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn superseded(&mut self, halt: HaltId, by: HaltId, at: Timestamp) -> Result<(), Error> {
        lock(&mut self.tx, halt).await?;
        mitigate(&mut self.tx, halt).await?;
        let text = format!("halt {} has taken over", uuid(by));
        let line = Line { at, kind: "mitigated", actor: "guard", text: &text };
        self.entries.push(add_line(&mut self.tx, halt, &line).await?);
        Ok(())
    }

    /// Makes everything durable, with its record.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn commit(mut self) -> Result<(), Error> {
        for entry in &self.entries {
            audit::append(&mut self.tx, entry).await?;
        }
        self.tx.commit().await
    }
}

//! The way out of halts, as rows: where each resume stands, and who approved it.

use causeway_primitives::Timestamp;
use causeway_store::{Error, Named as _};
use sqlx::types::time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Store,
    latch::uuid,
    resume_work::ResumeWork,
    values::{hash, parse, record, timestamp, unsigned},
};
use crate::domain::{
    canonical::{HEIGHTS, encode},
    latch::HaltId,
    resume::{Ending, Kind, Operator, Plan, Policy, Resume, State},
};

/// A resume with what the domain does not need to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResumeRow {
    /// Its id.
    pub id: Uuid,
    /// Where it stands.
    pub resume: Resume,
    /// What it takes, as it was when it was proposed.
    pub policy: Policy,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// Passes of the validation so far.
    pub validations: u64,
    /// Passes of the probation so far.
    pub probation_passes: u64,
    /// Who approved, in their order.
    pub approvals: Vec<ApprovalRow>,
}

/// An approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalRow {
    /// Who.
    pub operator: Operator,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub comment: String,
}

/// Why nothing was proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotProposed {
    /// Another proposal for the halt is open.
    Open,
}

impl Store {
    /// Stores a proposal, with its line in the incident and its record.
    ///
    /// # Errors
    /// [`Error`]; that another proposal is open is an answer.
    pub async fn insert_resume(&self, row: &ResumeRow) -> Result<Result<(), NotProposed>, Error> {
        let Resume { plan, proposer, expires_at, heights, .. } = &row.resume;
        let mut work = ResumeWork::begin(self, None).await?;
        let (queries, plan_hash) = (work.tx.queries(), plan.hash());
        let written = sqlx::query!(
            r#"
            INSERT INTO resume (resume_id, halt_id, kind, plan, plan_hash, evidence, proposer, proposed_at, expires_at,
                                approvals_needed, validations_needed, probation_needed, state, heights)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'proposed', $13)
            ON CONFLICT (halt_id) WHERE state IN ('proposed', 'approved', 'validating', 'probation') DO NOTHING
            "#,
            row.id,
            uuid(plan.halt),
            plan.kind.as_str(),
            plan.text,
            plan_hash.as_slice(),
            plan.evidence.as_slice(),
            proposer.as_str(),
            row.proposed_at.to_datetime(),
            expires_at.to_datetime(),
            i64::from(row.policy.approvals.max(1)),
            i64::from(row.policy.validations.max(1)),
            i64::from(row.policy.probation),
            encode(HEIGHTS, heights),
        )
        .execute(&mut *work.tx)
        .named("insert_resume", &queries)
        .await?;
        if written.rows_affected() == 0 {
            return Ok(Err(NotProposed::Open));
        }
        let text = format!("{} {} is proposed: {}", plan.kind.as_str(), row.id, plan.text);
        work.tell(row, ("proposed", proposer.as_str()), &text, row.proposed_at).await?;
        work.commit().await.map(Ok)
    }

    /// A resume.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_resume(&self, id: Uuid) -> Result<Option<ResumeRow>, Error> {
        let row = sqlx::query_as!(
            ResumeColumns,
            r#"
            SELECT resume_id, halt_id, kind, plan, evidence, proposer, proposed_at, expires_at, approvals_needed,
                   validations_needed, probation_needed, state, validations, probation_passes, heights, ending
            FROM resume WHERE resume_id = $1
            "#,
            id,
        )
        .fetch_optional(self.pool.executor())
        .named("find_resume", self.pool.queries())
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(self.with_approvals(vec![row]).await?.pop())
    }

    /// Resumes, newest first, from behind `after` on; of one halt, or all.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_resumes(
        &self,
        halt: Option<HaltId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<ResumeRow>, Error> {
        let rows = sqlx::query_as!(
            ResumeColumns,
            r#"
            SELECT resume_id, halt_id, kind, plan, evidence, proposer, proposed_at, expires_at, approvals_needed,
                   validations_needed, probation_needed, state, validations, probation_passes, heights, ending
            FROM resume
            WHERE ($1::UUID IS NULL
                   OR (proposed_at, resume_id) < (SELECT last.proposed_at, last.resume_id FROM resume AS last
                                                  WHERE last.resume_id = $1))
              AND ($2::UUID IS NULL OR halt_id = $2)
            ORDER BY proposed_at DESC, resume_id DESC LIMIT $3
            "#,
            after,
            halt.map(uuid),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_resumes", self.pool.queries())
        .await?;
        self.with_approvals(rows).await
    }

    /// Resumes of which something can still become, oldest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_open_resumes(&self) -> Result<Vec<ResumeRow>, Error> {
        let rows = sqlx::query_as!(
            ResumeColumns,
            r#"
            SELECT resume_id, halt_id, kind, plan, evidence, proposer, proposed_at, expires_at, approvals_needed,
                   validations_needed, probation_needed, state, validations, probation_passes, heights, ending
            FROM resume WHERE state IN ('proposed', 'approved', 'validating', 'probation')
            ORDER BY proposed_at, resume_id
            "#,
        )
        .fetch_all(self.pool.executor())
        .named("list_open_resumes", self.pool.queries())
        .await?;
        self.with_approvals(rows).await
    }

    async fn with_approvals(&self, rows: Vec<ResumeColumns>) -> Result<Vec<ResumeRow>, Error> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.resume_id).collect();
        let approvals = sqlx::query_as!(
            ApprovalColumns,
            r#"
            SELECT resume_id, operator, at, comment FROM resume_approval
            WHERE resume_id = ANY($1) ORDER BY resume_id, at, operator
            "#,
            &ids,
        )
        .fetch_all(self.pool.executor())
        .named("list_approvals", self.pool.queries())
        .await?;
        rows.into_iter().map(|row| row.with(&approvals)).collect()
    }
}

pub(super) struct ApprovalColumns {
    pub(super) resume_id: Uuid,
    pub(super) operator: String,
    pub(super) at: OffsetDateTime,
    pub(super) comment: String,
}

pub(super) struct ResumeColumns {
    pub(super) resume_id: Uuid,
    pub(super) halt_id: Uuid,
    pub(super) kind: String,
    pub(super) plan: String,
    pub(super) evidence: Vec<u8>,
    pub(super) proposer: String,
    pub(super) proposed_at: OffsetDateTime,
    pub(super) expires_at: OffsetDateTime,
    pub(super) approvals_needed: i64,
    pub(super) validations_needed: i64,
    pub(super) probation_needed: i64,
    pub(super) state: String,
    pub(super) validations: i64,
    pub(super) probation_passes: i64,
    pub(super) heights: Vec<u8>,
    pub(super) ending: Option<String>,
}

impl ResumeColumns {
    /// With those of these approvals that are its own.
    pub(super) fn with(self, approvals: &[ApprovalColumns]) -> Result<ResumeRow, Error> {
        let own = approvals.iter().filter(|approval| approval.resume_id == self.resume_id);
        let approvals: Vec<ApprovalRow> = own.map(approval).collect::<Result<_, _>>()?;
        let (validations, probation_passes) =
            (unsigned(self.validations, "resume.validations")?, unsigned(self.probation_passes, "resume.probation")?);
        let (proposed_at, expires_at) =
            (timestamp(self.proposed_at, "resume.proposed_at")?, timestamp(self.expires_at, "resume.expires_at")?);
        let small = |value: i64, column| u32::try_from(value).map_err(|_| Error::Unreadable { column });
        let plan = Plan {
            halt: HaltId::new(self.halt_id.as_u128()),
            evidence: hash(&self.evidence, "resume.evidence")?,
            kind: Kind::from_word(&self.kind).ok_or(Error::Unreadable { column: "resume.kind" })?,
            text: self.plan,
        };
        let ending = self.ending.as_deref().map(ending).transpose()?;
        let passes =
            (small(self.validations, "resume.validations")?, small(self.probation_passes, "resume.probation")?);
        let policy = Policy {
            approvals: small(self.approvals_needed, "resume.approvals_needed")?,
            window: expires_at.since(proposed_at),
            validations: small(self.validations_needed, "resume.validations_needed")?,
            probation: small(self.probation_needed, "resume.probation_needed")?,
        };
        let resume = Resume {
            plan,
            proposer: parse(&self.proposer, "resume.proposer")?,
            expires_at,
            approvals: approvals.iter().map(|approval| approval.operator.clone()).collect(),
            state: state(&self.state, passes, ending)?,
            heights: record(HEIGHTS, &self.heights, "resume.heights")?,
        };
        Ok(ResumeRow { id: self.resume_id, resume, policy, proposed_at, validations, probation_passes, approvals })
    }
}

fn approval(row: &ApprovalColumns) -> Result<ApprovalRow, Error> {
    Ok(ApprovalRow {
        operator: parse(&row.operator, "resume_approval.operator")?,
        at: timestamp(row.at, "resume_approval.at")?,
        comment: row.comment.clone(),
    })
}

fn state(word: &str, (validations, probation): (u32, u32), ending: Option<Ending>) -> Result<State, Error> {
    match (word, ending) {
        ("proposed", None) => Ok(State::Proposed),
        ("approved", None) => Ok(State::Approved),
        ("validating", None) => Ok(State::Validating { passes: validations }),
        ("probation", None) => Ok(State::Probation { passes: probation }),
        ("running", None) => Ok(State::Running),
        ("ended", Some(ending)) => Ok(State::Ended(ending)),
        _ => Err(Error::Unreadable { column: "resume.state" }),
    }
}

fn ending(text: &str) -> Result<Ending, Error> {
    let column = "resume.ending";
    match text.split_once(':') {
        None if text == "expired" => Ok(Ending::Expired),
        None if text == "violation" => Ok(Ending::Violation),
        Some(("refused", operator)) => Ok(Ending::Refused(parse(operator, column)?)),
        Some(("halted", halt)) => Ok(Ending::HaltedAgain(HaltId::new(parse::<Uuid>(halt, column)?.as_u128()))),
        _ => Err(Error::Unreadable { column }),
    }
}

/// The columns `state` and `ending` of a state.
pub(super) fn words(state: &State) -> (&'static str, Option<String>) {
    match state {
        State::Proposed => ("proposed", None),
        State::Approved => ("approved", None),
        State::Validating { .. } => ("validating", None),
        State::Probation { .. } => ("probation", None),
        State::Running => ("running", None),
        State::Ended(Ending::Refused(operator)) => ("ended", Some(format!("refused:{operator}"))),
        State::Ended(Ending::Expired) => ("ended", Some("expired".to_owned())),
        State::Ended(Ending::Violation) => ("ended", Some("violation".to_owned())),
        State::Ended(Ending::HaltedAgain(halt)) => ("ended", Some(format!("halted:{}", uuid(*halt)))),
    }
}

/// The columns `validations` and `probation_passes` behind a change; `None` leaves them.
pub(super) fn passes(state: &State, policy: &Policy) -> (Option<i64>, Option<i64>) {
    let all = Some(i64::from(policy.validations));
    match state {
        State::Proposed | State::Approved | State::Ended(_) => (None, None),
        State::Validating { passes } => (Some(i64::from(*passes)), None),
        State::Probation { passes } => (all, Some(i64::from(*passes))),
        State::Running => (all, Some(i64::from(policy.probation))),
    }
}

//! Incidents: halts, with what people and the guard did about them. A halt without a row of its own here is open.

use causeway_primitives::Timestamp;
use causeway_store::{Error, Named as _, Transaction};
use uuid::Uuid;

use super::{
    HaltRow, Store, audit,
    latch::{HaltColumns, uuid},
    values::{timestamp, unsigned},
};
use crate::domain::{
    incident::{Decision, State},
    latch::HaltId,
};

/// An incident without its timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentRow {
    /// Its halt, whose id it has.
    pub halt: HaltRow,
    /// Where it is.
    pub state: State,
    /// Who has taken it.
    pub acknowledged_by: Option<String>,
    /// What was decided.
    pub decision: Option<Decision>,
    /// Why it happened, in the words of who decided.
    pub root_cause: String,
    /// The verdict that it began with; `None` for a manual halt.
    pub verdict: Option<Uuid>,
}

/// A line of a timeline, without the first one, which is the halt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// When.
    pub at: Timestamp,
    /// "acknowledged", "root_cause", "decision", "mitigated", "post_mortem", "note" or "resume".
    pub kind: String,
    /// The operator, or "guard".
    pub actor: String,
    /// In words.
    pub text: String,
}

/// A line to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// When.
    pub at: Timestamp,
    /// As in [`EntryRow`].
    pub kind: &'static str,
    /// The operator, or "guard".
    pub actor: &'a str,
    /// In words.
    pub text: &'a str,
}

/// What changes besides the timeline; `None` leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct IncidentChange<'a> {
    /// Where it is now.
    pub state: Option<State>,
    /// Who has taken it; the first one stays.
    pub acknowledged_by: Option<&'a str>,
    /// What was decided.
    pub decision: Option<Decision>,
    /// Why it happened.
    pub root_cause: Option<&'a str>,
}

/// An incident that nobody else changes until this is written or dropped.
#[derive(Debug)]
pub struct IncidentWork {
    tx: Transaction,
    halt: HaltId,
    /// Where it is.
    pub state: State,
}

impl Store {
    /// Locks an incident; `None` where there is no such halt.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn open_incident(&self, halt: HaltId) -> Result<Option<IncidentWork>, Error> {
        if self.find_halt(halt).await?.is_none() {
            return Ok(None);
        }
        let mut tx = self.pool.begin().await?;
        let state = lock(&mut tx, halt).await?;
        Ok(Some(IncidentWork { tx, halt, state }))
    }

    /// An incident.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_incident(&self, halt: HaltId) -> Result<Option<IncidentRow>, Error> {
        let row = sqlx::query_as!(
            IncidentColumns,
            r#"
            SELECT halt.halt_id, scope, cause, reason, caused_by, halt.evidence, halt.epoch, halted_at, parent,
                   halt_release.epoch AS "released_in?", halt_release.released_at AS "released_at?",
                   COALESCE(state, 'open') AS "state!", COALESCE(acknowledged_by, '') AS "acknowledged_by!", decision,
                   COALESCE(root_cause, '') AS "root_cause!", halt_evidence.verdict_id AS "verdict?"
            FROM halt
            LEFT JOIN halt_release USING (halt_id)
            LEFT JOIN incident USING (halt_id)
            LEFT JOIN halt_evidence USING (halt_id)
            WHERE halt.halt_id = $1
            "#,
            uuid(halt),
        )
        .fetch_optional(self.pool.executor())
        .named("find_incident", self.pool.queries())
        .await?;
        row.map(IncidentRow::try_from).transpose()
    }

    /// Incidents, newest first, from behind `after` on; of one state, or all.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_incidents(
        &self,
        state: Option<State>,
        after: Option<HaltId>,
        limit: u32,
    ) -> Result<Vec<IncidentRow>, Error> {
        let rows = sqlx::query_as!(
            IncidentColumns,
            r#"
            SELECT halt.halt_id, scope, cause, reason, caused_by, halt.evidence, halt.epoch, halted_at, parent,
                   halt_release.epoch AS "released_in?", halt_release.released_at AS "released_at?",
                   COALESCE(state, 'open') AS "state!", COALESCE(acknowledged_by, '') AS "acknowledged_by!", decision,
                   COALESCE(root_cause, '') AS "root_cause!", halt_evidence.verdict_id AS "verdict?"
            FROM halt
            LEFT JOIN halt_release USING (halt_id)
            LEFT JOIN incident USING (halt_id)
            LEFT JOIN halt_evidence USING (halt_id)
            WHERE ($1::UUID IS NULL
                   OR (halt.halted_at, halt.halt_id) < (SELECT last.halted_at, last.halt_id FROM halt AS last
                                                        WHERE last.halt_id = $1))
              AND ($2::TEXT IS NULL OR COALESCE(state, 'open') = $2)
            ORDER BY halt.halted_at DESC, halt.halt_id DESC
            LIMIT $3
            "#,
            after.map(uuid),
            state.map(State::as_str),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_incidents", self.pool.queries())
        .await?;
        rows.into_iter().map(IncidentRow::try_from).collect()
    }

    /// An incident's timeline behind its halt, oldest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_incident_entries(&self, halt: HaltId) -> Result<Vec<EntryRow>, Error> {
        let rows = sqlx::query!(
            "SELECT at, kind, actor, text FROM incident_entry WHERE halt_id = $1 ORDER BY number",
            uuid(halt)
        )
        .fetch_all(self.pool.executor())
        .named("list_incident_entries", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            let at = timestamp(row.at, "incident_entry.at")?;
            Ok(EntryRow { at, kind: row.kind, actor: row.actor, text: row.text })
        });
        row.collect()
    }
}

impl IncidentWork {
    /// Writes a change with its lines and their record, all or nothing.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn write(mut self, change: &IncidentChange<'_>, lines: &[Line<'_>]) -> Result<(), Error> {
        let queries = self.tx.queries();
        sqlx::query!(
            r#"
            UPDATE incident
            SET state = COALESCE($2, state),
                acknowledged_by = CASE WHEN acknowledged_by = '' THEN COALESCE($3, '') ELSE acknowledged_by END,
                decision = COALESCE($4, decision), root_cause = COALESCE($5, root_cause)
            WHERE halt_id = $1
            "#,
            uuid(self.halt),
            change.state.map(State::as_str),
            change.acknowledged_by,
            change.decision.map(Decision::as_str),
            change.root_cause,
        )
        .execute(&mut *self.tx)
        .named("change_incident", &queries)
        .await?;
        let mut entries = Vec::new();
        for line in lines {
            entries.push(add_line(&mut self.tx, self.halt, line).await?);
        }
        for entry in &entries {
            audit::append(&mut self.tx, entry).await?;
        }
        self.tx.commit().await
    }
}

/// Locks an incident within a transaction and says where it is. The record's head is always locked after it.
pub(super) async fn lock(tx: &mut Transaction, halt: HaltId) -> Result<State, Error> {
    let queries = tx.queries();
    sqlx::query!(
        "INSERT INTO incident (halt_id, state) VALUES ($1, 'open') ON CONFLICT (halt_id) DO NOTHING",
        uuid(halt)
    )
    .execute(&mut **tx)
    .named("insert_incident", &queries)
    .await?;
    let state = sqlx::query_scalar!("SELECT state FROM incident WHERE halt_id = $1 FOR UPDATE", uuid(halt))
        .fetch_one(&mut **tx)
        .named("lock_incident", &queries)
        .await?;
    State::from_word(&state).ok_or(Error::Unreadable { column: "incident.state" })
}

/// Adds a line to a locked incident's timeline; what is to be recorded of it is for the end of the transaction.
pub(super) async fn add_line(tx: &mut Transaction, halt: HaltId, line: &Line<'_>) -> Result<audit::Entry, Error> {
    let queries = tx.queries();
    let number = sqlx::query_scalar!(
        r#"
        INSERT INTO incident_entry (halt_id, number, at, kind, actor, text)
        SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5 FROM incident_entry WHERE halt_id = $1
        RETURNING number
        "#,
        uuid(halt),
        line.at.to_datetime(),
        line.kind,
        line.actor,
        line.text,
    )
    .fetch_one(&mut **tx)
    .named("insert_incident_entry", &queries)
    .await?;
    let body = serde_json::json!({
        "at": line.at.to_string(),
        "halt": uuid(halt).to_string(),
        "line": line.kind,
        "text": line.text,
    });
    let (number, actor) = (unsigned(number, "incident_entry.number")?, line.actor.to_owned());
    let subject = format!("{}/{number}", uuid(halt));
    Ok(audit::Entry { at: line.at, kind: "incident", subject, actor, body: body.to_string() })
}

/// Marks a locked incident as mitigated: its halt does not hold any more, or another one has taken over.
pub(super) async fn mitigate(tx: &mut Transaction, halt: HaltId) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        "UPDATE incident SET state = 'mitigated' WHERE halt_id = $1 AND state IN ('open', 'acknowledged', 'decided')",
        uuid(halt)
    )
    .execute(&mut **tx)
    .named("mitigate_incident", &queries)
    .await
    .map(drop)
}

struct IncidentColumns {
    halt_id: Uuid,
    scope: String,
    cause: String,
    reason: String,
    caused_by: String,
    evidence: Vec<u8>,
    epoch: i64,
    halted_at: time::OffsetDateTime,
    parent: Option<Uuid>,
    released_in: Option<i64>,
    released_at: Option<time::OffsetDateTime>,
    state: String,
    acknowledged_by: String,
    decision: Option<String>,
    root_cause: String,
    verdict: Option<Uuid>,
}

impl TryFrom<IncidentColumns> for IncidentRow {
    type Error = Error;

    fn try_from(row: IncidentColumns) -> Result<Self, Error> {
        let decision = row
            .decision
            .map(|word| Decision::from_word(&word).ok_or(Error::Unreadable { column: "incident.decision" }));
        let halt = HaltColumns {
            halt_id: row.halt_id,
            scope: row.scope,
            cause: row.cause,
            reason: row.reason,
            caused_by: row.caused_by,
            evidence: row.evidence,
            epoch: row.epoch,
            halted_at: row.halted_at,
            parent: row.parent,
            released_in: row.released_in,
            released_at: row.released_at,
        };
        Ok(Self {
            halt: HaltRow::try_from(halt)?,
            state: State::from_word(&row.state).ok_or(Error::Unreadable { column: "incident.state" })?,
            acknowledged_by: Some(row.acknowledged_by).filter(|who| !who.is_empty()),
            decision: decision.transpose()?,
            root_cause: row.root_cause,
            verdict: row.verdict,
        })
    }
}

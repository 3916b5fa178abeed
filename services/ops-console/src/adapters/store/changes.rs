//! Changes: where each stands. A step, its record and what the webhooks are told are one transaction, held by the revision
//! that was read, and, for what only the leader does, by its lease.

use std::sync::Arc;

use causeway_primitives::Timestamp;
use causeway_store::{
    Error, Named as _, Transaction,
    audit::Head,
    lease::{Leadership, assert_current},
    outbox::enqueue,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Store,
    audit::{Entry, append},
    change_columns::Columns,
    change_rows as read,
    people::standing,
    values::signed,
};
use crate::domain::{
    change::{Change, State},
    people::Lasting,
};

/// A change with its name and how often it has moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// Names it.
    pub id: Uuid,
    /// Grows by one with each step.
    pub revision: u64,
    /// When it last moved.
    pub changed_at: Timestamp,
    /// The change.
    pub change: Change,
}

/// A step, in the record's words.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// For example `approved`.
    pub kind: &'static str,
    /// Who.
    pub actor: &'a str,
    /// When.
    pub at: Timestamp,
}

/// Changes that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// In order.
    pub changes: Vec<Filed>,
    /// Those whose row is no change of this console, and why: they keep no other from being read.
    pub unreadable: Vec<(Uuid, String)>,
}

/// Which changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those of which something can still come, oldest first.
    Open,
    /// All, newest first.
    All,
    /// Those that the console has something to do for: first what it can carry out, of that first what waits for nobody.
    ToDo,
    /// Those that wait, and have waited for long enough by this time; first the oldest.
    Overdue(Timestamp),
}

/// The changes, and who is told of their steps.
#[derive(Debug, Clone)]
pub struct Changes {
    store: Store,
    /// The outbox topics of the webhooks.
    topics: Arc<[String]>,
    /// How long a sign-in lasts; `None`: nobody signs in.
    lasting: Option<Lasting>,
}

impl Changes {
    /// In this database; each step is told to these topics of the outbox.
    pub fn new(store: Store, topics: Vec<String>) -> Self {
        Self { store, topics: topics.into(), lasting: None }
    }

    /// By people whose sign-ins last so long; `None`: nobody signs in.
    #[must_use]
    pub const fn of_people(mut self, lasting: Option<Lasting>) -> Self {
        self.lasting = lasting;
        self
    }

    /// The database behind it.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The outbox topics of the webhooks.
    pub fn topics(&self) -> &[String] {
        &self.topics
    }

    /// Files a proposal; one that is there already stays as it is and is given back.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn insert_change(&self, id: Uuid, change: &Change, step: Step<'_>) -> Result<Filed, Error> {
        let mut tx = self.store.pool.begin().await?;
        let queries = tx.queries();
        let row = Columns::of(change)?;
        let written = sqlx::query!(
            r#"
            INSERT INTO change (change_id, revision, state, procedure, service, action, undo, instructions, parameters,
                reason, plan_hash, proposer, proposed_at, approvals_needed, expires_at, validate_within_ms, approvals,
                look_verdict, look_words, look_at, outcome, changed_at)
            VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
            ON CONFLICT (change_id) DO NOTHING
            "#,
            id,
            row.state,
            change.plan.procedure,
            change.plan.service,
            row.action,
            row.undo,
            row.instructions,
            row.parameters,
            change.plan.reason,
            row.plan_hash.as_slice(),
            change.proposer,
            change.proposed_at.to_datetime(),
            i64::from(change.terms.approvals),
            change.terms.expires_at.to_datetime(),
            row.validate_within_ms,
            &change.approvals,
            row.look_verdict,
            row.look_words,
            row.look_at,
            change.outcome,
            step.at.to_datetime(),
        )
        .execute(&mut *tx)
        .named("insert_change", &queries)
        .await?;
        if written.rows_affected() == 0 {
            tx.rollback().await?;
            return self.find_change(id).await?.ok_or(Error::Unreadable { column: "change.change_id" });
        }
        let filed = Filed { id, revision: 1, changed_at: step.at, change: change.clone() };
        self.tell(&mut tx, &filed, step).await?;
        tx.commit().await?;
        Ok(filed)
    }

    /// Which of these approvals count now.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_standing(&self, approvals: &[String], now: Timestamp) -> Result<Vec<String>, Error> {
        let mut tx = self.store.pool.begin().await?;
        let standing = standing(&mut tx, approvals, self.lasting, now).await?;
        tx.rollback().await?;
        Ok(standing)
    }

    /// Moves a change on; `None`: it was moved meanwhile, or who approved it counts no more, and nothing was written.
    /// `leadership`: only while this lease holds.
    ///
    /// # Errors
    /// [`Error`]; also when the lease has passed to somebody else.
    pub async fn advance_change(
        &self,
        before: &Filed,
        after: &Change,
        step: Step<'_>,
        leadership: Option<&Leadership>,
    ) -> Result<Option<Filed>, Error> {
        let mut tx = self.store.pool.begin().await?;
        if let Some(leadership) = leadership {
            assert_current(&mut tx, leadership).await?;
        }
        if before.change.state == State::Approved && after.state == State::Executing {
            let standing = standing(&mut tx, &after.approvals, self.lasting, step.at).await?;
            if after.approvals.iter().any(|name| !standing.contains(name)) {
                tx.rollback().await?;
                return Ok(None);
            }
        }
        let queries = tx.queries();
        let row = Columns::of(after)?;
        let moved = sqlx::query!(
            r#"
            UPDATE change SET revision = revision + 1, state = $3, approvals = $4, look_verdict = $5, look_words = $6,
                look_at = $7, doer = $8, due_at = $9, outcome = $10, changed_at = $11
            WHERE change_id = $1 AND revision = $2
            "#,
            before.id,
            signed(before.revision),
            row.state,
            &after.approvals,
            row.look_verdict,
            row.look_words,
            row.look_at,
            after.doer,
            after.due_at.map(Timestamp::to_datetime),
            after.outcome,
            step.at.to_datetime(),
        )
        .execute(&mut *tx)
        .named("advance_change", &queries)
        .await?;
        if moved.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(None);
        }
        let revision = before.revision.saturating_add(1);
        let filed = Filed { id: before.id, revision, changed_at: step.at, change: after.clone() };
        self.tell(&mut tx, &filed, step).await?;
        tx.commit().await?;
        Ok(Some(filed))
    }

    /// The change of this name.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_change(&self, id: Uuid) -> Result<Option<Filed>, Error> {
        let rows = sqlx::query_as!(read::Row, "SELECT * FROM change WHERE change_id = $1", id)
            .fetch_optional(self.store.pool.executor())
            .named("find_change", self.store.pool.queries())
            .await?;
        rows.map(read::filed).transpose()
    }

    /// The record's line, and a message to each webhook.
    async fn tell(&self, tx: &mut Transaction, filed: &Filed, step: Step<'_>) -> Result<(), Error> {
        let (kind, subject) = (format!("change.{}", step.kind), filed.id.to_string());
        let body = record(filed).to_string();
        let entry = Entry { at: step.at, kind: &kind, subject: &subject, actor: step.actor, body: &body };
        let head = append(tx, &entry).await?;
        let message = message(filed, step, head);
        for topic in self.topics.iter() {
            enqueue(tx, topic, &format!("{}-{}", filed.id, filed.revision), &message).await?;
        }
        Ok(())
    }
}

/// What the record's link covers of a change. Keys are in the order of the alphabet.
fn record(Filed { revision, change, .. }: &Filed) -> Value {
    json!({
        "approvals": change.approvals,
        "doer": change.doer,
        "look": change.look.as_ref().map(|look| json!({ "verdict": look.verdict.as_str(), "words": look.words })),
        "outcome": change.outcome,
        "parameters": change.plan.values,
        "plan": change.plan.hash().to_string(),
        "procedure": change.plan.procedure,
        "reason": change.plan.reason,
        "revision": revision,
        "state": change.state.as_str(),
    })
}

/// What a webhook is told.
fn message(filed: &Filed, step: Step<'_>, head: Head) -> Value {
    let Filed { id, change, .. } = filed;
    let subject: Vec<&str> = change.plan.values.values().map(String::as_str).collect();
    let words = format!(
        "{} {} {} ({}): {}. {}",
        step.actor,
        step.kind,
        change.plan.procedure,
        subject.join(", "),
        change.state.words(),
        if change.outcome.is_empty() { &change.plan.reason } else { &change.outcome },
    );
    json!({
        "change_id": id,
        "event": step.kind,
        "actor": step.actor,
        "at": step.at.to_string(),
        "text": words,
        "change": record(filed),
        "audit": { "index": head.index, "link": head.link.map(|link| link.to_string()) },
    })
}

//! The record of everything that was decided: append-only, without gaps, each link over the body and the link before.
//!
//! The rows show tampering in their middle. A cut at their end shows only against a link that was kept elsewhere: the head
//! goes out with every page and every report.

use causeway_primitives::{B256, Timestamp};
use causeway_store::{
    Error, Named as _, Transaction,
    audit::{Head, Record, Row, check, covered},
};

use causeway_telemetry::propagation::current_trace_id;

use super::{
    Store,
    values::{hash, signed, timestamp, unsigned},
};

/// Something to record. (kind, subject) names it: recorded again, it is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it happened.
    pub at: Timestamp,
    /// "verdict", "halt", "release", "lease", "report", "incident", "resume", "config", "anchor", "pause".
    pub kind: &'static str,
    /// What it is about.
    pub subject: String,
    /// The operator, the relayer, or "guard".
    pub actor: String,
    /// Canonical JSON: what the link covers.
    pub body: String,
}

/// A recorded entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Without gaps, from 1.
    pub index: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Its kind.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// Who did it.
    pub actor: String,
    /// What the link covers.
    pub body: String,
    /// The link.
    pub link: B256,
    /// In which trace it happened, if in one. No link covers it.
    pub trace_id: Option<String>,
}

impl Store {
    /// Appends to the record.
    ///
    /// # Errors
    /// [`Error`]: it is recorded or not; recording it again is safe.
    pub async fn append_audit(&self, entry: &Entry) -> Result<Head, Error> {
        let mut tx = self.pool.begin().await?;
        let head = append(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(head)
    }

    /// The newest link, to be kept elsewhere.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn audit_head(&self) -> Result<Head, Error> {
        let row = sqlx::query!("SELECT index, link FROM audit_head")
            .fetch_one(self.pool.executor())
            .named("get_audit_head", self.pool.queries())
            .await?;
        head(row.index, row.link.as_deref())
    }

    /// Rows behind `after`, oldest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_audit(&self, after: u64, limit: u32) -> Result<Vec<AuditRow>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT index, at, kind, subject, actor, body, link, trace_id FROM audit
            WHERE index > $1 ORDER BY index LIMIT $2
            "#,
            signed(after),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_audit", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            Ok(AuditRow {
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

    /// Computes the whole chain anew: `Ok` names the rows that were checked, or the first index that does not hold. A
    /// kept link that does not occur counts as a break behind the last row.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn verify_audit(&self, anchor: Option<B256>) -> Result<Result<u64, u64>, Error> {
        self.verify_audit_from(1, anchor).await
    }

    /// The same from an index on, whose row before it is believed; `Ok` names the last row.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn verify_audit_from(&self, from: u64, anchor: Option<B256>) -> Result<Result<u64, u64>, Error> {
        check(self, from, anchor).await
    }
}

impl Record for Store {
    async fn head(&self) -> Result<Head, Error> {
        self.audit_head().await
    }

    async fn find_link(&self, index: u64) -> Result<Option<B256>, Error> {
        let link = sqlx::query_scalar!("SELECT link FROM audit WHERE index = $1", signed(index))
            .fetch_optional(self.pool.executor())
            .named("find_link", self.pool.queries())
            .await?;
        link.map(|link| hash(&link, "audit.link")).transpose()
    }

    async fn list(&self, after: u64, limit: u32) -> Result<Vec<Row>, Error> {
        let rows = self.list_audit(after, limit).await?.into_iter();
        let row = |AuditRow { index, kind, subject, actor, body, link, .. }: AuditRow| Row {
            index,
            covered: covered(index, &[&kind, &subject, &actor, &body]),
            link,
        };
        Ok(rows.map(row).collect())
    }
}

/// Appends within a transaction, so that an act and its record are one. Locks the head until the transaction ends.
pub(super) async fn append(tx: &mut Transaction, entry: &Entry) -> Result<Head, Error> {
    let queries = tx.queries();
    let before = sqlx::query!("SELECT index, link FROM audit_head FOR UPDATE")
        .fetch_one(&mut **tx)
        .named("lock_audit_head", &queries)
        .await?;
    let before = head(before.index, before.link.as_deref())?;
    // Every column that says something; the time is in the body.
    let row = before.next(&[entry.kind, &entry.subject, &entry.actor, &entry.body]);
    let index = signed(row.index);
    let written = sqlx::query!(
        r#"
        INSERT INTO audit (index, at, kind, subject, actor, body, link, trace_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (kind, subject) DO NOTHING
        "#,
        index,
        entry.at.to_datetime(),
        entry.kind,
        entry.subject,
        entry.actor,
        entry.body,
        row.link.as_slice(),
        current_trace_id(),
    )
    .execute(&mut **tx)
    .named("insert_audit", &queries)
    .await?;
    if written.rows_affected() == 0 {
        return Ok(before);
    }
    sqlx::query!("UPDATE audit_head SET index = $1, link = $2", index, row.link.as_slice())
        .execute(&mut **tx)
        .named("advance_audit_head", &queries)
        .await?;
    Ok(row.head())
}

fn head(index: i64, link: Option<&[u8]>) -> Result<Head, Error> {
    let link = link.map(|link| hash(link, "audit_head.link")).transpose()?;
    Ok(Head { index: unsigned(index, "audit_head.index")?, link })
}

//! The record of what people did through this console: append-only, without gaps, each link over the row and the link before.
//! A cut at its end shows only against a link that was kept elsewhere: the head goes out with every webhook.

use causeway_primitives::{B256, Timestamp};
use causeway_store::{
    Error, Named as _, Transaction,
    audit::{Head, Record, Row, check, covered},
};

use super::{
    Store,
    values::{signed, timestamp, unsigned},
};

/// Something to record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// When it happened.
    pub(super) at: Timestamp,
    /// For example `change.approved`.
    pub(super) kind: &'a str,
    /// The change, or the window.
    pub(super) subject: &'a str,
    /// Who did it.
    pub(super) actor: &'a str,
    /// JSON: what the link covers, besides the other columns.
    pub(super) body: &'a str,
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
}

impl Store {
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

    /// Rows behind `after`, oldest first; of one subject, or of all.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_audit(&self, after: u64, subject: Option<&str>, limit: u32) -> Result<Vec<AuditRow>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT index, at, kind, subject, actor, body, link FROM audit
            WHERE index > $1 AND ($2::TEXT IS NULL OR subject = $2) ORDER BY index LIMIT $3
            "#,
            signed(after),
            subject,
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_audit", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            Ok(AuditRow {
                index: unsigned(row.index),
                at: timestamp(row.at, "audit.at")?,
                kind: row.kind,
                subject: row.subject,
                actor: row.actor,
                body: row.body,
                link: hash(&row.link, "audit.link")?,
            })
        });
        row.collect()
    }

    /// Computes the chain anew from an index on, whose row before it is believed: `Ok` names the last row, `Err` the first
    /// index that does not hold. A kept link that does not occur counts as a break behind the last row.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn verify_audit(&self, from: u64, anchor: Option<B256>) -> Result<Result<u64, u64>, Error> {
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
        let rows = self.list_audit(after, None, limit).await?.into_iter();
        let row = |AuditRow { index, at, kind, subject, actor, body, link }: AuditRow| Row {
            index,
            covered: covered(index, &[&at.to_string(), &kind, &subject, &actor, &body]),
            link,
        };
        Ok(rows.map(row).collect())
    }
}

/// Appends within a transaction, so that an act and its record are one. Locks the head until the transaction ends.
pub(super) async fn append(tx: &mut Transaction, entry: &Entry<'_>) -> Result<Head, Error> {
    let queries = tx.queries();
    let before = sqlx::query!("SELECT index, link FROM audit_head FOR UPDATE")
        .fetch_one(&mut **tx)
        .named("lock_audit_head", &queries)
        .await?;
    let before = head(before.index, before.link.as_deref())?;
    let row = before.next(&[&entry.at.to_string(), entry.kind, entry.subject, entry.actor, entry.body]);
    let index = signed(row.index);
    sqlx::query!(
        "INSERT INTO audit (index, at, kind, subject, actor, body, link) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        index,
        entry.at.to_datetime(),
        entry.kind,
        entry.subject,
        entry.actor,
        entry.body,
        row.link.as_slice(),
    )
    .execute(&mut **tx)
    .named("insert_audit", &queries)
    .await?;
    sqlx::query!("UPDATE audit_head SET index = $1, link = $2", index, row.link.as_slice())
        .execute(&mut **tx)
        .named("advance_audit_head", &queries)
        .await?;
    Ok(row.head())
}

fn head(index: i64, link: Option<&[u8]>) -> Result<Head, Error> {
    let link = link.map(|link| hash(link, "audit_head.link")).transpose()?;
    Ok(Head { index: unsigned(index), link })
}

fn hash(bytes: &[u8], column: &'static str) -> Result<B256, Error> {
    B256::try_from(bytes).map_err(|_| Error::Unreadable { column })
}

//! The record of every step: append-only, without gaps, each link over the body and the link before.
//!
//! The rows show tampering in their middle. A cut at their end shows only against a link that was kept elsewhere: the head
//! goes out with every page and every report.

use causeway_primitives::{B256, Timestamp};
use causeway_store::{
    Error, Named as _, Transaction,
    audit::{Head, Record, Row, check, covered},
};

use super::{
    Store,
    values::{Column as _, hash, signed, timestamp, unsigned},
};

/// A recorded step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Without gaps, from 1.
    pub index: u64,
    /// When it happened.
    pub at: Timestamp,
    /// The request.
    pub subject: String,
    /// What the link covers, beside index and subject.
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

    /// Rows behind `after`, oldest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_audit(&self, after: u64, limit: u32) -> Result<Vec<AuditRow>, Error> {
        let rows = sqlx::query!(
            "SELECT index, at, subject, body, link FROM audit WHERE index > $1 ORDER BY index LIMIT $2",
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
                subject: row.subject,
                body: row.body,
                link: hash(&row.link, "audit.link")?,
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
            .named("find_audit_link", self.pool.queries())
            .await?;
        link.map(|link| hash(&link, "audit.link")).transpose()
    }

    async fn list(&self, after: u64, limit: u32) -> Result<Vec<Row>, Error> {
        let rows = self.list_audit(after, limit).await?.into_iter();
        let row = |AuditRow { index, subject, body, link, .. }: AuditRow| Row {
            index,
            covered: covered(index, &[&subject, &body]),
            link,
        };
        Ok(rows.map(row).collect())
    }
}

/// Appends lines, each with its subject and time, within a transaction: so that steps and their record are one.
///
/// Locks the head until the transaction ends. A transaction that holds it waits for nothing that another may hold who waits
/// for it: rows of its own requests come before, what many change comes behind.
pub(super) async fn append(tx: &mut Transaction, lines: &[(String, String, Timestamp)]) -> Result<(), Error> {
    let queries = tx.queries();
    let before = sqlx::query!("SELECT index, link FROM audit_head FOR UPDATE")
        .fetch_one(&mut **tx)
        .named("lock_audit_head", &queries)
        .await?;
    let mut last = head(before.index, before.link.as_deref())?;
    let mut links = Vec::with_capacity(lines.len());
    for (subject, body, _) in lines {
        let row = last.next(&[subject, body]);
        last = row.head();
        links.push((signed(row.index), row.link.to_vec()));
    }
    sqlx::query!(
        r#"
        WITH moved AS (UPDATE audit_head SET index = $6, link = $7)
        INSERT INTO audit (index, at, subject, body, link)
        SELECT * FROM UNNEST($1::BIGINT[], $2::TIMESTAMPTZ[], $3::TEXT[], $4::TEXT[], $5::BYTEA[])
        "#,
        &links.column(|(index, _)| *index),
        &lines.column(|(.., at)| at.to_datetime()),
        &lines.column(|(subject, ..)| subject.clone()),
        &lines.column(|(_, body, _)| body.clone()),
        &links.column(|(_, link)| link.clone()),
        signed(last.index),
        last.link.map(|link| link.to_vec()),
    )
    .execute(&mut **tx)
    .named("insert_audit", &queries)
    .await
    .map(drop)
}

fn head(index: i64, link: Option<&[u8]>) -> Result<Head, Error> {
    Ok(Head {
        index: unsigned(index, "audit_head.index")?,
        link: link.map(|link| hash(link, "audit_head.link")).transpose()?,
    })
}

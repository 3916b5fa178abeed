//! The record of every step: append-only, without gaps, each link over the body and the link before.
//!
//! The rows show tampering in their middle. A cut at their end shows only against a link that was kept elsewhere: the head
//! goes out with every page and every report.

use causeway_primitives::{B256, Timestamp};
use causeway_store::{
    Error, Named as _, Transaction,
    audit::{link, verify},
};

use super::{
    Store,
    values::{hash, signed, timestamp, unsigned},
};

/// So many rows are checked at once.
const STRETCH: u32 = 1_000;

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

/// The newest link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its index; 0 before the first.
    pub index: u64,
    /// The link; `None` before the first.
    pub link: Option<B256>,
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
        // Before the rows: what is added meanwhile is no break.
        let head = self.audit_head().await?;
        let mut checked = from.saturating_sub(1);
        let mut last = self.find_link(checked).await?;
        let mut anchored = anchor.is_none() || last == anchor;
        let mut is_whole = head.index <= checked;
        loop {
            let rows = self.list_audit(checked, STRETCH).await?;
            if rows.is_empty() {
                break;
            }
            anchored |= rows.iter().any(|row| Some(row.link) == anchor);
            is_whole |= rows.iter().any(|row| row.index == head.index && Some(row.link) == head.link);
            let gap = (checked.saturating_add(1)..).zip(&rows).find(|(expected, row)| row.index != *expected);
            if let Some((expected, _)) = gap {
                return Ok(Err(expected));
            }
            match verify(last, rows.iter().map(|row| (covered(row.index, &row.subject, &row.body), row.link))) {
                Ok(link) => last = link,
                Err(broken) => return Ok(Err(checked.saturating_add(broken.position).saturating_add(1))),
            }
            checked = rows.last().map_or(checked, |row| row.index);
        }
        let whole = anchored && is_whole && self.audit_head().await?.index >= checked;
        Ok(if whole { Ok(checked) } else { Err(checked.saturating_add(1)) })
    }

    /// The link of a row; `None` when there is no such row.
    async fn find_link(&self, index: u64) -> Result<Option<B256>, Error> {
        let link = sqlx::query_scalar!("SELECT link FROM audit WHERE index = $1", signed(index))
            .fetch_optional(self.pool.executor())
            .named("find_audit_link", self.pool.queries())
            .await?;
        link.map(|link| hash(&link, "audit.link")).transpose()
    }
}

/// Appends within a transaction, so that a step and its record are one.
///
/// Locks the head until the transaction ends. Every transaction that changes a request takes this lock before any other of
/// its own, so that none of them ever waits for another in a circle.
pub(super) async fn append(tx: &mut Transaction, subject: &str, body: &str, at: Timestamp) -> Result<(), Error> {
    let queries = tx.queries();
    let before = sqlx::query!("SELECT index, link FROM audit_head FOR UPDATE")
        .fetch_one(&mut **tx)
        .named("lock_audit_head", &queries)
        .await?;
    let before = head(before.index, before.link.as_deref())?;
    let index = before.index.saturating_add(1);
    let fresh = link(before.link, &covered(index, subject, body));
    sqlx::query!(
        r#"
        WITH moved AS (UPDATE audit_head SET index = $1, link = $5)
        INSERT INTO audit (index, at, subject, body, link) VALUES ($1, $2, $3, $4, $5)
        "#,
        signed(index),
        at.to_datetime(),
        subject,
        body,
        fresh.as_slice(),
    )
    .execute(&mut **tx)
    .named("insert_audit", &queries)
    .await
    .map(drop)
}

/// What a link covers: each part with its length before it, so that no two rows are one text.
fn covered(index: u64, subject: &str, body: &str) -> Vec<u8> {
    let mut bytes = index.to_be_bytes().to_vec();
    for part in [subject, body] {
        // A text of 2^64 bytes does not exist.
        bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

fn head(index: i64, link: Option<&[u8]>) -> Result<Head, Error> {
    Ok(Head {
        index: unsigned(index, "audit_head.index")?,
        link: link.map(|link| hash(link, "audit_head.link")).transpose()?,
    })
}

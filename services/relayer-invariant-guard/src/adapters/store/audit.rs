//! The record of everything that was decided: append-only, without gaps, each link over the body and the link before.
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
            "SELECT index, at, kind, subject, actor, body, link FROM audit WHERE index > $1 ORDER BY index LIMIT $2",
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
            match verify(last, rows.iter().map(|row| (chained(row), row.link))) {
                Ok(link) => last = link,
                Err(broken) => return Ok(Err(checked.saturating_add(broken.position).saturating_add(1))),
            }
            checked = rows.last().map_or(checked, |row| row.index);
        }
        let whole = anchored && is_whole && self.audit_head().await?.index >= checked;
        Ok(if whole { Ok(checked) } else { Err(checked.saturating_add(1)) })
    }

    async fn find_link(&self, index: u64) -> Result<Option<B256>, Error> {
        let link = sqlx::query_scalar!("SELECT link FROM audit WHERE index = $1", signed(index))
            .fetch_optional(self.pool.executor())
            .named("find_link", self.pool.queries())
            .await?;
        link.map(|link| hash(&link, "audit.link")).transpose()
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
    let index = before.index.saturating_add(1);
    let fresh = link(before.link, &covered(index, entry.kind, &entry.subject, &entry.actor, &entry.body));
    let written = sqlx::query!(
        r#"
        INSERT INTO audit (index, at, kind, subject, actor, body, link)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (kind, subject) DO NOTHING
        "#,
        signed(index),
        entry.at.to_datetime(),
        entry.kind,
        entry.subject,
        entry.actor,
        entry.body,
        fresh.as_slice(),
    )
    .execute(&mut **tx)
    .named("insert_audit", &queries)
    .await?;
    if written.rows_affected() == 0 {
        return Ok(before);
    }
    sqlx::query!("UPDATE audit_head SET index = $1, link = $2", signed(index), fresh.as_slice())
        .execute(&mut **tx)
        .named("advance_audit_head", &queries)
        .await?;
    Ok(Head { index, link: Some(fresh) })
}

/// What a link covers: every column that says something, each with its length. The time is in the body.
fn covered(index: u64, kind: &str, subject: &str, actor: &str, body: &str) -> Vec<u8> {
    let mut bytes = index.to_be_bytes().to_vec();
    for text in [kind, subject, actor, body] {
        bytes.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}

fn chained(row: &AuditRow) -> Vec<u8> {
    covered(row.index, &row.kind, &row.subject, &row.actor, &row.body)
}

fn head(index: i64, link: Option<&[u8]>) -> Result<Head, Error> {
    let link = link.map(|link| hash(link, "audit_head.link")).transpose()?;
    Ok(Head { index: unsigned(index, "audit_head.index")?, link })
}

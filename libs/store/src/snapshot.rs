//! What a part of a program remembers across restarts: one document by name, replaced as a whole.
//!
//! For state that is small, changes seldom and is only ever read whole, such as what an alert policy has said to whom.
//! What is queried by its parts, or grows, has tables of its own. It is written in the transaction of the effects that
//! follow from it, so that neither is there without the other.

use serde_json::Value;

use crate::{Error, Named as _, Pool, Transaction};

/// A document and how often it has been replaced.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Grows by one with every write of this name, from 1.
    pub version: u64,
    /// What was written.
    pub document: Value,
}

/// The document of this name.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`].
pub async fn find(pool: &Pool, name: &str) -> Result<Option<Snapshot>, Error> {
    let row = sqlx::query!("SELECT version, document FROM causeway_snapshot WHERE name = $1", name)
        .fetch_optional(pool.executor())
        .named("find_snapshot", pool.queries())
        .await?;
    row.map(|row| Ok(Snapshot { version: version(row.version)?, document: row.document })).transpose()
}

/// Replaces the document of this name and gives its new version.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`].
pub async fn put(tx: &mut Transaction, name: &str, document: &Value) -> Result<u64, Error> {
    let queries = tx.queries();
    let written = sqlx::query_scalar!(
        r#"
        INSERT INTO causeway_snapshot AS held (name, version, document, saved_at)
        VALUES ($1, 1, $2, clock_timestamp())
        ON CONFLICT (name) DO UPDATE
        SET version = held.version + 1, document = excluded.document, saved_at = excluded.saved_at
        RETURNING version
        "#,
        name,
        document,
    )
    .fetch_one(&mut **tx)
    .named("put_snapshot", &queries)
    .await?;
    version(written)
}

fn version(stored: i64) -> Result<u64, Error> {
    u64::try_from(stored).map_err(|_| Error::Unreadable { column: "causeway_snapshot.version" })
}

//! Old rows go into files, and then go.
//!
//! The removal is committed after the file is whole, durable and read again. A crash in between leaves a file whose rows are
//! still there: they go into another file the next time, and a restoration takes each row once.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use causeway_primitives::Timestamp;

use super::{
    Error, Table,
    file::{Contents, Writer},
};
use crate::{Named as _, Pool, Transaction};

/// Rows of one statement: short enough for its time limit, and for memory.
const STRETCH: i64 = 500;

/// A file is closed at this size before compression: as much as one transaction should remove.
const FILE_BYTES: u64 = 64 * 1024 * 1024;

/// The lock that keeps two apart, in the space of locks that are this program's.
const LOCK: i64 = 0x6361_7573_6577_6179;

/// What is to be taken out.
#[derive(Debug, Clone)]
pub struct Order {
    /// Now; goes into the names of files, too.
    pub at: Timestamp,
    /// From which age on rows are old; `None`: each table's own.
    pub age: Option<Duration>,
    /// Where files go. It must be there.
    pub into: PathBuf,
}

impl Order {
    /// Rows of this table that are older than this are old.
    pub fn older_than(&self, table: &Table) -> Timestamp {
        let age = self.age.unwrap_or_else(|| Duration::from_secs(table.days.saturating_mul(24 * 3_600)));
        let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        Timestamp::from_millis(self.at.as_millis().saturating_sub(age)).unwrap_or(Timestamp::EPOCH)
    }
}

/// What was taken out of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The table.
    pub table: &'static str,
    /// Each file with what it holds.
    pub files: Vec<(PathBuf, Contents)>,
}

impl Taken {
    /// Rows of all files.
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|(_, contents)| contents.rows).fold(0, u64::saturating_add)
    }
}

/// How many rows of a table are old; each is looked at.
///
/// # Errors
/// [`Error::Store`].
pub async fn count(pool: &Pool, table: &Table, order: &Order) -> Result<u64, Error> {
    let found = sqlx::query_scalar!(
        r#"SELECT causeway_count_old($1::TEXT::REGCLASS, $2, $3) AS "found!""#,
        table.name,
        table.condition,
        order.older_than(table).to_datetime(),
    )
    .fetch_one(pool.executor())
    .named("count_old_rows", pool.queries())
    .await?;
    Ok(u64::try_from(found).unwrap_or_default())
}

/// Whether somebody archives: then nobody else removes what is old.
///
/// # Errors
/// [`crate::Error::Query`] or [`crate::Error::Timeout`].
pub async fn is_archiving(pool: &Pool) -> Result<bool, crate::Error> {
    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM causeway_archiving) AS "archiving!""#)
        .fetch_one(pool.executor())
        .named("find_archiving", pool.queries())
        .await
}

/// Takes the old rows out of these tables, one after the other. From now on services leave that to whoever calls this.
///
/// # Errors
/// [`Error`]. What was committed before is in whole files; nothing else has changed.
pub async fn archive(pool: &Pool, tables: &[Table], order: &Order) -> Result<Vec<Taken>, Error> {
    sqlx::query!("INSERT INTO causeway_archiving DEFAULT VALUES ON CONFLICT DO NOTHING")
        .execute(pool.executor())
        .named("insert_archiving", pool.queries())
        .await?;
    let mut taken = Vec::with_capacity(tables.len());
    for table in tables {
        let mut files = Vec::new();
        while let Some(file) = one_file(pool, table, order, files.len()).await? {
            tracing::info!(table = table.name, rows = file.1.rows, file = %file.0.display(), "rows archived");
            files.push(file);
        }
        taken.push(Taken { table: table.name, files });
    }
    Ok(taken)
}

/// One transaction, one file; `None` when nothing is old any more.
async fn one_file(
    pool: &Pool,
    table: &Table,
    order: &Order,
    number: usize,
) -> Result<Option<(PathBuf, Contents)>, Error> {
    let mut tx = pool.begin().await?;
    lock(&mut tx).await?;
    let mut rows = old_rows(&mut tx, table, order).await?;
    if rows.is_empty() {
        // At once: a transaction that is dropped keeps its lock until the connection is next used.
        tx.rollback().await?;
        return Ok(None);
    }
    let path = order.into.join(name(table, order, number));
    let mut writer = Writer::create(path, table.name, order.older_than(table).to_string())?;
    match fill(&mut tx, table, order, &mut writer, &mut rows).await {
        Ok(()) => {}
        Err(error) => {
            writer.discard();
            // What failed first is what is told.
            let _ = tx.rollback().await;
            return Err(error);
        }
    }
    let (path, contents) = writer.finish()?;
    note(&mut tx, table, order, (&path, &contents)).await?;
    tx.commit().await?;
    Ok(Some((path, contents)))
}

/// Writes and removes stretch after stretch, until nothing is old or the file is full.
async fn fill(
    tx: &mut Transaction,
    table: &Table,
    order: &Order,
    writer: &mut Writer,
    rows: &mut Vec<(String, String)>,
) -> Result<(), Error> {
    while !rows.is_empty() {
        let (places, lines): (Vec<_>, Vec<_>) = rows.drain(..).unzip();
        for line in &lines {
            writer.row(line)?;
        }
        let (written, removed) = (lines.len(), remove(tx, table, &places).await?);
        let written = u64::try_from(written).unwrap_or(u64::MAX);
        if written != removed {
            return Err(Error::Unequal { table: table.name, written, removed });
        }
        if writer.written() < FILE_BYTES {
            *rows = old_rows(tx, table, order).await?;
        }
    }
    tracing::debug!(table = table.name, rows = writer.rows(), "file is full or nothing is old any more");
    Ok(())
}

async fn lock(tx: &mut Transaction) -> Result<(), Error> {
    let queries = tx.queries();
    let alone = sqlx::query_scalar!(r#"SELECT pg_try_advisory_xact_lock($1) AS "alone!""#, LOCK)
        .fetch_one(&mut **tx)
        .named("try_upkeep_lock", &queries)
        .await?;
    if alone { Ok(()) } else { Err(Error::Busy) }
}

async fn old_rows(tx: &mut Transaction, table: &Table, order: &Order) -> Result<Vec<(String, String)>, Error> {
    let queries = tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT place AS "place!", line AS "line!"
        FROM causeway_old_rows($1::TEXT::REGCLASS, $2, $3, $4, $5)
        "#,
        table.name,
        table.condition,
        table.turn,
        order.older_than(table).to_datetime(),
        STRETCH,
    )
    .fetch_all(&mut **tx)
    .named("list_old_rows", &queries)
    .await?;
    Ok(rows.into_iter().map(|row| (row.place, row.line)).collect())
}

async fn remove(tx: &mut Transaction, table: &Table, places: &[String]) -> Result<u64, Error> {
    let queries = tx.queries();
    let removed = sqlx::query_scalar!(
        r#"SELECT causeway_remove_rows($1::TEXT::REGCLASS, $2) AS "removed!""#,
        table.name,
        places,
    )
    .fetch_one(&mut **tx)
    .named("delete_archived_rows", &queries)
    .await?;
    Ok(u64::try_from(removed).unwrap_or_default())
}

async fn note(
    tx: &mut Transaction,
    table: &Table,
    order: &Order,
    (path, contents): (&Path, &Contents),
) -> Result<(), Error> {
    let queries = tx.queries();
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    sqlx::query!(
        "INSERT INTO causeway_archive (relation, lines, older_than, file, sha256) VALUES ($1, $2, $3, $4, $5)",
        table.name,
        i64::try_from(contents.rows).unwrap_or(i64::MAX),
        order.older_than(table).to_datetime(),
        &*file,
        contents.sha256.as_slice(),
    )
    .execute(&mut **tx)
    .named("insert_archive", &queries)
    .await?;
    Ok(())
}

/// `event-1795302000000-0.jsonl.gz`: the table, when, and which of them.
fn name(table: &Table, order: &Order, number: usize) -> String {
    format!("{}-{}-{number}.jsonl.gz", table.name, order.at.as_millis())
}

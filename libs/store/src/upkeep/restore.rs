//! Rows come back from a file, all or none.

use std::path::Path;

use super::{Error, Table, file};
use crate::{Named as _, Pool, Transaction};

/// Rows of one statement.
const STRETCH: usize = 500;

/// Puts the rows of a file back and says how many were missing; those that are there stay as they are. What they refer to
/// must be there: files come back in the other order than that in which they were written.
///
/// # Errors
/// [`Error`]: nothing has changed.
pub async fn restore(pool: &Pool, tables: &[Table], path: &Path) -> Result<u64, Error> {
    // Wholly read before the first row goes in: a damaged file changes nothing.
    let mut lines = Vec::new();
    let contents = file::read(path, |line| {
        lines.push(line.to_owned());
        Ok(())
    })?;
    let known = tables.iter().find(|table| table.name == contents.table);
    let table = known.ok_or_else(|| Error::ForeignTable { path: path.to_owned(), table: contents.table })?;
    let mut tx = pool.begin().await?;
    let mut restored = 0_u64;
    for stretch in lines.chunks(STRETCH) {
        restored = restored.saturating_add(insert(&mut tx, table, stretch).await?);
    }
    tx.commit().await?;
    Ok(restored)
}

async fn insert(tx: &mut Transaction, table: &Table, lines: &[String]) -> Result<u64, Error> {
    let queries = tx.queries();
    let restored = sqlx::query_scalar!(
        r#"SELECT causeway_restore_rows($1::TEXT::REGCLASS, $2) AS "restored!""#,
        table.name,
        lines,
    )
    .fetch_one(&mut **tx)
    .named("restore_archived_rows", &queries)
    .await?;
    Ok(u64::try_from(restored).unwrap_or_default())
}

//! How a database stands: what is large, what is dead, which index nobody asks.

use crate::{Error, Named as _, Pool};

/// How the tables and indexes of a database stand. Rows are PostgreSQL's own estimates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The largest first.
    pub tables: Vec<TableUse>,
    /// The largest first.
    pub indexes: Vec<IndexUse>,
    /// Rows that were taken out of tables so far, and files that hold them.
    pub archived: (u64, u64),
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableUse {
    /// Its name.
    pub name: String,
    /// Rows.
    pub live: u64,
    /// Rows that were removed or replaced and not cleaned up yet.
    pub dead: u64,
    /// Bytes of rows, with what is stored apart from them.
    pub bytes: u64,
    /// Bytes of its indexes.
    pub index_bytes: u64,
    /// Bytes that hold nothing, by the estimated width of rows; zero before the table was first analysed.
    pub spare_bytes: u64,
    /// Times that it was read from its start to its end.
    pub scans: u64,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexUse {
    /// Its name.
    pub name: String,
    /// Its table.
    pub table: String,
    /// Bytes.
    pub bytes: u64,
    /// Times that it was asked, since the statistics began.
    pub asked: u64,
    /// It keeps rows apart, whether it is asked or not.
    pub unique: bool,
}

impl IndexUse {
    /// Whether it costs writes and nobody has anything from it.
    pub const fn is_idle(&self) -> bool {
        self.asked == 0 && !self.unique
    }
}

/// Looks at the database's own statistics; no table is read.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`].
pub async fn report(pool: &Pool) -> Result<Report, Error> {
    let archived = sqlx::query!(
        r#"SELECT COALESCE(sum(lines), 0)::BIGINT AS "lines!", count(*) AS "files!" FROM causeway_archive"#
    )
    .fetch_one(pool.executor())
    .named("sum_archives", pool.queries())
    .await?;
    let archived = (number(archived.lines), number(archived.files));
    Ok(Report { tables: tables(pool).await?, indexes: indexes(pool).await?, archived })
}

/// A row takes the widths of its columns, 24 bytes of its own and 4 of its page's list; pages are filled to nine tenths.
async fn tables(pool: &Pool) -> Result<Vec<TableUse>, Error> {
    let rows = sqlx::query!(
        r#"
        SELECT stat.relname::TEXT AS "name!", stat.n_live_tup AS "live!", stat.n_dead_tup AS "dead!",
            pg_table_size(stat.relid) AS "bytes!", pg_indexes_size(stat.relid) AS "index_bytes!",
            COALESCE(GREATEST(pg_relation_size(stat.relid)
                - (stat.n_live_tup * (28 + width.sum) * 10 / 9) - 8192, 0), 0)::BIGINT AS "spare_bytes!",
            stat.seq_scan AS "scans!"
        FROM pg_stat_user_tables AS stat
        LEFT JOIN LATERAL (SELECT sum(avg_width) AS sum FROM pg_stats
                           WHERE schemaname = stat.schemaname AND tablename = stat.relname) AS width ON TRUE
        ORDER BY pg_total_relation_size(stat.relid) DESC, stat.relname
        "#
    )
    .fetch_all(pool.executor())
    .named("list_table_use", pool.queries())
    .await?;
    let table = rows.into_iter().map(|row| TableUse {
        name: row.name,
        live: number(row.live),
        dead: number(row.dead),
        bytes: number(row.bytes),
        index_bytes: number(row.index_bytes),
        spare_bytes: number(row.spare_bytes),
        scans: number(row.scans),
    });
    Ok(table.collect())
}

async fn indexes(pool: &Pool) -> Result<Vec<IndexUse>, Error> {
    let rows = sqlx::query!(
        r#"
        SELECT stat.indexrelname::TEXT AS "name!", stat.relname::TEXT AS "table!",
            pg_relation_size(stat.indexrelid) AS "bytes!", stat.idx_scan AS "asked!", index.indisunique AS "unique!"
        FROM pg_stat_user_indexes AS stat JOIN pg_index AS index ON index.indexrelid = stat.indexrelid
        ORDER BY pg_relation_size(stat.indexrelid) DESC, stat.indexrelname
        "#
    )
    .fetch_all(pool.executor())
    .named("list_index_use", pool.queries())
    .await?;
    let index = rows.into_iter().map(|row| IndexUse {
        name: row.name,
        table: row.table,
        bytes: number(row.bytes),
        asked: number(row.asked),
        unique: row.unique,
    });
    Ok(index.collect())
}

/// Counts and sizes are not negative.
fn number(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

//! Batches that wait for their anchor: a figure for people, read beside the evidence and not part of it.

use causeway_store::{Error, Named as _};

use super::{BooksReader, Mapping};

impl BooksReader {
    /// How many batches are not anchored.
    ///
    /// # Errors
    /// [`Error`]: the database does not answer.
    pub async fn count_pending_batches(&self, mapping: &Mapping) -> Result<u64, Error> {
        let Mapping { batches, anchor_block, .. } = mapping;
        let statement = format!("SELECT COUNT(*) FROM {batches} WHERE {anchor_block} IS NULL");
        let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
            .fetch_one(self.pool.executor())
            .named("count_pending_batches", self.pool.queries())
            .await?;
        u64::try_from(count).map_err(|_| Error::Unreadable { column: "count" })
    }
}

//! What the role that reads the books may do besides.

use causeway_store::{Error, Named as _};

use super::{BooksReader, Mapping};

/// What a role may do with the relayer's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rights {
    /// Read, and nothing else.
    ReadOnly,
    /// More than that.
    MayWrite {
        /// The first table that it may change.
        table: String,
    },
    /// Not even that.
    NoTable {
        /// The first table that is not there or may not be read.
        table: String,
    },
}

impl BooksReader {
    /// Asks the database about each table of the mapping.
    ///
    /// # Errors
    /// [`Error`]: the database does not answer.
    pub async fn rights(&self, mapping: &Mapping) -> Result<Rights, Error> {
        for table in mapping.tables() {
            let table = table.to_string();
            // Of a table that is not there both are NULL.
            let (reads, writes): (Option<bool>, Option<bool>) = sqlx::query_as(
                "SELECT has_table_privilege(to_regclass($1), 'SELECT'), \
                        has_table_privilege(to_regclass($1), 'INSERT, UPDATE, DELETE, TRUNCATE')",
            )
            .bind(&table)
            .fetch_one(self.pool.executor())
            .named("check_rights", self.pool.queries())
            .await?;
            match (reads, writes) {
                (Some(true), Some(false)) => {}
                (Some(true), _) => return Ok(Rights::MayWrite { table }),
                (Some(false) | None, _) => return Ok(Rights::NoTable { table }),
            }
        }
        Ok(Rights::ReadOnly)
    }
}

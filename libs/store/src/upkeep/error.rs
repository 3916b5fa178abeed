//! Why upkeep did not do what it was asked. Whatever it was, no row is gone that is in no whole file.

use std::{io, path::PathBuf};

/// What stood in the way.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database did not do what it was asked.
    #[error(transparent)]
    Store(#[from] crate::Error),
    /// A file or its folder could not be read or written.
    #[error("could not read or write {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Somebody else takes rows out of this database now.
    #[error("another upkeep is at work on this database")]
    Busy,
    /// A file is not what it was when it was written, or is none of ours.
    #[error("{} {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A file is of a table that this service does not have among those that may be restored.
    #[error("{} is of the table {table}, which this service does not archive", path.display())]
    ForeignTable {
        /// The file.
        path: PathBuf,
        /// The table that it names.
        table: String,
    },
    /// The database removed other rows than were written: nothing was committed.
    #[error("{table}: {written} rows were written and {removed} removed; nothing was changed")]
    Unequal {
        /// The table.
        table: &'static str,
        /// Rows in the file.
        written: u64,
        /// Rows that were to go.
        removed: u64,
    },
}

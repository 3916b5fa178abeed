//! A program of somebody else's as a child: found, started, read until it says where it listens, killed with its owner.

use std::{
    io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, ChildStderr, Command},
};

use crate::tools;

/// A busy machine, and a program of eighty megabytes that is read for the first time.
const START_LIMIT: Duration = Duration::from_secs(30);

/// Why a program does not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not be started, or its files could not be written.
    #[error("{name} could not be started")]
    Start {
        /// The program.
        name: &'static str,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It did not say where it listens.
    #[error("{name} does not listen: {log}")]
    NotListening {
        /// The program.
        name: &'static str,
        /// Its last lines.
        log: String,
    },
    /// A configuration of `deploy/observability` is not what this expects.
    #[error("{0} cannot be used")]
    Configuration(PathBuf),
    /// It was asked, and did not answer well.
    #[error("it does not answer")]
    Answer(#[from] reqwest::Error),
    /// It does not take spans.
    #[error("it does not take spans")]
    Spans(#[source] tonic::Status),
    /// It cannot be connected to.
    #[error("it cannot be connected to")]
    Connect(#[from] tonic::transport::Error),
    /// It did not know what it was given.
    #[error("no trace {0}")]
    NoTrace(String),
}

impl Error {
    pub(super) fn start(name: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Start { name, source }
    }
}

/// A program on `PATH`, or where `.ci/run` puts its tools.
pub fn find(name: &str) -> Option<PathBuf> {
    tools::which(name, &[repository().join("target").join("tools").join("bin")])
}

/// The root of this checkout.
pub(super) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new(".")).to_path_buf()
}

/// A running child. Dropping it kills the process.
#[derive(Debug)]
pub(super) struct Daemon {
    _child: Child,
}

impl Daemon {
    /// Starts it and reads its log, line by line, until `listens` has found what it looks for.
    pub(super) async fn start<T>(
        name: &'static str,
        binary: &Path,
        arguments: &[String],
        mut listens: impl FnMut(&str) -> Option<T>,
    ) -> Result<(Self, T), Error> {
        let mut child = Command::new(binary)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(Error::start(name))?;
        let Some(stderr) = child.stderr.take() else {
            return Err(Error::NotListening { name, log: String::new() });
        };
        let mut log = Vec::new();
        let mut lines = BufReader::new(stderr).lines();
        let reading = async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(found) = listens(&line) {
                    return Some(found);
                }
                log.push(line);
            }
            None
        };
        let found = tokio::time::timeout(START_LIMIT, reading).await;
        let Ok(Some(found)) = found else {
            return Err(Error::NotListening { name, log: log.split_off(log.len().saturating_sub(9)).join("\n") });
        };
        drain(lines);
        Ok((Self { _child: child }, found))
    }
}

/// Keeps the pipe empty: a full one would stop the program. The task ends with the pipe, that is with the process.
fn drain(mut lines: tokio::io::Lines<BufReader<ChildStderr>>) {
    #[allow(clippy::disallowed_methods, reason = "the task ends with the child process, which its owner kills")]
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
}

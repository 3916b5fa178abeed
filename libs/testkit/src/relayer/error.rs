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
    /// A setting is not what it must be.
    #[error("the setting {0} cannot be used")]
    Setting(&'static str),
    /// The settings are no JSON, or other than they must be.
    #[error("the settings cannot be read")]
    Settings(#[source] serde_json::Error),
    /// The guard's client cannot be set up.
    #[error("the guard's client cannot be set up")]
    Client(#[source] causeway_relayer_client::Error),
    /// A guard's address.
    #[error("a guard's address cannot be used")]
    Guard(#[source] tonic::transport::Error),
    /// The key could not sign.
    #[error("a transaction could not be signed")]
    Signing(#[source] alloy::signers::Error),
    /// A block that was read is not there any more: deeper than the confirmations.
    #[error("chain {chain_id} was reorganised below block {block}, which had been confirmed")]
    Reorganised {
        /// The chain.
        chain_id: u64,
        /// The block that was read.
        block: u64,
    },
    /// Somebody else took the nonce in our own books.
    #[error("nonce {0} was taken by another process")]
    NonceTaken(u64),
    /// There is nothing to do the misdeed with.
    #[error("there is no {0} to do it with")]
    Nothing(&'static str),
    /// Nobody has built the program.
    #[error("there is no program `simulated-relayer` beside this one: build the package's examples")]
    NoBinary,
    /// A process of ours.
    #[error("the relayer's process could not be controlled")]
    Process(#[source] io::Error),
    /// It ended, or said nothing in time, before it was listening.
    #[error("the relayer did not start:\n{log}")]
    NotStarted {
        /// Its last lines.
        log: String,
    },
    /// The control interface.
    #[error("the relayer did not answer {path}")]
    Control {
        /// What was asked.
        path: &'static str,
        /// What the HTTP client says.
        #[source]
        source: reqwest::Error,
    },
    /// The control interface says no.
    #[error("the relayer refused {path}: {words}")]
    ControlRefused {
        /// What was asked.
        path: &'static str,
        /// Its words.
        words: String,
    },
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

/// An error with its causes, in one line.
pub(super) fn chain_of(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

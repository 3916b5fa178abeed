//! Why an event was not offered. Each of them is waited out.

use std::{io, path::PathBuf};

use async_nats::{
    ConnectError,
    jetstream::context::{CreateStreamError, PublishError},
};

/// What stood in the way.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Events could not be read, or it could not be remembered how far they came.
    #[error(transparent)]
    Store(#[from] causeway_store::Error),
    /// The account's file cannot be read, or is none.
    #[error("{} holds no credentials that can be read", path.display())]
    Credentials {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The broker cannot be connected to.
    #[error("the broker cannot be connected to")]
    Connect(#[from] ConnectError),
    /// The stream is not there and could not be made.
    #[error("the stream could not be made")]
    Stream(#[from] CreateStreamError),
    /// An event was not acknowledged: it may be in the stream or not.
    #[error("an event was not acknowledged")]
    Publish(#[from] PublishError),
}

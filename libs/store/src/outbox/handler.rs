//! The port through which messages leave.

use std::{fmt, time::Duration};

use async_trait::async_trait;

use super::Message;

/// Delivers the messages of one topic.
#[async_trait]
pub trait Handler: Send + Sync + fmt::Debug {
    /// Hands the message to its receiver, with [`Message::key`] as the idempotency key. It may be cancelled
    /// at the delivery's deadline, and it may see a message again that it has delivered.
    ///
    /// # Errors
    /// [`Failure`] says whether to try again.
    async fn deliver(&self, message: &Message) -> Result<(), Failure>;
}

/// Why a message was not delivered. The detail is kept with the row, cut to 500 characters: no secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The receiver may take it later.
    #[error("not delivered, will be tried again: {detail}")]
    Retry {
        /// What happened.
        detail: String,
        /// The receiver's own wish, as in `Retry-After`. Honoured up to the longest backoff.
        after: Option<Duration>,
    },
    /// The receiver will never take it.
    #[error("not deliverable: {detail}")]
    Reject {
        /// What happened.
        detail: String,
    },
}

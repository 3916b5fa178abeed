//! An answer as the outbox holds it.

use causeway_store::outbox::{Failure, Message};
use serde::Deserialize;

/// What is delivered.
#[derive(Debug, Deserialize)]
pub(super) struct Outgoing {
    /// Its name: the idempotency key.
    pub(super) answer_id: String,
    /// `pacs.002.001.10`.
    pub(super) message_type: String,
    /// The message.
    pub(super) content: String,
}

impl Outgoing {
    /// # Errors
    /// [`Failure::Reject`] for a row that this program did not write.
    pub(super) fn of(message: &Message) -> Result<Self, Failure> {
        serde_json::from_value(message.payload.clone())
            .map_err(|_| Failure::Reject { detail: "the outbox row is no answer".to_owned() })
    }
}

//! What happens, in the order in which it was stored: for streams that lose nothing and make nobody wait.

use async_trait::async_trait;
use causeway_primitives::MessageId;
use causeway_service::ops::EventLog;
use causeway_store::Error as StoreError;

use super::MessageView;
use crate::domain::message::Status;

/// A message changed: sent, moved, undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageChange {
    /// Grows in the order of commits: a reader that has seen it misses nothing before it.
    pub sequence: u64,
    /// The store's key of the message.
    pub key: u64,
    /// Its id.
    pub id: MessageId,
    /// Its lane's name.
    pub lane_name: String,
    /// Its status when it is read, which may be later than the change.
    pub status: Status,
}

/// A stretch of changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// In their order. What moved no message that is known is not among them.
    pub changes: Vec<MessageChange>,
    /// Everything up to this number is told: go on from here, also where nothing was. The number that was asked with:
    /// there is no more.
    pub up_to: u64,
}

/// The tails of the store. Every method is one bounded query.
#[async_trait]
pub trait Watch: EventLog {
    /// The number of the last change; 0 before the first.
    async fn last_change(&self) -> Result<u64, StoreError>;

    /// Changes after a number, at most `limit` and what is left of the last one: a report moves many messages at once.
    async fn list_changes(&self, after: u64, limit: u32) -> Result<Changes, StoreError>;

    /// Messages by their keys, in any order; those that are no more are left out.
    async fn list_messages_by_key(&self, keys: &[u64]) -> Result<Vec<MessageView>, StoreError>;
}

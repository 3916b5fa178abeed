//! What happens, in the order in which it was stored: for streams that lose nothing and make nobody wait.

use std::fmt;

use async_trait::async_trait;
use causeway_primitives::{MessageId, Timestamp};
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

/// Something that operators are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Grows in the order of commits.
    pub sequence: u64,
    /// When, by our clock.
    pub at: Timestamp,
    /// For example `finding_opened`, `reorganised`, `pause_recommended`.
    pub kind: String,
    /// What it is about: a lane, a chain, a message.
    pub subject: String,
    /// One sentence.
    pub summary: String,
    /// The event as JSON.
    pub detail_json: String,
    /// Trace of the work that found it.
    pub trace_id: Option<String>,
}

/// The tails of the store. Every method is one bounded query.
#[async_trait]
pub trait Watch: Send + Sync + fmt::Debug {
    /// The number of the last change; 0 before the first.
    async fn last_change(&self) -> Result<u64, StoreError>;

    /// Changes after a number, at most `limit` and what is left of the last one: a report moves many messages at once.
    async fn list_changes(&self, after: u64, limit: u32) -> Result<Changes, StoreError>;

    /// Messages by their keys, in any order; those that are no more are left out.
    async fn list_messages_by_key(&self, keys: &[u64]) -> Result<Vec<MessageView>, StoreError>;

    /// The number of the last event; 0 before the first.
    async fn last_event(&self) -> Result<u64, StoreError>;

    /// Events after a number, in order, at most `limit`.
    async fn list_events(&self, after: u64, limit: u32) -> Result<Vec<EventRow>, StoreError>;
}

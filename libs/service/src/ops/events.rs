//! What happens, told in the order of the store: the one place where all replicas' events are in one order. A reader may be
//! as slow as it likes, change the replica, and go on where it stopped; nothing is kept for it in memory.

use std::{collections::VecDeque, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use causeway_primitives::Timestamp;
use causeway_store::Error;

/// How often the store is asked while nothing happens. Well under the second within which a page shows an event.
const POLL: Duration = Duration::from_millis(400);

/// Events of one question.
const BATCH: u32 = 200;

/// Something that operators are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Grows in the order of commits.
    pub sequence: u64,
    /// When, by our clock.
    pub at: Timestamp,
    /// Kind, for example `source_transition` or `reorganised`.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// One sentence.
    pub summary: String,
    /// The event as JSON.
    pub detail_json: String,
    /// Trace of the business event.
    pub trace_id: Option<String>,
}

/// Where a service keeps them. Every method is one bounded query.
#[async_trait]
pub trait EventLog: fmt::Debug + Send + Sync {
    /// The number of the last event; 0 before the first.
    async fn last_event(&self) -> Result<u64, Error>;

    /// Events after a number, in order, at most `limit`.
    async fn list_events(&self, after: u64, limit: u32) -> Result<Vec<EventRow>, Error>;
}

/// Events, one after the other.
#[derive(Debug)]
pub struct Events {
    log: Arc<dyn EventLog>,
    after: u64,
    due: VecDeque<EventRow>,
}

impl Events {
    /// Events after a number; `None`: from now on.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn start(log: Arc<dyn EventLog>, after: Option<u64>) -> Result<Self, Error> {
        let after = match after {
            Some(after) => after,
            None => log.last_event().await?,
        };
        Ok(Self { log, after, due: VecDeque::new() })
    }

    /// The next event; waits for it.
    ///
    /// # Errors
    /// [`Error`]. The next call goes on where this one stopped.
    pub async fn next(&mut self) -> Result<EventRow, Error> {
        loop {
            if let Some(row) = self.due.pop_front() {
                self.after = row.sequence;
                return Ok(row);
            }
            self.due = self.log.list_events(self.after, BATCH).await?.into();
            if self.due.is_empty() {
                tokio::time::sleep(POLL).await;
            }
        }
    }
}

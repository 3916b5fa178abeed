//! Changes of services' conditions as the console's own events.

use async_trait::async_trait;
use causeway_service::ops::{EventLog, EventRow};
use causeway_store::Error;

use crate::adapters::store::{Change, Store};

/// The changes as a log.
#[derive(Debug, Clone)]
pub(crate) struct Conditions {
    store: Store,
}

impl Conditions {
    /// Of this database.
    pub(crate) const fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl EventLog for Conditions {
    async fn last_event(&self) -> Result<u64, Error> {
        self.store.last_change().await
    }

    async fn list_events(&self, after: u64, limit: u32) -> Result<Vec<EventRow>, Error> {
        Ok(self.store.list_changes_after(after, limit).await?.into_iter().map(told).collect())
    }
}

fn told(change: Change) -> EventRow {
    let why = if change.reason.is_empty() { String::new() } else { format!(": {}", change.reason) };
    EventRow {
        sequence: change.sequence,
        at: change.at,
        kind: "service_condition".to_owned(),
        summary: format!("{} is {}{why}", change.service, change.condition.words()),
        detail_json: format!(r#"{{"condition":"{}"}}"#, change.condition.as_str()),
        subject: change.service,
        trace_id: None,
    }
}

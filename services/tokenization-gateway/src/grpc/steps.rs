//! The steps of all requests as operators follow them.

use async_trait::async_trait;
use causeway_service::ops::{EventLog, EventRow};
use causeway_store::Error;
use serde_json::json;

use crate::adapters::store::{StepRow, Store};

/// The steps as a log.
#[derive(Debug, Clone)]
pub(crate) struct Steps {
    store: Store,
}

impl Steps {
    /// Of this database.
    pub(crate) const fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl EventLog for Steps {
    async fn last_event(&self) -> Result<u64, Error> {
        self.store.last_step().await
    }

    async fn list_events(&self, after: u64, limit: u32) -> Result<Vec<EventRow>, Error> {
        Ok(self.store.list_steps_after(after, limit).await?.into_iter().map(told).collect())
    }
}

fn told(step: StepRow) -> EventRow {
    let why = if step.reason.is_empty() { String::new() } else { format!(" ({})", step.reason) };
    EventRow {
        sequence: step.sequence,
        at: step.at,
        kind: format!("request_{}", step.event),
        subject: step.request.to_string(),
        summary: format!("{} by {}{why}", step.state, step.actor),
        detail_json: json!({
            "request_id": step.request.to_string(),
            "step": step.step,
            "event": step.event,
            "state": step.state,
            "reason": step.reason,
            "actor": step.actor,
        })
        .to_string(),
        trace_id: step.trace_id,
    }
}

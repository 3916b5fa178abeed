//! The record as the list of what happened: its index has no gaps and is in the order of commits, so whoever gives back the
//! last number that they saw misses nothing, on whichever replica.

use async_trait::async_trait;
use causeway_service::ops::{EventLog, EventRow};
use causeway_store::Error;

use super::{AuditRow, Store};

#[async_trait]
impl EventLog for Store {
    async fn last_event(&self) -> Result<u64, Error> {
        Ok(self.audit_head().await?.index)
    }

    async fn list_events(&self, after: u64, limit: u32) -> Result<Vec<EventRow>, Error> {
        Ok(self.list_audit(after, limit).await?.into_iter().map(event).collect())
    }
}

fn event(row: AuditRow) -> EventRow {
    EventRow {
        sequence: row.index,
        at: row.at,
        summary: format!("{} {} by {}", row.kind, row.subject, row.actor),
        kind: row.kind,
        subject: row.subject,
        detail_json: row.body,
        trace_id: row.trace_id,
    }
}

//! The tails: what happened after a number, in the order of commits. A reader that lags costs nobody anything.

use async_trait::async_trait;
use causeway_service::ops::{EventLog, EventRow};
use causeway_store::{Error, Named as _};

use super::{
    Store,
    values::{signed, timestamp, unsigned},
    views, watch_changes,
};
use crate::ports::{Changes, MessageView, Watch};

#[async_trait]
impl Watch for Store {
    async fn last_change(&self) -> Result<u64, Error> {
        let last = sqlx::query_scalar!("SELECT last_change FROM ledger")
            .fetch_one(self.pool.executor())
            .named("find_last_change", self.pool.queries())
            .await?;
        unsigned(last, "ledger.last_change")
    }

    async fn list_changes(&self, after: u64, limit: u32) -> Result<Changes, Error> {
        watch_changes::list(self, after, limit).await
    }

    async fn list_messages_by_key(&self, keys: &[u64]) -> Result<Vec<MessageView>, Error> {
        let keys: Vec<i64> = keys.iter().copied().map(signed).collect();
        views::list(self, &keys).await
    }
}

#[async_trait]
impl EventLog for Store {
    async fn last_event(&self) -> Result<u64, Error> {
        let last = sqlx::query_scalar!(r#"SELECT COALESCE(MAX(change), 0) AS "last!" FROM event"#)
            .fetch_one(self.pool.executor())
            .named("find_last_event", self.pool.queries())
            .await?;
        unsigned(last, "event.change")
    }

    async fn list_events(&self, after: u64, limit: u32) -> Result<Vec<EventRow>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT change, at, kind, subject, summary, detail::TEXT AS "detail!", trace_id
            FROM event WHERE change > $1 ORDER BY change LIMIT $2
            "#,
            signed(after),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_events", self.pool.queries())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(EventRow {
                    sequence: unsigned(row.change, "event.change")?,
                    at: timestamp(row.at, "event.at")?,
                    kind: row.kind,
                    subject: row.subject,
                    summary: row.summary,
                    detail_json: row.detail,
                    trace_id: row.trace_id,
                })
            })
            .collect()
    }
}

//! The tails: what happened after a number, in the order of commits. A reader that lags costs nobody anything.

use async_trait::async_trait;
use causeway_primitives::MessageId;
use causeway_store::{Error, Named as _};

use super::{
    Store,
    values::{digest, signed, status, timestamp, unsigned},
    views,
};
use crate::ports::{EventRow, MessageChange, MessageView, Watch};

#[async_trait]
impl Watch for Store {
    async fn last_change(&self) -> Result<u64, Error> {
        let last = sqlx::query_scalar!("SELECT last_change FROM ledger")
            .fetch_one(self.pool.executor())
            .named("find_last_change", self.pool.queries())
            .await?;
        unsigned(last, "ledger.last_change")
    }

    async fn list_changes(&self, after: u64, limit: u32) -> Result<Vec<MessageChange>, Error> {
        list_changes(self, after, limit).await
    }

    async fn list_messages_by_key(&self, keys: &[u64]) -> Result<Vec<MessageView>, Error> {
        let keys: Vec<i64> = keys.iter().copied().map(signed).collect();
        views::list(self, &keys).await
    }

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

/// A report moves many messages and is one change. All but the last of them carry the number before it, so that a reader
/// who stops among them and goes on from the last number that it saw gets the report again, and misses nothing.
async fn list_changes(store: &Store, after: u64, limit: u32) -> Result<Vec<MessageChange>, Error> {
    let rows = sqlx::query!(
        r#"
        WITH changed AS (
            SELECT change, message, NULL::INTEGER AS lane, NULL::BIGINT AS first, NULL::BIGINT AS last
            FROM (
                (SELECT change, message FROM sent WHERE change > $1 ORDER BY change LIMIT $2)
                UNION ALL
                (SELECT change, message FROM attempt WHERE change > $1 AND message IS NOT NULL ORDER BY change LIMIT $2)
                UNION ALL
                (SELECT change, message FROM judgement WHERE change > $1 ORDER BY change LIMIT $2)
                UNION ALL
                (SELECT change, message FROM aside WHERE change > $1 ORDER BY change LIMIT $2)
            ) AS single
            UNION ALL
            (SELECT change, NULL, lane, first, last FROM report WHERE change > $1 ORDER BY change LIMIT $2)
            UNION ALL
            (SELECT removal.change, NULL, report.lane, report.first, report.last
             FROM (SELECT * FROM removal WHERE change > $1 ORDER BY change LIMIT $2) AS removal
             JOIN report ON report.root = removal.root AND report.contract = removal.contract
                AND report.change < removal.change)
            ORDER BY change LIMIT $2
        ), moved AS (
            SELECT change, message FROM changed WHERE message IS NOT NULL
            UNION ALL
            SELECT changed.change, sent.message
            FROM changed
            JOIN ramp ON ramp.lane = changed.lane
            JOIN sent ON sent.ramp = ramp.ramp AND sent.sequence BETWEEN changed.first AND changed.last
                AND sent.unwinding IS NULL AND sent.sequence IS NOT NULL AND NOT sent.repeated
        )
        SELECT CASE WHEN lead(moved.change) OVER (ORDER BY moved.change, moved.message) = moved.change
                    THEN moved.change - 1 ELSE moved.change END AS "change!",
               moved.message AS "message!", sent.message_id, lane.name, message.status
        FROM moved
        JOIN message ON message.message = moved.message
        JOIN sent ON sent.change = message.sent
        JOIN lane ON lane.lane = message.lane
        ORDER BY moved.change, moved.message
        "#,
        signed(after),
        i64::from(limit),
    )
    .fetch_all(store.pool.executor())
    .named("list_changes", store.pool.queries())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(MessageChange {
                sequence: unsigned(row.change, "change")?,
                key: unsigned(row.message, "message.message")?,
                id: MessageId::new(digest(&row.message_id, "sent.message_id")?),
                lane_name: row.name,
                status: status(row.status)?,
            })
        })
        .collect()
}

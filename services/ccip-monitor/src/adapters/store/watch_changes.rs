//! Changes of messages in the order of commits, whichever table says them.
//!
//! Writers take their numbers under one lock, so no number below one that was seen is ever given later. Each table is
//! walked on its primary key from a number on and gives its first few; of these the lowest are a stretch without a hole.

use causeway_primitives::MessageId;
use causeway_store::{Error, Named as _};

use super::{
    Store,
    values::{digest, signed, status, unsigned},
};
use crate::ports::{Changes, MessageChange};

/// All but `up_to` is NULL on the one row of a stretch that moved nothing.
struct ChangeColumns {
    up_to: i64,
    change: Option<i64>,
    message: Option<i64>,
    message_id: Option<Vec<u8>>,
    lane_name: Option<String>,
    status: Option<i16>,
}

/// The stretch after a number.
pub(super) async fn list(store: &Store, after: u64, limit: u32) -> Result<Changes, Error> {
    let mut told = Changes { changes: Vec::new(), up_to: after };
    for row in select(store, after, limit).await? {
        told.up_to = unsigned(row.up_to, "change")?;
        told.changes.extend(row.told()?);
    }
    Ok(told)
}

impl ChangeColumns {
    fn told(self) -> Result<Option<MessageChange>, Error> {
        let (Some(change), Some(message)) = (self.change, self.message) else { return Ok(None) };
        let (Some(id), Some(lane_name), Some(code)) = (self.message_id, self.lane_name, self.status) else {
            return Ok(None);
        };
        Ok(Some(MessageChange {
            sequence: unsigned(change, "change")?,
            key: unsigned(message, "message.message")?,
            id: MessageId::new(digest(&id, "sent.message_id")?),
            lane_name,
            status: status(code)?,
        }))
    }
}

/// A report, or its withdrawal, is one change that moves many messages: it weighs as many as it covers, and is told whole.
/// A contract takes 256 messages in one, so a stretch is at most so much longer than it was asked for. All but the last
/// message of a change carry the number before it: whoever stops among them and goes on from the last number that they saw
/// gets the whole change again.
///
/// An execution that waits for its message is walked over here and told with the send that it waits for.
async fn select(store: &Store, after: u64, limit: u32) -> Result<Vec<ChangeColumns>, Error> {
    sqlx::query_as!(
        ChangeColumns,
        r#"
        WITH single AS (
            (SELECT change, message FROM sent WHERE change > $1 ORDER BY change LIMIT $2) UNION ALL
            (SELECT change, message FROM attempt WHERE change > $1 ORDER BY change LIMIT $2) UNION ALL
            (SELECT change, message FROM judgement WHERE change > $1 ORDER BY change LIMIT $2) UNION ALL
            (SELECT change, message FROM aside WHERE change > $1 ORDER BY change LIMIT $2)
        ), many AS (
            (SELECT change, lane, on_ramp, first, last FROM report WHERE change > $1 ORDER BY change LIMIT $2)
            UNION ALL
            SELECT withdrawn.change, covered.lane, covered.on_ramp, covered.first, covered.last
            FROM (SELECT * FROM removal WHERE change > $1 ORDER BY change LIMIT $2) AS withdrawn
            LEFT JOIN LATERAL (
                SELECT DISTINCT lane, on_ramp, first, last FROM report
                WHERE report.root = withdrawn.root AND report.contract = withdrawn.contract
                  AND report.chain = withdrawn.chain AND report.change < withdrawn.change
            ) AS covered ON TRUE
        ), weighed AS (
            SELECT *, sum(weight) OVER (ORDER BY change GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
            FROM (
                SELECT change, message, NULL::INTEGER AS lane, NULL::BYTEA AS on_ramp, NULL::BIGINT AS first,
                       NULL::BIGINT AS last, 1::BIGINT AS weight
                FROM single UNION ALL
                SELECT change, NULL, lane, on_ramp, first, last, GREATEST(1, COALESCE(last - first, 1)) FROM many
            ) AS every
        ), stretch AS MATERIALIZED (
            SELECT change, message, lane, on_ramp, first, last FROM weighed WHERE COALESCE(before, 0) < $2
        ), moved AS (
            SELECT change, message FROM stretch WHERE message IS NOT NULL
            UNION
            SELECT stretch.change, sent.message
            FROM stretch
            JOIN ramp ON ramp.lane = stretch.lane AND ramp.contract = COALESCE(stretch.on_ramp, ramp.contract)
            JOIN sent ON sent.ramp = ramp.ramp AND sent.sequence BETWEEN stretch.first AND stretch.last
                AND sent.unwinding IS NULL AND sent.sequence IS NOT NULL AND NOT sent.repeated
        ), told AS (
            SELECT CASE WHEN lead(moved.change) OVER (ORDER BY moved.change, moved.message) = moved.change
                        THEN moved.change - 1 ELSE moved.change END AS change,
                   moved.change AS place, moved.message, sent.message_id, lane.name AS lane_name, message.status
            FROM moved JOIN message ON message.message = moved.message
            JOIN sent ON sent.change = message.sent
            JOIN lane ON lane.lane = message.lane
        )
        SELECT reached.up_to AS "up_to!", told.change AS "change?", told.message AS "message?",
               told.message_id AS "message_id?", told.lane_name AS "lane_name?", told.status AS "status?"
        FROM (SELECT max(change) AS up_to FROM stretch) AS reached LEFT JOIN told ON TRUE
        WHERE reached.up_to IS NOT NULL
        ORDER BY told.place, told.message
        "#,
        signed(after),
        i64::from(limit),
    )
    .fetch_all(store.pool.executor())
    .named("list_changes", store.pool.queries())
    .await
}

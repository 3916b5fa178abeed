//! Messages by the hour.

use causeway_store::{Error, Named as _, Transaction};
use time::OffsetDateTime;

use super::{
    super::values::{timestamp, unsigned},
    snapshot::ends,
};
use crate::domain::report::{Hour, Window};

struct HourColumns {
    lane: String,
    start: OffsetDateTime,
    sent: i64,
    executed: i64,
}

impl TryFrom<HourColumns> for Hour {
    type Error = Error;

    fn try_from(row: HourColumns) -> Result<Self, Error> {
        Ok(Self {
            lane: row.lane,
            start: timestamp(row.start, "hour")?,
            sent: unsigned(row.sent, "count")?,
            executed: unsigned(row.executed, "count")?,
        })
    }
}

/// Hours in which something was sent or executed, whenever it was sent.
pub(super) async fn list(tx: &mut Transaction, window: Window) -> Result<Vec<Hour>, Error> {
    let (from, before) = ends(window);
    let queries = tx.queries();
    sqlx::query_as!(
        HourColumns,
        r#"
        SELECT lane AS "lane!", start AS "start!", sum(sent)::BIGINT AS "sent!", sum(executed)::BIGINT AS "executed!"
        FROM (
            SELECT lane.name AS lane, date_trunc('hour', message.sent_at, 'UTC') AS start, 1 AS sent, 0 AS executed
            FROM lane JOIN message ON message.lane = lane.lane
            WHERE NOT message.orphaned AND message.status = ANY('{0, 1, 2, 3, 4, 5}'::SMALLINT[])
              AND message.sent_at >= $1 AND message.sent_at < $2
            UNION ALL
            SELECT lane.name, date_trunc('hour', message.executed_at, 'UTC'), 0, 1
            FROM lane JOIN message ON message.lane = lane.lane
            WHERE NOT message.orphaned AND message.status = 3
              AND message.executed_at >= $1 AND message.executed_at < $2
        ) AS moved
        GROUP BY lane, start ORDER BY start, lane
        "#,
        from,
        before,
    )
    .fetch_all(&mut **tx)
    .named("list_report_hours", &queries)
    .await?
    .into_iter()
    .map(Hour::try_from)
    .collect()
}

/// Each lane's busiest hour in the year up to the window's end; the earlier one of two that are equal.
pub(super) async fn list_peaks(tx: &mut Transaction, window: Window) -> Result<Vec<Hour>, Error> {
    let (_, before) = ends(window);
    let queries = tx.queries();
    sqlx::query_as!(
        HourColumns,
        r#"
        SELECT DISTINCT ON (lane) lane AS "lane!", start AS "start!", sent AS "sent!", executed AS "executed!"
        FROM (
            SELECT lane.name AS lane, date_trunc('hour', message.sent_at, 'UTC') AS start, count(*) AS sent,
                   count(*) FILTER (WHERE message.status = 3) AS executed
            FROM lane JOIN message ON message.lane = lane.lane
            WHERE NOT message.orphaned AND message.status = ANY('{0, 1, 2, 3, 4, 5}'::SMALLINT[])
              AND message.sent_at >= $1::TIMESTAMPTZ - INTERVAL '366 days' AND message.sent_at < $1
            GROUP BY lane.name, start
        ) AS hours
        ORDER BY lane, sent DESC, start
        "#,
        before,
    )
    .fetch_all(&mut **tx)
    .named("list_busiest_hours", &queries)
    .await?
    .into_iter()
    .map(Hour::try_from)
    .collect()
}

//! Counts by status, exact latencies, the slowest messages.

use std::{collections::BTreeMap, time::Duration};

use causeway_primitives::MessageId;
use causeway_store::{Error, Named as _, Transaction};

use super::{
    super::values::{digest, status, timestamp, unsigned},
    snapshot::ends,
};
use crate::domain::report::{Latency, Slow, Volume, Window};

/// Slow messages of a lane that are read.
const SLOWEST: i64 = 20;

/// Each lane with a send in the window, and all together.
pub(super) async fn list(tx: &mut Transaction, window: Window) -> Result<Vec<Volume>, Error> {
    let (from, before) = ends(window);
    let mut latencies = list_latencies(tx, window).await?;
    let queries = tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT lane.name AS "lane?", message.status, count(*) AS "messages!"
        FROM lane JOIN message ON message.lane = lane.lane
        WHERE NOT message.orphaned AND message.status = ANY('{0, 1, 2, 3, 4, 5}'::SMALLINT[])
          AND message.sent_at >= $1 AND message.sent_at < $2
        GROUP BY GROUPING SETS ((lane.name, message.status), (message.status))
        ORDER BY lane.name NULLS FIRST, message.status
        "#,
        from,
        before,
    )
    .fetch_all(&mut **tx)
    .named("list_report_volumes", &queries)
    .await?;
    let mut volumes: BTreeMap<Option<String>, Volume> = BTreeMap::new();
    for row in rows {
        let latency = latencies.remove(&row.lane);
        let volume = volumes.entry(row.lane.clone()).or_insert(Volume {
            lane: row.lane,
            sent: 0,
            by_status: Vec::new(),
            latency: None,
        });
        volume.latency = volume.latency.or(latency);
        let messages = unsigned(row.messages, "count")?;
        volume.sent = volume.sent.saturating_add(messages);
        volume.by_status.push((status(row.status)?, messages));
    }
    Ok(volumes.into_values().collect())
}

/// By lane, and of all together (without a lane).
async fn list_latencies(tx: &mut Transaction, window: Window) -> Result<BTreeMap<Option<String>, Latency>, Error> {
    let (from, before) = ends(window);
    let queries = tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT lane AS "lane?", count(*) AS "messages!", div(sum(millis), count(*))::BIGINT AS "mean!",
               percentile_disc(ARRAY [0.25, 0.5, 0.75, 0.95, 0.99]) WITHIN GROUP (ORDER BY millis) AS "quantiles!",
               max(millis) AS "longest!", count(*) FILTER (WHERE backwards) AS "backwards!"
        FROM (
            SELECT lane.name AS lane, message.executed_at < message.sent_at AS backwards,
                   GREATEST(0, (EXTRACT(EPOCH FROM message.executed_at - message.sent_at) * 1000)::BIGINT) AS millis
            FROM lane JOIN message ON message.lane = lane.lane
            WHERE NOT message.orphaned AND message.status = 3 AND message.sent_at >= $1 AND message.sent_at < $2
        ) AS executed
        GROUP BY GROUPING SETS ((lane), ())
        HAVING count(*) > 0
        "#,
        from,
        before,
    )
    .fetch_all(&mut **tx)
    .named("list_report_latencies", &queries)
    .await?;
    let millis = |value: i64| unsigned(value, "latency").map(Duration::from_millis);
    rows.into_iter()
        .map(|row| {
            let quantiles = row.quantiles.iter().copied().map(millis).collect::<Result<Vec<_>, _>>()?;
            let [p25, p50, p75, p95, p99] =
                quantiles.try_into().map_err(|_| Error::Unreadable { column: "quantiles" })?;
            let messages = unsigned(row.messages, "count")?;
            let (mean, longest) = (millis(row.mean)?, millis(row.longest)?);
            let backwards = unsigned(row.backwards, "count")?;
            Ok((row.lane, Latency { messages, mean, p25, p50, p75, p95, p99, longest, backwards }))
        })
        .collect()
}

/// Of each lane, slowest first.
pub(super) async fn list_slowest(tx: &mut Transaction, window: Window) -> Result<Vec<Slow>, Error> {
    let (from, before) = ends(window);
    let queries = tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT slow.lane AS "lane!", sent.message_id, slow.sent_at AS "sent_at!", slow.millis AS "millis!"
        FROM (
            SELECT lane.name AS lane, message.sent, message.sent_at, message.message,
                   (EXTRACT(EPOCH FROM message.executed_at - message.sent_at) * 1000)::BIGINT AS millis,
                   row_number() OVER (PARTITION BY lane.lane
                       ORDER BY message.executed_at - message.sent_at DESC, message.message) AS place
            FROM lane JOIN message ON message.lane = lane.lane
            WHERE NOT message.orphaned AND message.status = 3 AND message.sent_at >= $1 AND message.sent_at < $2
              AND message.executed_at >= message.sent_at
        ) AS slow
        JOIN sent ON sent.change = slow.sent
        WHERE slow.place <= $3
        ORDER BY slow.lane, slow.place
        "#,
        from,
        before,
        SLOWEST,
    )
    .fetch_all(&mut **tx)
    .named("list_slowest_messages", &queries)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Slow {
                lane: row.lane,
                message: MessageId::new(digest(&row.message_id, "sent.message_id")?),
                sent_at: timestamp(row.sent_at, "message.sent_at")?,
                latency: Duration::from_millis(unsigned(row.millis, "latency")?),
            })
        })
        .collect()
}

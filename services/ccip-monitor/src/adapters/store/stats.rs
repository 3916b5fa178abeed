//! Lanes in figures over a window of sends.

use std::{collections::BTreeMap, time::Duration};

use causeway_primitives::Timestamp;
use causeway_store::{Error, Named as _};

use super::{
    Store, lanes,
    values::{status, unsigned},
};
use crate::ports::LaneStats;

/// Each lane with a send in the window.
pub(super) async fn list(store: &Store, from: Timestamp, before: Timestamp) -> Result<Vec<LaneStats>, Error> {
    let rows = sqlx::query!(
        r#"
        SELECT lane.lane, lane.name, lane.dialect, lane.source::TEXT AS "source!",
               lane.destination::TEXT AS "destination!", message.status, count(*) AS "messages!"
        FROM lane JOIN message ON message.lane = lane.lane
        WHERE NOT message.orphaned AND message.status = ANY('{0, 1, 2, 3, 4, 5}'::SMALLINT[])
          AND message.sent_at >= $1 AND message.sent_at < $2
        GROUP BY lane.lane, message.status ORDER BY lane.lane, message.status
        "#,
        from.to_datetime(),
        before.to_datetime(),
    )
    .fetch_all(store.pool.executor())
    .named("list_lane_counts", store.pool.queries())
    .await?;
    let mut latencies = list_latencies(store, from, before).await?;
    let mut stats: BTreeMap<i32, LaneStats> = BTreeMap::new();
    for row in rows {
        let lane = stats.entry(row.lane).or_insert(LaneStats {
            lane: lanes::key(&row.dialect, &row.source, &row.destination)?,
            lane_name: row.name,
            sent: 0,
            by_status: Vec::new(),
            latency: latencies.remove(&row.lane),
        });
        let messages = unsigned(row.messages, "count")?;
        lane.sent = lane.sent.saturating_add(messages);
        lane.by_status.push((status(row.status)?, messages));
    }
    Ok(stats.into_values().collect())
}

/// Exact quantiles: 50, 95 and 99 %. Clocks of two chains may cross: below zero counts as zero.
async fn list_latencies(
    store: &Store,
    from: Timestamp,
    before: Timestamp,
) -> Result<BTreeMap<i32, [Duration; 3]>, Error> {
    let rows = sqlx::query!(
        r#"
        SELECT lane, percentile_disc(ARRAY [0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY millis) AS "quantiles!"
        FROM (
            SELECT lane, GREATEST(0, (EXTRACT(EPOCH FROM executed_at - sent_at) * 1000)::BIGINT) AS millis
            FROM message
            WHERE NOT orphaned AND status = 3 AND lane IN (SELECT lane FROM lane)
              AND sent_at >= $1 AND sent_at < $2
        ) AS executed
        GROUP BY lane
        "#,
        from.to_datetime(),
        before.to_datetime(),
    )
    .fetch_all(store.pool.executor())
    .named("list_lane_latencies", store.pool.queries())
    .await?;
    let mut latencies = BTreeMap::new();
    for row in rows {
        let mut quantiles = [Duration::ZERO; 3];
        for (quantile, millis) in quantiles.iter_mut().zip(row.quantiles) {
            *quantile = Duration::from_millis(unsigned(millis, "latency")?);
        }
        latencies.insert(row.lane, quantiles);
    }
    Ok(latencies)
}

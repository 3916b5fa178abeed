//! The questions of each round: who is late, how lanes did, what is open.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use causeway_primitives::{ChainId, Timestamp};
use causeway_store::{Error, Named as _};

use super::{
    Store, lanes, open_findings,
    values::{chain, status, unsigned},
};
use crate::{
    domain::{lane::LaneKey, message::Status, rates::Ended},
    ports::{OpenFindings, Upkeep},
};

#[async_trait]
impl Upkeep for Store {
    async fn list_late(&self, lane: &LaneKey, before: Timestamp, limit: u32) -> Result<Vec<u64>, Error> {
        let keys = sqlx::query_scalar!(
            r#"
            SELECT late.message AS "message!"
            FROM lane
            CROSS JOIN UNNEST('{0, 1, 2}'::SMALLINT[]) AS pending (status)
            CROSS JOIN LATERAL (
                SELECT message.message, message.sent_at FROM message
                WHERE message.lane = lane.lane AND message.status = pending.status AND NOT message.orphaned
                  AND message.sent_at < $4
                  AND NOT EXISTS (
                      SELECT FROM attempt
                      JOIN cursor AS source ON source.chain = lane.source_chain AND attempt.at > source.time
                      JOIN sent ON sent.change = message.sent AND sent.content = attempt.content
                      WHERE attempt.lane = lane.lane AND attempt.message IS NULL AND attempt.content IS NOT NULL
                        AND NOT attempt.ambiguous AND attempt.unwinding IS NULL
                  )
                ORDER BY message.sent_at, message.message LIMIT $5
            ) AS late
            WHERE lane.dialect = $1 AND lane.source = $2::TEXT::NUMERIC AND lane.destination = $3::TEXT::NUMERIC
            ORDER BY late.sent_at, late.message LIMIT $5
            "#,
            lane.dialect.as_str(),
            lane.source.to_string(),
            lane.destination.to_string(),
            before.to_datetime(),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_late_messages", self.pool.queries())
        .await?;
        keys.into_iter().map(|key| unsigned(key, "message.message")).collect()
    }

    async fn count_late(&self, lane: &LaneKey, before: Timestamp) -> Result<u64, Error> {
        let count = sqlx::query_scalar!(
            r#"
            SELECT count(*) AS "count!"
            FROM lane JOIN message ON message.lane = lane.lane AND message.status IN (0, 1, 2) AND NOT message.orphaned
            WHERE lane.dialect = $1 AND lane.source = $2::TEXT::NUMERIC AND lane.destination = $3::TEXT::NUMERIC
              AND message.sent_at < $4
              AND NOT EXISTS (
                  SELECT FROM attempt
                  JOIN cursor AS source ON source.chain = lane.source_chain AND attempt.at > source.time
                  JOIN sent ON sent.change = message.sent AND sent.content = attempt.content
                  WHERE attempt.lane = lane.lane AND attempt.message IS NULL AND attempt.content IS NOT NULL
                    AND NOT attempt.ambiguous AND attempt.unwinding IS NULL
              )
            "#,
            lane.dialect.as_str(),
            lane.source.to_string(),
            lane.destination.to_string(),
            before.to_datetime(),
        )
        .fetch_one(self.pool.executor())
        .named("count_late_messages", self.pool.queries())
        .await?;
        unsigned(count, "count")
    }

    async fn list_early(&self, lane: &LaneKey, from: Timestamp, limit: u32) -> Result<Vec<u64>, Error> {
        let keys = sqlx::query_scalar!(
            r#"
            SELECT message.message
            FROM lane JOIN message ON message.lane = lane.lane AND message.status = 5 AND NOT message.orphaned
            WHERE lane.dialect = $1 AND lane.source = $2::TEXT::NUMERIC AND lane.destination = $3::TEXT::NUMERIC
              AND message.sent_at >= $4
            ORDER BY message.sent_at, message.message LIMIT $5
            "#,
            lane.dialect.as_str(),
            lane.source.to_string(),
            lane.destination.to_string(),
            from.to_datetime(),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_early_messages", self.pool.queries())
        .await?;
        keys.into_iter().map(|key| unsigned(key, "message.message")).collect()
    }

    async fn list_lanes(&self) -> Result<Vec<LaneKey>, Error> {
        Ok(lane_keys(self).await?.into_values().collect())
    }

    /// OFFSET 0 keeps the planner from reading all messages to find those of a window, which it prefers from some thousands
    /// on.
    async fn list_ended(&self, from: Timestamp) -> Result<Vec<(LaneKey, Ended)>, Error> {
        let mut keys = lane_keys(self).await?;
        let rows = sqlx::query!(
            r#"
            WITH moved AS (
                SELECT message FROM attempt WHERE at >= $1 AND unwinding IS NULL AND message IS NOT NULL
                UNION
                SELECT message FROM judgement WHERE at >= $1 AND occurrence = 'timed_out' AND unwinding IS NULL
            ), ended AS (
                SELECT message.lane, message.status,
                       GREATEST(0, (EXTRACT(EPOCH FROM message.executed_at - message.sent_at) * 1000)::BIGINT) AS millis
                FROM moved
                CROSS JOIN LATERAL (SELECT * FROM message WHERE message.message = moved.message OFFSET 0) AS message
                LEFT JOIN LATERAL (
                    SELECT at FROM attempt WHERE attempt.change = message.last_attempt OFFSET 0
                ) AS attempt ON message.status = 4
                WHERE NOT message.orphaned
                  AND CASE message.status WHEN 3 THEN message.executed_at >= $1
                                          WHEN 4 THEN attempt.at >= $1
                                          ELSE message.status = 5 END
            )
            SELECT lane AS "lane!", count(*) FILTER (WHERE status = 3) AS "executed!",
                   count(*) FILTER (WHERE status = 4) AS "failed!", count(*) FILTER (WHERE status = 5) AS "expired!",
                   percentile_disc(0.95) WITHIN GROUP (ORDER BY millis) FILTER (WHERE status = 3) AS latency
            FROM ended GROUP BY lane ORDER BY lane
            "#,
            from.to_datetime(),
        )
        .fetch_all(self.pool.executor())
        .named("list_ended", self.pool.queries())
        .await?;
        let mut ended = Vec::new();
        for row in rows {
            let Some(key) = keys.remove(&row.lane) else { continue };
            let latency =
                row.latency.map(|millis| unsigned(millis, "latency").map(Duration::from_millis)).transpose()?;
            let figures = Ended {
                executed: unsigned(row.executed, "count")?,
                failed: unsigned(row.failed, "count")?,
                expired: unsigned(row.expired, "count")?,
                latency,
            };
            ended.push((key, figures));
        }
        Ok(ended)
    }

    async fn count_unfinished(&self) -> Result<Vec<(LaneKey, Status, u64)>, Error> {
        let keys = lane_keys(self).await?;
        let rows = sqlx::query!(
            r#"
            SELECT lane.lane, pending.status AS "status!", counted.messages AS "messages!"
            FROM lane
            CROSS JOIN UNNEST('{0, 1, 2, 4, 5}'::SMALLINT[]) AS pending (status)
            CROSS JOIN LATERAL (
                SELECT count(*) AS messages FROM message
                WHERE message.lane = lane.lane AND message.status = pending.status AND NOT message.orphaned
            ) AS counted
            ORDER BY lane.lane, pending.status
            "#,
        )
        .fetch_all(self.pool.executor())
        .named("count_unfinished", self.pool.queries())
        .await?;
        let mut counts = Vec::new();
        for row in rows {
            if let Some(key) = keys.get(&row.lane) {
                counts.push((key.clone(), status(row.status)?, unsigned(row.messages, "count")?));
            }
        }
        Ok(counts)
    }

    async fn count_executed(&self) -> Result<Vec<(LaneKey, u64)>, Error> {
        let keys = lane_keys(self).await?;
        let rows = sqlx::query!(
            r#"
            SELECT lane.lane, counted.messages AS "messages!"
            FROM lane
            CROSS JOIN LATERAL (
                SELECT count(*) AS messages FROM message
                WHERE message.lane = lane.lane AND message.status = 3 AND NOT message.orphaned
            ) AS counted
            ORDER BY lane.lane
            "#,
        )
        .fetch_all(self.pool.executor())
        .named("count_executed", self.pool.queries())
        .await?;
        let mut counts = Vec::new();
        for row in rows {
            if let Some(key) = keys.get(&row.lane) {
                counts.push((key.clone(), unsigned(row.messages, "count")?));
            }
        }
        Ok(counts)
    }

    async fn count_holes(&self) -> Result<Vec<(ChainId, u64)>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT chain AS "chain!", COALESCE(open.holes, 0) AS "holes!"
            FROM cursor
            FULL JOIN (SELECT chain, count(*) AS holes FROM hole WHERE closed_at IS NULL GROUP BY chain) AS open
                USING (chain)
            ORDER BY chain
            "#
        )
        .fetch_all(self.pool.executor())
        .named("count_holes", self.pool.queries())
        .await?;
        rows.into_iter().map(|row| Ok((chain(row.chain, "hole.chain")?, unsigned(row.holes, "count")?))).collect()
    }

    async fn count_findings(&self) -> Result<Vec<OpenFindings>, Error> {
        open_findings::count(self).await
    }
}

/// Every lane by its number.
async fn lane_keys(store: &Store) -> Result<BTreeMap<i32, LaneKey>, Error> {
    let rows = sqlx::query!(
        r#"
        SELECT lane, dialect, source::TEXT AS "source!", destination::TEXT AS "destination!" FROM lane ORDER BY lane
        "#
    )
    .fetch_all(store.pool.executor())
    .named("list_lane_keys", store.pool.queries())
    .await?;
    rows.into_iter().map(|row| Ok((row.lane, lanes::key(&row.dialect, &row.source, &row.destination)?))).collect()
}

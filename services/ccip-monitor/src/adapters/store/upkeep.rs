//! The questions of each round of looking: who is late, how lanes did, what is open.

use std::time::Duration;

use async_trait::async_trait;
use causeway_primitives::{ChainId, Timestamp};
use causeway_store::{Error, Named as _};

use super::{
    adapter::Store,
    values::{chain, selector, status_code, unsigned},
};
use crate::{
    domain::{
        lane::{Dialect, LaneKey},
        message::Status,
        rates::Ended,
    },
    ports::Upkeep,
};

fn lane_key(dialect: &str, source: &str, destination: &str) -> Result<LaneKey, Error> {
    Ok(LaneKey {
        dialect: Dialect::from_name(dialect),
        source: selector(source, "lane.source")?,
        destination: selector(destination, "lane.destination")?,
    })
}

#[async_trait]
impl Upkeep for Store {
    async fn list_late(&self, lane: &LaneKey, before: Timestamp, limit: u32) -> Result<Vec<u64>, Error> {
        let keys = sqlx::query_scalar!(
            r#"
            SELECT message
            FROM message
            WHERE lane = (
                SELECT lane FROM lane
                WHERE dialect = $1 AND source = $2::TEXT::NUMERIC AND destination = $3::TEXT::NUMERIC
            )
              AND status IN (0, 1, 2)
              AND sent_at < $4
              AND NOT orphaned
            ORDER BY sent_at, message
            LIMIT $5
            "#,
            lane.dialect.as_str(),
            lane.source.to_string(),
            lane.destination.to_string(),
            before.to_datetime(),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_late")
        .await?;
        keys.into_iter().map(|key| unsigned(key, "message.message")).collect()
    }

    async fn list_early(&self, lane: &LaneKey, from: Timestamp, limit: u32) -> Result<Vec<u64>, Error> {
        let keys = sqlx::query_scalar!(
            r#"
            SELECT message
            FROM message
            WHERE lane = (
                SELECT lane FROM lane
                WHERE dialect = $1 AND source = $2::TEXT::NUMERIC AND destination = $3::TEXT::NUMERIC
            )
              AND status = $4
              AND sent_at >= $5
              AND NOT orphaned
            ORDER BY sent_at, message
            LIMIT $6
            "#,
            lane.dialect.as_str(),
            lane.source.to_string(),
            lane.destination.to_string(),
            status_code(Status::Expired),
            from.to_datetime(),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_early")
        .await?;
        keys.into_iter().map(|key| unsigned(key, "message.message")).collect()
    }

    async fn list_lanes(&self) -> Result<Vec<LaneKey>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT dialect, source::TEXT AS "source!", destination::TEXT AS "destination!"
            FROM lane
            ORDER BY lane
            "#
        )
        .fetch_all(self.pool.executor())
        .named("list_lanes")
        .await?;
        rows.iter().map(|row| lane_key(&row.dialect, &row.source, &row.destination)).collect()
    }

    async fn list_ended(&self, from: Timestamp) -> Result<Vec<(LaneKey, Ended)>, Error> {
        let rows = sqlx::query!(
            r#"
            WITH ended AS (
                SELECT
                    message.lane,
                    message.status,
                    CASE WHEN message.status = 3 THEN message.executed_at - message.sent_at END AS latency
                FROM attempt
                JOIN message ON message.message = attempt.message AND message.last_attempt = attempt.change
                WHERE attempt.at >= $1
                  AND attempt.unwinding IS NULL
                  AND message.status IN (3, 4)
                  AND NOT message.orphaned
                UNION ALL
                SELECT message.lane, message.status, NULL::INTERVAL
                FROM judgement
                JOIN message ON message.message = judgement.message
                WHERE judgement.occurrence = 'timed_out'
                  AND judgement.at >= $1
                  AND judgement.unwinding IS NULL
                  AND message.status = 5
                  AND NOT message.orphaned
            )
            SELECT
                lane.dialect,
                lane.source::TEXT AS "source!",
                lane.destination::TEXT AS "destination!",
                COUNT(*) FILTER (WHERE ended.status = 3) AS "executed!",
                COUNT(*) FILTER (WHERE ended.status = 4) AS "failed!",
                COUNT(*) FILTER (WHERE ended.status = 5) AS "expired!",
                (EXTRACT(EPOCH FROM PERCENTILE_DISC(0.95) WITHIN GROUP (ORDER BY ended.latency)) * 1000)::BIGINT
                    AS latency_ms
            FROM ended
            JOIN lane ON lane.lane = ended.lane
            GROUP BY lane.lane
            ORDER BY lane.lane
            "#,
            from.to_datetime(),
        )
        .fetch_all(self.pool.executor())
        .named("list_ended")
        .await?;
        rows.into_iter()
            .map(|row| {
                let ended = Ended {
                    executed: unsigned(row.executed, "executed")?,
                    failed: unsigned(row.failed, "failed")?,
                    expired: unsigned(row.expired, "expired")?,
                    // A destination's clock behind its source's is no latency below zero.
                    latency: row.latency_ms.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0))),
                };
                Ok((lane_key(&row.dialect, &row.source, &row.destination)?, ended))
            })
            .collect()
    }

    async fn count_unfinished(&self) -> Result<Vec<(LaneKey, Status, u64)>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT
                lane.dialect,
                lane.source::TEXT AS "source!",
                lane.destination::TEXT AS "destination!",
                unfinished.status AS "status!",
                counted.messages AS "messages!"
            FROM lane
            CROSS JOIN unnest(ARRAY [0, 1, 2, 4, 5]::SMALLINT[]) AS unfinished (status)
            CROSS JOIN LATERAL (
                SELECT COUNT(*) AS messages
                FROM message
                WHERE message.lane = lane.lane AND message.status = unfinished.status AND NOT message.orphaned
            ) AS counted
            "#
        )
        .fetch_all(self.pool.executor())
        .named("count_unfinished")
        .await?;
        rows.into_iter()
            .map(|row| {
                let status = Status::ALL.into_iter().find(|status| status_code(*status) == row.status);
                let status = status.ok_or(Error::Unreadable { column: "message.status" })?;
                let key = lane_key(&row.dialect, &row.source, &row.destination)?;
                Ok((key, status, unsigned(row.messages, "messages")?))
            })
            .collect()
    }

    async fn count_executed(&self) -> Result<Vec<(LaneKey, u64)>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT
                lane.dialect,
                lane.source::TEXT AS "source!",
                lane.destination::TEXT AS "destination!",
                counted.messages AS "messages!"
            FROM lane
            CROSS JOIN LATERAL (
                SELECT COUNT(*) AS messages
                FROM message
                WHERE message.lane = lane.lane AND message.status = 3 AND NOT message.orphaned
            ) AS counted
            "#
        )
        .fetch_all(self.pool.executor())
        .named("count_executed")
        .await?;
        rows.iter()
            .map(|row| {
                let key = lane_key(&row.dialect, &row.source, &row.destination)?;
                Ok((key, unsigned(row.messages, "messages")?))
            })
            .collect()
    }

    async fn count_holes(&self) -> Result<Vec<(ChainId, u64)>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT cursor.chain, COUNT(hole.hole) AS "holes!"
            FROM cursor
            LEFT JOIN hole ON hole.chain = cursor.chain AND hole.closed_at IS NULL
            GROUP BY cursor.chain
            "#
        )
        .fetch_all(self.pool.executor())
        .named("count_holes")
        .await?;
        rows.iter()
            .map(|row| Ok((chain(row.chain, "cursor.chain")?, unsigned(row.holes, "holes")?)))
            .collect()
    }
}

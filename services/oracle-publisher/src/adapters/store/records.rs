//! What was stored, for readers.

use async_trait::async_trait;
use causeway_primitives::FeedId;
use causeway_service::ops::{EventLog, EventRow};
use causeway_store::{Error, Named as _};

use super::{
    Store,
    publications::select_publication,
    values::{digest, parse, signed, timestamp, unsigned},
};
use crate::ports::{DecisionQuery, DecisionRow, Head, Records, RoundCursor, RoundRow};

struct DecisionColumns {
    decision_id: i64,
    feed_id: String,
    sequence: i64,
    decided_at: time::OffsetDateTime,
    record: String,
    policy: String,
    digest: Vec<u8>,
    trace_id: Option<String>,
}

impl TryFrom<DecisionColumns> for DecisionRow {
    type Error = Error;

    fn try_from(row: DecisionColumns) -> Result<Self, Error> {
        Ok(Self {
            decision_id: unsigned(row.decision_id, "decision.decision_id")?,
            feed: parse(&row.feed_id, "decision.feed_id")?,
            sequence: unsigned(row.sequence, "decision.sequence")?,
            decided_at: timestamp(row.decided_at, "decision.decided_at")?,
            record: row.record,
            policy: row.policy,
            digest: digest(&row.digest, "decision.digest")?,
            trace_id: row.trace_id,
        })
    }
}

#[async_trait]
impl Records for Store {
    async fn list_rounds(
        &self,
        feed: Option<&FeedId>,
        after: Option<&RoundCursor>,
        limit: u32,
    ) -> Result<Vec<RoundRow>, Error> {
        select_publication!(
            r#"
            WHERE ($1::TEXT IS NULL OR feed_id = $1)
              AND ($2::TIMESTAMPTZ IS NULL OR (decided_at, intent_key) < ($2, $3::TEXT))
            ORDER BY decided_at DESC, intent_key DESC
            LIMIT $4
            "#,
            feed.map(FeedId::as_str),
            after.map(|cursor| cursor.decided_at.to_datetime()),
            after.map(|cursor| cursor.intent_key.as_str()),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_rounds", self.pool.queries())
        .await?
        .into_iter()
        .map(RoundRow::try_from)
        .collect()
    }

    async fn find_decision(&self, feed: &FeedId, query: &DecisionQuery) -> Result<Option<DecisionRow>, Error> {
        let (by_id, by_round) = match query {
            DecisionQuery::Id(id) => (Some(signed(*id)), None),
            DecisionQuery::Round(id) => (None, Some(id.to_string())),
            DecisionQuery::Latest => (None, None),
        };
        sqlx::query_as!(
            DecisionColumns,
            r#"
            SELECT decision_id, feed_id, sequence, decided_at, decision.record, policy.record AS policy,
                   decision.digest, trace_id
            FROM decision JOIN policy ON policy.digest = decision.policy_digest
            WHERE feed_id = $1
              AND ($2::BIGINT IS NULL OR decision_id = $2)
              AND ($3::TEXT IS NULL OR decision_id IN (
                  SELECT decision_id FROM publication WHERE feed_id = $1 AND round_id = $3::TEXT::NUMERIC))
            ORDER BY sequence DESC
            LIMIT 1
            "#,
            feed.as_str(),
            by_id,
            by_round,
        )
        .fetch_optional(self.pool.executor())
        .named("find_decision", self.pool.queries())
        .await?
        .map(DecisionRow::try_from)
        .transpose()
    }

    async fn list_decisions(&self, feed: &FeedId, after: u64, limit: u32) -> Result<Vec<DecisionRow>, Error> {
        sqlx::query_as!(
            DecisionColumns,
            r#"
            SELECT decision_id, feed_id, sequence, decided_at, decision.record, policy.record AS policy,
                   decision.digest, trace_id
            FROM decision JOIN policy ON policy.digest = decision.policy_digest
            WHERE feed_id = $1 AND sequence > $2
            ORDER BY sequence
            LIMIT $3
            "#,
            feed.as_str(),
            signed(after),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_decisions", self.pool.queries())
        .await?
        .into_iter()
        .map(DecisionRow::try_from)
        .collect()
    }

    async fn find_head(&self, feed: &FeedId) -> Result<Option<Head>, Error> {
        let row = sqlx::query!("SELECT sequence, digest FROM decision_head WHERE feed_id = $1", feed.as_str())
            .fetch_optional(self.pool.executor())
            .named("find_head", self.pool.queries())
            .await?;
        row.map(|row| {
            let sequence = unsigned(row.sequence, "decision_head.sequence")?;
            Ok(Head { sequence, digest: digest(&row.digest, "decision_head.digest")? })
        })
        .transpose()
    }

    async fn find_round_of(&self, decision_id: u64) -> Result<Option<RoundRow>, Error> {
        select_publication!("WHERE decision_id = $1", signed(decision_id))
            .fetch_optional(self.pool.executor())
            .named("find_round_of", self.pool.queries())
            .await?
            .map(RoundRow::try_from)
            .transpose()
    }
}

#[async_trait]
impl EventLog for Store {
    async fn last_event(&self) -> Result<u64, Error> {
        let last = sqlx::query_scalar!(r#"SELECT COALESCE(MAX(sequence), 0) AS "last!" FROM event"#)
            .fetch_one(self.pool.executor())
            .named("last_event", self.pool.queries())
            .await?;
        unsigned(last, "event.sequence")
    }

    async fn list_events(&self, after: u64, limit: u32) -> Result<Vec<EventRow>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT sequence, at, kind, subject, summary, detail::TEXT AS "detail!", trace_id
            FROM event WHERE sequence > $1 ORDER BY sequence LIMIT $2
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
                    sequence: unsigned(row.sequence, "event.sequence")?,
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

//! Old decisions are removed from the start of each feed's chain, with the transactions that they led to. What
//! remains is one unbroken stretch up to the head, so that it can still be verified.

use std::time::Duration;

use causeway_primitives::Timestamp;
use causeway_store::{
    Error, Named as _,
    lease::{Leadership, assert_current},
    upkeep::{Table, is_archiving},
};
use tokio::sync::watch;

use super::Store;

/// Rows of one statement: short enough to hold no lock for long.
const BATCH: i64 = 5_000;

/// What may go into files, children before what they refer to, by the same rules as below.
pub const KEPT: &[Table] = &[
    Table {
        name: "publication",
        condition: "old.decided_at < $1 AND old.state <> 'pending'",
        days: 90,
        turn: "old.decided_at",
    },
    Table {
        name: "attempt",
        condition: "EXISTS (SELECT FROM intent WHERE intent.intent_key = old.intent_key AND intent.settled
                      AND intent.inserted_at < $1
                      AND NOT EXISTS (SELECT FROM publication WHERE publication.intent_key = intent.intent_key))",
        days: 90,
        turn: "old.signed_at",
    },
    Table {
        name: "intent",
        condition: "old.settled AND old.inserted_at < $1
                    AND NOT EXISTS (SELECT FROM publication WHERE publication.intent_key = old.intent_key)
                    AND NOT EXISTS (SELECT FROM attempt WHERE attempt.intent_key = old.intent_key)",
        days: 90,
        turn: "old.position",
    },
    Table {
        name: "decision",
        condition: "old.decided_at < $1
                    AND old.decision_id < COALESCE((SELECT MIN(decision_id) FROM publication), 9223372036854775807)
                    AND old.decision_id < COALESCE(
                        (SELECT MIN(decision_id) FROM decision WHERE decided_at >= $1), 9223372036854775807)
                    AND NOT EXISTS (SELECT FROM decision_head AS head
                                    WHERE head.feed_id = old.feed_id AND head.sequence = old.sequence)",
        days: 90,
        turn: "old.decision_id",
    },
    Table { name: "event", condition: "old.at < $1", days: 90, turn: "old.sequence" },
];

/// Removes what is older than the retention.
#[derive(Debug, Clone)]
pub struct Retention {
    store: Store,
    leadership: watch::Receiver<Option<Leadership>>,
    keep: Duration,
}

impl Retention {
    /// Keeps decisions and events for so long. `leadership` is the service's.
    pub const fn new(store: Store, leadership: watch::Receiver<Option<Leadership>>, keep: Duration) -> Self {
        Self { store, leadership, keep }
    }

    /// Removes one batch and says how many rows it was. Does nothing unless this replica leads the service, and where rows
    /// go into files.
    ///
    /// # Errors
    /// [`Error`] as of any write; the next run goes on.
    pub async fn run(&self, now: Timestamp) -> Result<u64, Error> {
        let Some(leadership) = self.leadership.borrow().clone() else { return Ok(0) };
        let keep = u64::try_from(self.keep.as_millis()).unwrap_or(u64::MAX);
        let Ok(before) = Timestamp::from_millis(now.as_millis().saturating_sub(keep)) else { return Ok(0) };
        if is_archiving(&self.store.pool).await? {
            return Ok(0);
        }
        let mut tx = self.store.pool.begin().await?;
        assert_current(&mut tx, &leadership).await?;
        let queries = tx.queries();
        sqlx::query!("DELETE FROM publication WHERE decided_at < $1 AND state <> 'pending'", before.to_datetime())
            .execute(&mut *tx)
            .named("delete_old_publications", &queries)
            .await?;
        sqlx::query!(
            r#"
            DELETE FROM intent WHERE settled AND inserted_at < $1
              AND NOT EXISTS (SELECT FROM publication WHERE publication.intent_key = intent.intent_key)
            "#,
            before.to_datetime(),
        )
        .execute(&mut *tx)
        .named("delete_old_intents", &queries)
        .await?;
        // A stretch from the start of the chains, whatever the clocks of the replicas said: neither a decision whose
        // answer is kept nor one that is too young is passed over. The head of a chain stays, so that its end shows.
        let decisions = sqlx::query!(
            r#"
            DELETE FROM decision WHERE decision_id IN (
                SELECT decision_id FROM decision
                WHERE decided_at < $1
                  AND decision_id < COALESCE((SELECT MIN(decision_id) FROM publication), 9223372036854775807)
                  AND decision_id < COALESCE(
                      (SELECT MIN(decision_id) FROM decision WHERE decided_at >= $1), 9223372036854775807)
                  AND NOT EXISTS (SELECT FROM decision_head AS head
                                  WHERE head.feed_id = decision.feed_id AND head.sequence = decision.sequence)
                ORDER BY decision_id LIMIT $2)
            "#,
            before.to_datetime(),
            BATCH,
        )
        .execute(&mut *tx)
        .named("delete_old_decisions", &queries)
        .await?;
        let events = sqlx::query!(
            "DELETE FROM event WHERE sequence IN (SELECT sequence FROM event WHERE at < $1 ORDER BY sequence LIMIT $2)",
            before.to_datetime(),
            BATCH,
        )
        .execute(&mut *tx)
        .named("delete_old_events", &queries)
        .await?;
        tx.commit().await?;
        Ok(decisions.rows_affected().saturating_add(events.rows_affected()))
    }
}

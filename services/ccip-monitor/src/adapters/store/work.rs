//! A transaction of the writer at work: what it holds, and what it has found so far.

use std::collections::BTreeSet;

use causeway_primitives::{MessageId, Timestamp};
use causeway_store::{Error, Named as _, Transaction};

use super::{
    lanes::Lanes,
    values::{timestamp, unsigned},
};
use crate::{
    domain::finding::Finding,
    ports::{Executed, Pace},
};

/// A success of a message that has a place in its sender's order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ordered {
    pub(super) lane: i32,
    /// The sender's tag.
    pub(super) sender: i64,
    pub(super) sent_at: Timestamp,
    pub(super) nonce: i64,
    pub(super) id: MessageId,
}

/// How a transaction's events stand to those that are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// After all of them: messages move on by one step.
    Onward,
    /// Among them: messages are folded anew, and numbers say nothing.
    Between,
}

/// One writing transaction, behind the lock.
pub(super) struct Work {
    pub(super) tx: Transaction,
    pub(super) order: Order,
    pub(super) lanes: Lanes,
    /// The number of the last change.
    pub(super) last_change: i64,
    /// The transaction's time, by the database's clock.
    pub(super) now: Timestamp,
    /// Messages to fold anew: their evidence came in another order than that of their chains.
    pub(super) refold: BTreeSet<i64>,
    /// Messages that got executions by this transaction which had waited for them.
    pub(super) claimed: BTreeSet<i64>,
    /// Successes of messages that have a place in their sender's order.
    pub(super) ordered: Vec<Ordered>,
    pub(super) findings: Vec<Finding>,
    pub(super) executed: Vec<Executed>,
}

impl Work {
    /// Waits for the other writers and takes over from the last one.
    pub(super) async fn begin(mut tx: Transaction, order: Order, pace: Pace) -> Result<Self, Error> {
        let (last_change, now) = lock(&mut tx, pace).await?;
        let lanes = Lanes::load(&mut tx).await?;
        Ok(Self {
            tx,
            order,
            lanes,
            last_change,
            refold: BTreeSet::new(),
            claimed: BTreeSet::new(),
            ordered: Vec::new(),
            now,
            findings: Vec::new(),
            executed: Vec::new(),
        })
    }

    /// The number of one more change.
    pub(super) fn change(&mut self) -> i64 {
        self.last_change = self.last_change.saturating_add(1);
        self.last_change
    }

    /// Gives the numbers back to the ledger and makes everything durable. Says the last number.
    pub(super) async fn commit(mut self) -> Result<u64, Error> {
        let queries = self.tx.queries();
        sqlx::query!("UPDATE ledger SET last_change = $1 WHERE last_change <> $1", self.last_change)
            .execute(&mut *self.tx)
            .named("advance_ledger", &queries)
            .await?;
        self.tx.commit().await?;
        unsigned(self.last_change, "ledger.last_change")
    }
}

/// Locks the ledger's row, so that writers follow each other, and says how this transaction is planned and committed.
///
/// Every statement of a writer finds its rows by key, for thousands of keys at once. While the tables are young the
/// planner has no statistics and would rather read a whole table or hash it; that plan, once cached, is ruinous when
/// the table has grown. So the choice is taken from it.
async fn lock(tx: &mut Transaction, pace: Pace) -> Result<(i64, Timestamp), Error> {
    let durability = match pace {
        Pace::Backfill => "off",
        Pace::Live => "on",
    };
    let queries = tx.queries();
    let row = sqlx::query!(
        r#"
        SELECT last_change, now() AS "now!"
        FROM (SELECT set_config('enable_seqscan', 'off', TRUE), set_config('enable_hashjoin', 'off', TRUE),
                     set_config('enable_mergejoin', 'off', TRUE), set_config('synchronous_commit', $1, TRUE)) AS planning,
             ledger
        FOR UPDATE OF ledger
        "#,
        durability,
    )
    .fetch_one(&mut **tx)
    .named("lock_ledger", &queries)
    .await?;
    Ok((row.last_change, timestamp(row.now, "now")?))
}

//! A transaction of the writer at work: what it holds, and what it has found so far.

use std::{collections::BTreeSet, sync::Arc};

use causeway_primitives::{MessageId, Timestamp};
use causeway_store::{
    Error, Named as _, Transaction,
    lease::{Leadership, assert_current},
};
use tokio::sync::OwnedMutexGuard;

use super::{
    Store,
    board::{Board, Passed},
    lanes::Lanes,
    values::{timestamp, unsigned},
};
use crate::{
    domain::{event::Place, finding::Finding},
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
    /// Where it succeeded.
    pub(super) place: Place,
}

/// How a transaction's events stand to those that are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// After all of them: messages move on by one step.
    Onward,
    /// Among them: messages are folded anew, and numbers say nothing.
    Between,
}

/// Numbers of changes that one durable commit lays aside for those after it: back-fill takes seconds for so many.
const STRIDE: i64 = 100_000;

/// How the numbers of changes stand.
#[derive(Debug, Clone, Copy)]
struct Numbers {
    /// The last one that was given, as the ledger has it.
    given: i64,
    /// Up to here numbers may have been given by a transaction that a power failure took back (ADR 0012).
    reserved: i64,
    /// This session has given numbers before, so the server has not failed since.
    continued: bool,
    /// The transaction that gave the last one, and this one.
    giver: i64,
    taker: i64,
}

/// One writing transaction, behind the lock.
pub(super) struct Work {
    pub(super) tx: Transaction,
    pub(super) order: Order,
    pub(super) lanes: Lanes,
    pub(super) board: Board,
    numbers: Numbers,
    /// The number of the last change.
    pub(super) last_change: i64,
    /// The transaction's time, by the database's clock.
    pub(super) now: Timestamp,
    /// Messages to fold anew: their evidence came in another order than that of their chains.
    pub(super) refold: BTreeSet<i64>,
    /// Messages that got executions by this transaction which had waited for them.
    pub(super) claimed: BTreeSet<i64>,
    /// Messages whose sends had been undone and are on the chain again.
    pub(super) revived: BTreeSet<i64>,
    /// Successes of messages that have a place in their sender's order.
    pub(super) ordered: Vec<Ordered>,
    pub(super) findings: Vec<Finding>,
    pub(super) executed: Vec<Executed>,
    /// Of this process nobody else writes. Given back last.
    _turn: OwnedMutexGuard<()>,
}

impl Work {
    /// Waits for the other writers and takes over from the last one. `leadership` is the fence, of those that have one.
    ///
    /// Writers of this process wait before they take a connection: many chains that wait for one row would otherwise leave
    /// none for renewing leases and for saying that the replica is ready.
    pub(super) async fn begin(
        store: &Store,
        leadership: Option<&Leadership>,
        order: Order,
        pace: Pace,
    ) -> Result<Self, Error> {
        let waiting = async { Ok(Arc::clone(&store.turn).lock_owned().await) };
        let turn = waiting.named("await_turn", store.pool.queries()).await?;
        let mut tx = store.pool.begin().await?;
        if let Some(leadership) = leadership {
            assert_current(&mut tx, leadership).await?;
        }
        let (numbers, now) = lock(&mut tx, pace).await?;
        let lanes = Lanes::load(&mut tx).await?;
        Ok(Self {
            tx,
            order,
            lanes,
            board: Board::default(),
            numbers,
            last_change: numbers.given,
            refold: BTreeSet::new(),
            claimed: BTreeSet::new(),
            revived: BTreeSet::new(),
            ordered: Vec::new(),
            now,
            findings: Vec::new(),
            executed: Vec::new(),
            _turn: turn,
        })
    }

    /// Takes over the board of the writer before, if all that stands is of its making: none has written after it, its
    /// commit has come about, and no failure has taken it back since.
    pub(super) fn take_over(&mut self, passed: &Passed) {
        if self.numbers.continued {
            self.board = passed.take(self.numbers.giver);
        }
    }

    /// Leaves the board to the next writer, who may be there as soon as this one commits.
    pub(super) fn hand_over(&mut self, passed: &Passed) {
        let gave = self.last_change > self.numbers.given;
        let giver = if gave { self.numbers.taker } else { self.numbers.giver };
        passed.leave(giver, std::mem::take(&mut self.board));
    }

    /// The number of one more change.
    pub(super) fn change(&mut self) -> i64 {
        let first = self.last_change == self.numbers.given;
        if first && !self.numbers.continued {
            self.last_change = self.last_change.max(self.numbers.reserved);
        }
        self.last_change = self.last_change.saturating_add(1);
        self.last_change
    }

    /// Gives the numbers back to the ledger and makes everything durable. Says the last number.
    pub(super) async fn commit(mut self) -> Result<u64, Error> {
        if self.last_change > self.numbers.given {
            self.advance().await?;
        }
        self.tx.commit().await?;
        unsigned(self.last_change, "ledger.last_change")
    }

    async fn advance(&mut self) -> Result<(), Error> {
        let beyond = self.last_change > self.numbers.reserved;
        let reserved = if beyond { self.last_change.saturating_add(STRIDE) } else { self.numbers.reserved };
        let queries = self.tx.queries();
        sqlx::query!("UPDATE ledger SET last_change = $1, reserved = $2", self.last_change, reserved)
            .execute(&mut *self.tx)
            .named("advance_ledger", &queries)
            .await?;
        if beyond {
            reserve(&mut self.tx).await?;
        }
        Ok(())
    }
}

/// This transaction waits for the disk, whatever its pace: what it lays aside must be there after a failure. A session
/// that has laid numbers aside knows, for as long as it lives, that the server has not failed since.
async fn reserve(tx: &mut Transaction) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        SELECT set_config('synchronous_commit', 'on', TRUE) AS durability,
               set_config('causeway.numbers', 'continued', FALSE) AS numbers
        "#
    )
    .fetch_one(&mut **tx)
    .named("reserve_numbers", &queries)
    .await
    .map(drop)
}

/// Locks the ledger's row, so that writers follow each other, and says how this transaction is planned and committed.
///
/// Every statement of a writer finds its rows by key, for thousands of keys at once. While the tables are young the
/// planner has no statistics and would rather read a whole table or hash it; that plan, once cached, is ruinous when
/// the table has grown. So the choice is taken from it, and it plans for the keys that it is given.
async fn lock(tx: &mut Transaction, pace: Pace) -> Result<(Numbers, Timestamp), Error> {
    let durability = match pace {
        Pace::Backfill => "off",
        Pace::Live => "on",
    };
    let queries = tx.queries();
    let row = sqlx::query!(
        r#"
        SELECT last_change, reserved, now() AS "now!", ledger.xmin::TEXT::BIGINT AS "giver!",
               pg_current_xact_id()::XID::TEXT::BIGINT AS "taker!",
               COALESCE(current_setting('causeway.numbers', TRUE), '') = 'continued' AS "continued!"
        FROM (SELECT set_config('enable_seqscan', 'off', TRUE), set_config('enable_hashjoin', 'off', TRUE),
                     set_config('enable_mergejoin', 'off', TRUE), set_config('plan_cache_mode', 'force_custom_plan', TRUE),
                     set_config('synchronous_commit', $1, TRUE)) AS planning,
             ledger
        FOR UPDATE OF ledger
        "#,
        durability,
    )
    .fetch_one(&mut **tx)
    .named("lock_ledger", &queries)
    .await?;
    let numbers = Numbers {
        given: row.last_change,
        reserved: row.reserved,
        continued: row.continued,
        giver: row.giver,
        taker: row.taker,
    };
    Ok((numbers, timestamp(row.now, "now")?))
}

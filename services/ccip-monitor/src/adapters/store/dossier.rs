//! What is stored around a message or a ramp.

use std::ops::RangeInclusive;

use async_trait::async_trait;
use causeway_chain::logs::Position;
use causeway_primitives::{Address, B256, ChainId, MessageId, Timestamp};
use causeway_store::{Error, Named as _};

use super::{
    Store, balances, numbers,
    values::{digest, signed, status, tag, timestamp, unsigned},
};
use crate::{
    domain::{
        diagnose::evidence::{Arrival, Blocker},
        lane::LaneKey,
        spend::Sample,
    },
    ports::{BalanceAt, Cursor, Dossier, LastExecution, Numbers},
};

#[async_trait]
impl Dossier for Store {
    async fn find_cursor(&self, chain: ChainId) -> Result<Option<Cursor>, Error> {
        let row = sqlx::query!("SELECT number, hash, time FROM cursor WHERE chain = $1", signed(chain.get()))
            .fetch_optional(self.pool.executor())
            .named("find_cursor_with_time", self.pool.queries())
            .await?;
        row.map(|row| {
            let number = unsigned(row.number, "cursor.number")?;
            let position = Position { number, hash: digest(&row.hash, "cursor.hash")? };
            Ok(Cursor { position, time: timestamp(row.time, "cursor.time")? })
        })
        .transpose()
    }

    async fn count_holes_since(&self, chain: ChainId, from: Timestamp) -> Result<u64, Error> {
        let count = sqlx::query_scalar!(
            r#"
            SELECT count(*) AS "count!"
            FROM hole
            WHERE closed_at IS NULL AND chain = $1 AND kind = 'undecodable' AND at >= $2
            "#,
            signed(chain.get()),
            from.to_datetime(),
        )
        .fetch_one(self.pool.executor())
        .named("count_holes_since", self.pool.queries())
        .await?;
        unsigned(count, "count")
    }

    async fn find_arrival(&self, lane: &LaneKey, on_ramp: Address, sequence: u64) -> Result<Option<Arrival>, Error> {
        find_arrival(self, lane, on_ramp, sequence).await
    }

    async fn list_leaves(
        &self,
        lane: &LaneKey,
        on_ramp: Address,
        numbers: RangeInclusive<u64>,
    ) -> Result<Vec<(u64, B256)>, Error> {
        list_leaves(self, lane, on_ramp, numbers).await
    }

    async fn find_blocker(&self, lane: &LaneKey, sender: Address, nonce: u64) -> Result<Option<Blocker>, Error> {
        find_blocker(self, lane, sender, nonce).await
    }

    async fn find_last_execution(&self, lane: &LaneKey) -> Result<Option<LastExecution>, Error> {
        find_last_execution(self, lane).await
    }

    async fn find_numbered(&self, lane: &LaneKey, sequence: u64) -> Result<Option<(u64, MessageId)>, Error> {
        numbers::find(self, lane, sequence).await
    }

    async fn read_numbers(&self, lane: &LaneKey, on_ramp: Address, up_to: u64, limit: u32) -> Result<Numbers, Error> {
        numbers::read(self, lane, on_ramp, up_to, limit).await
    }

    async fn insert_balance(&self, balance: &BalanceAt) -> Result<(), Error> {
        balances::insert(self, balance).await
    }

    async fn list_balances(
        &self,
        chain: ChainId,
        token: Address,
        account: Address,
        from: Timestamp,
    ) -> Result<Vec<Sample>, Error> {
        balances::list(self, chain, token, account, from).await
    }

    async fn delete_balances(&self, chain: ChainId, before: Timestamp) -> Result<u64, Error> {
        balances::delete(self, chain, before).await
    }
}

/// A report that was withdrawn counts again only when it was accepted again.
async fn find_arrival(
    store: &Store,
    lane: &LaneKey,
    on_ramp: Address,
    sequence: u64,
) -> Result<Option<Arrival>, Error> {
    let row = sqlx::query!(
        r#"
        SELECT report.first, report.last, report.root, report.at, report.tx
        FROM report
        JOIN lane ON lane.lane = report.lane
        WHERE lane.dialect = $1 AND lane.source = $2::TEXT::NUMERIC AND lane.destination = $3::TEXT::NUMERIC
          AND report.last >= $4 AND report.last <= $4 + LEAST(lane.widest_report, 9223372036854775807 - $4) AND report.first <= $4
          AND (report.on_ramp IS NULL OR report.on_ramp = $5) AND report.unwinding IS NULL
          AND NOT EXISTS (
              SELECT FROM removal
              WHERE removal.root = report.root AND removal.contract = report.contract AND removal.chain = report.chain
                AND removal.unwinding IS NULL
                AND (removal.block, removal.log_index) > (report.block, report.log_index)
          )
        ORDER BY report.block DESC, report.log_index DESC, report.ordinal DESC
        LIMIT 1
        "#,
        lane.dialect.as_str(),
        lane.source.to_string(),
        lane.destination.to_string(),
        signed(sequence),
        on_ramp.as_slice(),
    )
    .fetch_optional(store.pool.executor())
    .named("find_arrival", store.pool.queries())
    .await?;
    row.map(|row| {
        Ok(Arrival {
            first: unsigned(row.first, "report.first")?,
            last: unsigned(row.last, "report.last")?,
            root: digest(&row.root, "report.root")?,
            at: timestamp(row.at, "report.at")?,
            tx: digest(&row.tx, "report.tx")?,
        })
    })
    .transpose()
}

/// In 1.2 and 1.5 the id is the leaf.
async fn list_leaves(
    store: &Store,
    lane: &LaneKey,
    on_ramp: Address,
    numbers: RangeInclusive<u64>,
) -> Result<Vec<(u64, B256)>, Error> {
    let (first, last) = numbers.into_inner();
    let rows = sqlx::query!(
        r#"
        SELECT sent.sequence AS "sequence!",
               CASE WHEN lane.dialect = 'ccip-1.5' THEN sent.message_id ELSE sent.leaf END AS "leaf!"
        FROM sent
        JOIN ramp ON ramp.ramp = sent.ramp
        JOIN lane ON lane.lane = ramp.lane
        WHERE lane.dialect = $1 AND lane.source = $2::TEXT::NUMERIC AND lane.destination = $3::TEXT::NUMERIC
          AND ramp.contract = $4 AND sent.sequence BETWEEN $5 AND $6 AND sent.unwinding IS NULL AND NOT sent.repeated
          AND (sent.leaf IS NOT NULL OR lane.dialect = 'ccip-1.5')
        ORDER BY sent.sequence
        "#,
        lane.dialect.as_str(),
        lane.source.to_string(),
        lane.destination.to_string(),
        on_ramp.as_slice(),
        signed(first),
        signed(last),
    )
    .fetch_all(store.pool.executor())
    .named("list_leaves", store.pool.queries())
    .await?;
    rows.into_iter()
        .map(|row| Ok((unsigned(row.sequence, "sent.sequence")?, digest(&row.leaf, "sent.leaf")?)))
        .collect()
}

/// The first by its send that no off-ramp has executed: nonces are given in the order of sends, and an execution that
/// failed has used its nonce up. One that was reverted as a whole left no log and used nothing up.
///
/// Messages that may be executed in any order have no nonce and are stepped over; in each status the walk ends at the
/// first message that has one.
async fn find_blocker(store: &Store, lane: &LaneKey, sender: Address, nonce: u64) -> Result<Option<Blocker>, Error> {
    let row = sqlx::query!(
        r#"
        SELECT first.message_id AS "message_id!", first.nonce AS "nonce!", first.status AS "status!"
        FROM lane
        CROSS JOIN UNNEST('{0, 1, 2, 5}'::SMALLINT[]) AS pending (status)
        CROSS JOIN LATERAL (
            SELECT sent.message_id, sent.nonce, message.status
            FROM message JOIN sent ON sent.change = message.sent
            WHERE message.sender = $4 AND message.lane = lane.lane AND message.status = pending.status
              AND message.last_attempt IS NULL AND NOT message.orphaned
              AND sent.sender = $5 AND sent.nonce >= 1 AND sent.nonce < $6
            ORDER BY message.sent_at, message.message LIMIT 1
        ) AS first
        WHERE lane.dialect = $1 AND lane.source = $2::TEXT::NUMERIC AND lane.destination = $3::TEXT::NUMERIC
        ORDER BY first.nonce LIMIT 1
        "#,
        lane.dialect.as_str(),
        lane.source.to_string(),
        lane.destination.to_string(),
        tag(sender.as_slice()),
        sender.as_slice(),
        signed(nonce),
    )
    .fetch_optional(store.pool.executor())
    .named("find_blocker", store.pool.queries())
    .await?;
    row.map(|row| {
        Ok(Blocker {
            id: MessageId::new(digest(&row.message_id, "sent.message_id")?),
            nonce: unsigned(row.nonce, "sent.nonce")?,
            status: status(row.status)?,
        })
    })
    .transpose()
}

/// A failed one was brought as well. No index knows executions by their lane and time: it would cost each of millions of
/// executions more than a microsecond for a question that only a diagnosis asks.
async fn find_last_execution(store: &Store, lane: &LaneKey) -> Result<Option<LastExecution>, Error> {
    let row = sqlx::query!(
        r#"
        SELECT attempt.tx, attempt.at, newest.sent_at AS "sent_at!"
        FROM lane
        CROSS JOIN UNNEST('{3, 4}'::SMALLINT[]) AS executed (status)
        CROSS JOIN LATERAL (
            SELECT message.message, message.sent_at, message.last_attempt FROM message
            WHERE message.lane = lane.lane AND message.status = executed.status AND NOT message.orphaned
            ORDER BY message.sent_at DESC, message.message DESC LIMIT 1
        ) AS newest
        JOIN attempt ON attempt.change = newest.last_attempt
        WHERE lane.dialect = $1 AND lane.source = $2::TEXT::NUMERIC AND lane.destination = $3::TEXT::NUMERIC
        ORDER BY newest.sent_at DESC, newest.message DESC LIMIT 1
        "#,
        lane.dialect.as_str(),
        lane.source.to_string(),
        lane.destination.to_string(),
    )
    .fetch_optional(store.pool.executor())
    .named("find_last_execution", store.pool.queries())
    .await?;
    row.map(|row| {
        Ok(LastExecution {
            tx: digest(&row.tx, "attempt.tx")?,
            at: timestamp(row.at, "attempt.at")?,
            sent_at: timestamp(row.sent_at, "message.sent_at")?,
        })
    })
    .transpose()
}

//! Reading a chain into the tables: what happened between two blocks and how far it was read, in one transaction.
//!
//! A reorganisation deeper than the confirmations is not repaired: the relayer stands still and says so, as one should
//! whose past has changed.

use alloy::rpc::types::Log;
use causeway_proto::guard::v1::OperationOutcome;
use sqlx::PgConnection;

use super::{Cycle, Engine, reports, rows::bigint};
use crate::{
    bridge::{At, BridgedToken, End, Header, Lockbox},
    relayer::{Error, time},
};

/// Blocks that are read at once: what Besu answers.
const RANGE: u64 = 5_000;

/// Where a log stands.
struct Place {
    chain_id: u64,
    block: Header,
    transaction: [u8; 32],
    log_index: u64,
}

/// An event that moves value.
struct Event {
    id: [u8; 32],
    asset: [u8; 20],
    amount: String,
    /// Those of deposits and burns, which are numbered and have a sender.
    cause: Option<([u8; 20], u64)>,
    recipient: [u8; 20],
}

/// Events of one table, with where they stand.
struct Found {
    table: Table,
    events: Vec<(Log, Event)>,
}

/// How many rows were new.
#[derive(Default)]
struct New {
    rows: u64,
    deposits: u64,
}

impl New {
    const fn add(&mut self, table: Table, rows: u64) {
        self.rows = self.rows.saturating_add(rows);
        match table {
            Table::Deposits => self.deposits = self.deposits.saturating_add(rows),
            Table::Burns | Table::Mints | Table::Withdrawals => {}
        }
    }
}

#[derive(Clone, Copy)]
enum Table {
    Deposits,
    Burns,
    Mints,
    Withdrawals,
}

impl Table {
    const fn insert(self) -> &'static str {
        match self {
            Self::Deposits => {
                "INSERT INTO deposit_confirmed (chain_id, block_number, block_hash, block_time, tx_hash, log_index,
                     deposit_id, asset, amount, recipient, sender, nonce)
                 VALUES ($1, $2, $3, to_timestamp($4), $5, $6, $7, $8, $9::text::numeric, $10, $11, $12)
                 ON CONFLICT DO NOTHING"
            }
            Self::Burns => {
                "INSERT INTO burn_confirmed (chain_id, block_number, block_hash, block_time, tx_hash, log_index,
                     burn_id, asset, amount, recipient, sender, nonce)
                 VALUES ($1, $2, $3, to_timestamp($4), $5, $6, $7, $8, $9::text::numeric, $10, $11, $12)
                 ON CONFLICT DO NOTHING"
            }
            Self::Mints => {
                "INSERT INTO mint_confirmed (chain_id, block_number, block_hash, block_time, tx_hash, log_index,
                     message_id, asset, amount, recipient)
                 VALUES ($1, $2, $3, to_timestamp($4), $5, $6, $7, $8, $9::text::numeric, $10)
                 ON CONFLICT DO NOTHING"
            }
            Self::Withdrawals => {
                "INSERT INTO withdrawal_confirmed (chain_id, block_number, block_hash, block_time, tx_hash, log_index,
                     message_id, asset, amount, recipient)
                 VALUES ($1, $2, $3, to_timestamp($4), $5, $6, $7, $8, $9::text::numeric, $10)
                 ON CONFLICT DO NOTHING"
            }
        }
    }
}

impl Engine {
    /// Reads on from the watermark to the last confirmed block, one range of blocks at most, and tells the guard whether
    /// the chain answered.
    pub(super) async fn index(&self, end: End, cycle: &mut Cycle) -> Result<(), Error> {
        let (started, before) = (time::monotonic_nanos(), cycle.indexed);
        let outcome = self.read_on(end, cycle).await;
        let took = time::monotonic_nanos().saturating_sub(started);
        let chain_id = self.bridge.endpoint(end).chain_id();
        match &outcome {
            Ok(()) if cycle.indexed == before => {}
            Ok(()) => self.clearance.report(reports::chain_call(chain_id, OperationOutcome::Succeeded, took)),
            Err(_) => self.clearance.report(reports::chain_call(chain_id, OperationOutcome::Failed, took)),
        }
        outcome
    }

    async fn read_on(&self, end: End, cycle: &mut Cycle) -> Result<(), Error> {
        let started = time::monotonic_nanos();
        let endpoint = self.bridge.endpoint(end);
        let mark = self.watermark(endpoint.chain_id()).await?;
        let head = endpoint.head().await?;
        let behind = self.confirmations(end).saturating_add(self.faults.lag_blocks);
        let confirmed = head.number.saturating_sub(behind);
        let first = match mark {
            None => 0,
            Some((number, hash)) => {
                let there = endpoint.header(At::Block(number)).await?;
                if there.is_none_or(|block| block.hash != hash) {
                    return Err(Error::Reorganised { chain_id: endpoint.chain_id(), block: number });
                }
                number.saturating_add(1)
            }
        };
        let last = confirmed.min(first.saturating_add(RANGE));
        if head.number < behind || last < first {
            return Ok(());
        }
        let found = self.events(end, first, last).await?;
        let new = self.store(end, found, last, head.number).await?;
        let took = time::monotonic_nanos().saturating_sub(started);
        self.note_cycle(endpoint.chain_id(), (first, last), new.rows, took).await?;
        self.clearance.report(reports::index_cycle(endpoint.chain_id(), new.deposits, took));
        cycle.indexed = cycle.indexed.saturating_add(new.rows);
        Ok(())
    }

    /// How far a chain was read.
    async fn watermark(&self, chain_id: u64) -> Result<Option<(u64, [u8; 32])>, Error> {
        let row = sqlx::query("SELECT block_number, block_hash FROM indexer_watermark WHERE chain_id = $1")
            .bind(bigint(chain_id)?)
            .fetch_optional(&self.pool)
            .await
            .map_err(Error::sql("read the watermark"))?;
        row.map(|row| Ok((super::rows::number(&row, "block_number")?, super::rows::hash(&row, "block_hash")?.0)))
            .transpose()
    }

    async fn events(&self, end: End, first: u64, last: u64) -> Result<Vec<Found>, Error> {
        let (endpoint, contract) = (self.bridge.endpoint(end), self.bridge.vault(end));
        Ok(match end {
            End::Source => {
                let deposits = endpoint.logs::<Lockbox::Deposit>(contract, first, last).await?;
                let releases = endpoint.logs::<Lockbox::Released>(contract, first, last).await?;
                let deposits = deposits.into_iter().map(|(log, e)| {
                    let cause = Some((e.sender.into(), e.nonce));
                    (log, event(e.id.0, e.asset.into(), &e.amount, e.recipient.into(), cause))
                });
                let releases = releases
                    .into_iter()
                    .map(|(log, e)| (log, event(e.id.0, e.asset.into(), &e.amount, e.recipient.into(), None)));
                vec![found(Table::Deposits, deposits), found(Table::Withdrawals, releases)]
            }
            End::Destination => {
                let mints = endpoint.logs::<BridgedToken::Minted>(contract, first, last).await?;
                let burns = endpoint.logs::<BridgedToken::Burned>(contract, first, last).await?;
                let mints = mints
                    .into_iter()
                    .map(|(log, e)| (log, event(e.id.0, e.asset.into(), &e.amount, e.recipient.into(), None)));
                let burns = burns.into_iter().map(|(log, e)| {
                    let cause = Some((e.sender.into(), e.nonce));
                    (log, event(e.id.0, e.asset.into(), &e.amount, e.recipient.into(), cause))
                });
                vec![found(Table::Mints, mints), found(Table::Burns, burns)]
            }
        })
    }

    /// Rows and watermark, or neither.
    async fn store(&self, end: End, found: Vec<Found>, last: u64, head: u64) -> Result<New, Error> {
        let endpoint = self.bridge.endpoint(end);
        let mark = self.block(end, last).await?;
        let mut transaction = self.pool.begin().await.map_err(Error::sql("begin"))?;
        let mut new = New::default();
        for Found { table, events } in found {
            for (log, event) in events {
                let place = self.place(end, &log).await?;
                let rows = insert(&mut transaction, table, &place, &event).await?;
                new.add(table, rows);
            }
        }
        sqlx::query(
            "INSERT INTO indexer_watermark (chain_id, block_number, block_hash, block_time, head_number)
             VALUES ($1, $2, $3, to_timestamp($4), $5)
             ON CONFLICT (chain_id) DO UPDATE SET block_number = EXCLUDED.block_number,
                 block_hash = EXCLUDED.block_hash, block_time = EXCLUDED.block_time,
                 head_number = EXCLUDED.head_number, updated_at = now()",
        )
        .bind(bigint(endpoint.chain_id())?)
        .bind(bigint(mark.number)?)
        .bind(mark.hash.as_slice())
        .bind(bigint(mark.seconds)?)
        .bind(bigint(head)?)
        .execute(&mut *transaction)
        .await
        .map_err(Error::sql("move the watermark"))?;
        transaction.commit().await.map_err(Error::sql("store what was read"))?;
        Ok(new)
    }

    async fn place(&self, end: End, log: &Log) -> Result<Place, Error> {
        let number = log.block_number.ok_or(crate::bridge::Error::Unplaced)?;
        let transaction = log.transaction_hash.ok_or(crate::bridge::Error::Unplaced)?.0;
        let log_index = log.log_index.ok_or(crate::bridge::Error::Unplaced)?;
        let block = self.block(end, number).await?;
        Ok(Place { chain_id: self.bridge.endpoint(end).chain_id(), block, transaction, log_index })
    }

    async fn block(&self, end: End, number: u64) -> Result<Header, Error> {
        let found = self.bridge.endpoint(end).header(At::Block(number)).await?;
        Ok(found.ok_or(crate::bridge::Error::NoBlock(number))?)
    }

    async fn note_cycle(&self, chain_id: u64, blocks: (u64, u64), events: u64, nanos: u64) -> Result<(), Error> {
        sqlx::query(
            "INSERT INTO relayer_cycle (chain_id, from_block, to_block, events, micros) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(bigint(chain_id)?)
        .bind(bigint(blocks.0)?)
        .bind(bigint(blocks.1)?)
        .bind(bigint(events)?)
        .bind(bigint(nanos / 1_000)?)
        .execute(&self.pool)
        .await
        .map_err(Error::sql("note the cycle"))
        .map(drop)
    }

    /// Deposits above the watermark: what a relayer in a hurry takes for confirmed.
    pub(super) async fn unconfirmed_deposits(&self) -> Result<Vec<super::rows::Message>, Error> {
        let mark = self.watermark(self.bridge.source.chain_id()).await?;
        let first = mark.map_or(0, |(number, _)| number.saturating_add(1));
        let head = self.bridge.source.head().await?.number;
        let logs =
            self.bridge.source.logs::<Lockbox::Deposit>(self.bridge.contracts.source.lockbox, first, head).await?;
        let message = |e: Lockbox::Deposit| super::rows::Message { id: e.id, recipient: e.recipient, amount: e.amount };
        Ok(logs.into_iter().map(|(_, event)| message(event)).collect())
    }
}

fn event(
    id: [u8; 32],
    asset: [u8; 20],
    amount: &alloy::primitives::U256,
    recipient: [u8; 20],
    cause: Option<([u8; 20], u64)>,
) -> Event {
    Event { id, asset, amount: amount.to_string(), cause, recipient }
}

fn found(table: Table, events: impl Iterator<Item = (Log, Event)>) -> Found {
    Found { table, events: events.collect() }
}

async fn insert(to: &mut PgConnection, table: Table, place: &Place, event: &Event) -> Result<u64, Error> {
    let mut query = sqlx::query(table.insert())
        .bind(bigint(place.chain_id)?)
        .bind(bigint(place.block.number)?)
        .bind(place.block.hash.0)
        .bind(bigint(place.block.seconds)?)
        .bind(place.transaction)
        .bind(bigint(place.log_index)?)
        .bind(event.id)
        .bind(event.asset)
        .bind(event.amount.as_str())
        .bind(event.recipient);
    if let Some((sender, nonce)) = event.cause {
        query = query.bind(sender).bind(bigint(nonce)?);
    }
    let done = query.execute(to).await.map_err(Error::sql("store an event"))?;
    Ok(done.rows_affected())
}

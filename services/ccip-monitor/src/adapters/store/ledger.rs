//! The write side of the store: each method one transaction behind the leader's fence.

use std::time::Duration;

use async_trait::async_trait;
use causeway_chain::logs::Position;
use causeway_primitives::{ChainId, Timestamp};
use causeway_store::{
    Error, Named as _,
    lease::{Leadership, assert_current},
};

use super::{
    Store, accept, audit, cursor, events, fill, holes, ingest, judge, lanes, missing, statistics, unwind,
    values::{address, signed, unsigned},
    work::{Order, Work},
    young,
};
use crate::{
    domain::{event::Located, finding::Finding},
    ports::{
        Accepted, Batch, Hole, Ingested, Judgement, LaneRow, LastNumber, Ledger, LedgerError, Mark, NewEvent, OpenHole,
        Pace, Unwound,
    },
};

#[async_trait]
impl Ledger for Store {
    async fn find_position(&self, chain: ChainId) -> Result<Option<Position>, LedgerError> {
        Ok(cursor::find(&self.pool, chain).await?)
    }

    async fn list_marks(&self, chain: ChainId) -> Result<Vec<Mark>, LedgerError> {
        Ok(cursor::list_marks(&self.pool, chain).await?)
    }

    async fn list_sequences(&self, chain: ChainId) -> Result<Vec<LastNumber>, LedgerError> {
        Ok(list_sequences(self, chain).await?)
    }

    async fn upsert_lanes(&self, leadership: &Leadership, rows: &[LaneRow]) -> Result<(), LedgerError> {
        let mut tx = self.pool.begin().await?;
        assert_current(&mut tx, leadership).await?;
        lanes::list(&mut tx, rows).await?;
        Ok(tx.commit().await?)
    }

    async fn begin_backfill(&self, leadership: &Leadership) -> Result<bool, LedgerError> {
        Ok(young::lay_aside(self, leadership).await?)
    }

    async fn end_backfill(&self, leadership: &Leadership) -> Result<u64, LedgerError> {
        Ok(young::build(self, leadership).await?)
    }

    async fn ingest(&self, leadership: &Leadership, batch: &Batch) -> Result<Ingested, LedgerError> {
        let ingested = ingest::run(self, leadership, batch).await?;
        if let Err(error) = statistics::keep_up(self, batch).await {
            // It is stored; only the next batches are slower.
            tracing::debug!(chain = %batch.chain, error = %causeway_telemetry::Chain(&error), "statistics were not brought up to date");
        }
        Ok(ingested)
    }

    async fn insert_holes(
        &self,
        leadership: &Leadership,
        holes: &[Hole],
        findings: &[Finding],
    ) -> Result<Vec<Finding>, LedgerError> {
        missing::run(self, leadership, holes, findings).await
    }

    async fn list_open_holes(&self, after: u64, limit: u32) -> Result<Vec<OpenHole>, LedgerError> {
        Ok(holes::list_open(self, after, limit).await?)
    }

    async fn fill(
        &self,
        leadership: &Leadership,
        hole: &OpenHole,
        events: &[Located],
    ) -> Result<Ingested, LedgerError> {
        fill::run(self, leadership, hole, events).await
    }

    async fn unwind(
        &self,
        leadership: &Leadership,
        chain: ChainId,
        (from, to): (Option<Position>, Option<Position>),
    ) -> Result<Unwound, LedgerError> {
        unwind::run(self, leadership, chain, (from, to)).await
    }

    async fn judge(&self, leadership: &Leadership, judgements: &[Judgement]) -> Result<u64, LedgerError> {
        judge::run(self, leadership, judgements).await
    }

    async fn audit(
        &self,
        leadership: &Leadership,
        margin: Duration,
        now: Timestamp,
    ) -> Result<Vec<Finding>, LedgerError> {
        audit::run(self, leadership, margin, now).await
    }

    async fn accept(&self, accepted: &Accepted) -> Result<u64, Error> {
        accept::run(self, accepted).await
    }

    async fn insert_events(&self, leadership: &Leadership, new: &[NewEvent]) -> Result<(), LedgerError> {
        let mut work = Work::begin(self, Some(leadership), Order::Onward, Pace::Live).await?;
        events::insert(&mut work, new).await?;
        work.commit().await?;
        Ok(())
    }
}

async fn list_sequences(store: &Store, chain: ChainId) -> Result<Vec<LastNumber>, Error> {
    let rows = sqlx::query!(
        r#"
        SELECT lane.dialect, lane.source::TEXT AS "source!", lane.destination::TEXT AS "destination!", ramp.contract,
               newest.sequence AS "sequence!", newest.block AS "block!"
        FROM ramp
        JOIN lane ON lane.lane = ramp.lane
        CROSS JOIN LATERAL (
            SELECT sequence, block FROM sent
            WHERE sent.ramp = ramp.ramp AND sent.unwinding IS NULL AND sent.sequence IS NOT NULL
            ORDER BY sequence DESC LIMIT 1
        ) AS newest
        WHERE lane.source_chain = $1
        "#,
        signed(chain.get()),
    )
    .fetch_all(store.pool.executor())
    .named("list_sequences", store.pool.queries())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(LastNumber {
                lane: lanes::key(&row.dialect, &row.source, &row.destination)?,
                on_ramp: address(&row.contract, "ramp.contract")?,
                number: unsigned(row.sequence, "sent.sequence")?,
                block: unsigned(row.block, "sent.block")?,
            })
        })
        .collect()
}

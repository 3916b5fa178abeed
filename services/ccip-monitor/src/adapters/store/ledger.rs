//! The write side of the store: each method one transaction behind the leader's fence.

use async_trait::async_trait;
use causeway_chain::logs::Position;
use causeway_primitives::{Address, ChainId};
use causeway_store::{
    Error, Named as _,
    lease::{Leadership, assert_current},
};

use super::{
    Store, cursor, ingest, lanes, unwind,
    values::{address, signed, unsigned},
};
use crate::{
    domain::lane::LaneKey,
    ports::{Batch, Ingested, LaneRow, Ledger, LedgerError, Mark, Unwound},
};

#[async_trait]
impl Ledger for Store {
    async fn find_position(&self, chain: ChainId) -> Result<Option<Position>, LedgerError> {
        Ok(cursor::find(&self.pool, chain).await?)
    }

    async fn list_marks(&self, chain: ChainId) -> Result<Vec<Mark>, LedgerError> {
        Ok(cursor::list_marks(&self.pool, chain).await?)
    }

    async fn list_sequences(&self, chain: ChainId) -> Result<Vec<(LaneKey, Address, u64)>, LedgerError> {
        Ok(list_sequences(self, chain).await?)
    }

    async fn upsert_lanes(&self, leadership: &Leadership, rows: &[LaneRow]) -> Result<(), LedgerError> {
        let mut tx = self.pool.begin().await?;
        assert_current(&mut tx, leadership).await?;
        lanes::list(&mut tx, rows).await?;
        Ok(tx.commit().await?)
    }

    async fn ingest(&self, leadership: &Leadership, batch: &Batch) -> Result<Ingested, LedgerError> {
        ingest::run(self, leadership, batch).await
    }

    async fn unwind(
        &self,
        leadership: &Leadership,
        chain: ChainId,
        to: Option<Position>,
    ) -> Result<Unwound, LedgerError> {
        unwind::run(self, leadership, chain, to).await
    }
}

async fn list_sequences(store: &Store, chain: ChainId) -> Result<Vec<(LaneKey, Address, u64)>, Error> {
    let rows = sqlx::query!(
        r#"
        SELECT lane.dialect, lane.source::TEXT AS "source!", lane.destination::TEXT AS "destination!", ramp.contract,
               newest.sequence AS "sequence!"
        FROM ramp
        JOIN lane ON lane.lane = ramp.lane
        CROSS JOIN LATERAL (
            SELECT sequence FROM sent
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
            let key = lanes::key(&row.dialect, &row.source, &row.destination)?;
            let sequence = unsigned(row.sequence, "sent.sequence")?;
            Ok((key, address(&row.contract, "ramp.contract")?, sequence))
        })
        .collect()
}

//! A batch in one transaction.

use causeway_store::lease::{Leadership, assert_current};

use super::{
    Store, arrivals, checks,
    cursor::{self, Order},
    findings, holes, refold, sends,
    work::Work,
};
use crate::ports::{Batch, Ingested, LedgerError};

pub(super) async fn run(store: &Store, leadership: &Leadership, batch: &Batch) -> Result<Ingested, LedgerError> {
    let mut tx = store.pool.begin().await?;
    assert_current(&mut tx, leadership).await?;
    let mut work = Work::begin(tx, batch.chain, batch.pace).await?;
    match cursor::order(&mut work.tx, batch).await? {
        Order::Again => again(work, batch).await,
        Order::Next => next(work, batch).await,
    }
}

/// Only finality may have moved on.
async fn again(mut work: Work, batch: &Batch) -> Result<Ingested, LedgerError> {
    cursor::upsert(&mut work.tx, batch).await?;
    let last_change = work.commit().await?;
    Ok(Ingested { last_change, ..Ingested::default() })
}

async fn next(mut work: Work, batch: &Batch) -> Result<Ingested, LedgerError> {
    let Work { tx, lanes, .. } = &mut work;
    let new_lanes = lanes.meet(tx, batch.chain, &batch.events).await?;
    cursor::advance(tx, batch).await?;
    holes::insert(tx, lanes, &batch.holes).await?;
    sends::store(&mut work, &batch.events).await?;
    arrivals::store(&mut work, &batch.events).await?;
    refold::run(&mut work).await?;
    checks::nonces(&mut work).await?;
    work.findings.extend(batch.findings.iter().cloned());
    let found = std::mem::take(&mut work.findings);
    let findings = findings::insert(&mut work.tx, &work.lanes, found).await?;
    let executed = std::mem::take(&mut work.executed);
    let last_change = work.commit().await?;
    Ok(Ingested { executed, findings, new_lanes, last_change })
}

//! A batch in one transaction.

use causeway_store::lease::Leadership;

use super::{
    Store, arrivals,
    board::Passed,
    checks,
    cursor::{self, Next},
    events, findings, holes, links, refold, sends,
    work::{Order, Work},
};
use crate::ports::{Batch, Ingested, LedgerError, Pace};

pub(super) async fn run(store: &Store, leadership: &Leadership, batch: &Batch) -> Result<Ingested, LedgerError> {
    let mut work = Work::begin(store, Some(leadership), Order::Onward, batch.pace).await?;
    match cursor::order(&mut work.tx, batch).await? {
        Next::Again => again(work, batch).await,
        Next::Onward => next(store, work, batch).await,
    }
}

/// Only finality may have moved on.
async fn again(mut work: Work, batch: &Batch) -> Result<Ingested, LedgerError> {
    cursor::upsert(&mut work.tx, batch).await?;
    let last_change = work.commit().await?;
    Ok(Ingested { last_change, ..Ingested::default() })
}

async fn next(store: &Store, mut work: Work, batch: &Batch) -> Result<Ingested, LedgerError> {
    let before = work.last_change;
    if batch.pace == Pace::Backfill {
        work.take_over(&store.passed);
    }
    let read_up_to = cursor::time(&mut work.tx, batch.chain).await?;
    let Work { tx, lanes, .. } = &mut work;
    let met = lanes.meet(tx, batch.chain, &batch.events).await?;
    let events = met.take(&batch.events);
    cursor::advance(tx, batch).await?;
    holes::insert(tx, lanes, &batch.holes).await?;
    sends::store(&mut work, &events).await?;
    arrivals::store(&mut work, &events).await?;
    links::run(&mut work, &links::Due { chain: batch.chain, after: before, read_up_to }).await?;
    work.findings.extend(met.finding(&batch.events));
    work.findings.extend(batch.findings.iter().cloned());
    let passed = (batch.pace == Pace::Backfill).then_some(&*store.passed);
    Ok(Ingested { new_lanes: met.new, ..conclude(work, batch.traceparent.as_deref(), passed).await? })
}

/// What follows from the evidence, once all of it is stored. The board goes on to the next writer, if one is to have it.
pub(super) async fn conclude(
    mut work: Work,
    traceparent: Option<&str>,
    passed: Option<&Passed>,
) -> Result<Ingested, LedgerError> {
    refold::run(&mut work).await?;
    checks::nonces(&mut work).await?;
    let found = std::mem::take(&mut work.findings);
    let findings = findings::insert(&mut work.tx, &work.lanes, found).await?;
    let told: Vec<_> = findings.iter().map(|finding| events::finding_opened(finding, traceparent)).collect();
    events::insert(&mut work, &told).await?;
    if let Some(passed) = passed {
        work.hand_over(passed);
    }
    let executed = std::mem::take(&mut work.executed);
    let last_change = work.commit().await?;
    Ok(Ingested { executed, findings, new_lanes: Vec::new(), last_change })
}

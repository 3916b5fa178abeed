//! Holes filled: what could not be read at its time goes in among what was.

use std::collections::HashSet;

use causeway_store::{Error, Named as _, lease::Leadership};

use super::{
    Store, arrivals, findings, holes, ingest, sends,
    values::signed,
    work::{Order, Work},
};
use crate::{
    domain::{event::Located, finding::Kind},
    ports::{HoleCause, Ingested, LedgerError, OpenHole, Pace},
};

pub(super) async fn run(
    store: &Store,
    leadership: &Leadership,
    hole: &OpenHole,
    events: &[Located],
) -> Result<Ingested, LedgerError> {
    let mut work = Work::begin(store, Some(leadership), Order::Between, Pace::Live).await?;
    let chain = hole.hole.chain;
    let known = list_known_places(&mut work, events).await?;
    let new: Vec<Located> = events.iter().filter(|located| !known.contains(&place(located))).cloned().collect();
    let Work { tx, lanes, .. } = &mut work;
    let met = lanes.meet(tx, chain, &new).await?;
    let events = met.take(&new);
    sends::store(&mut work, &events).await?;
    arrivals::store(&mut work, &events).await?;
    work.findings.extend(met.finding(&new));
    if holes::is_whole(&mut work, &hole.hole.cause).await? {
        holes::close(&mut work.tx, hole.number).await?;
        let (kind, subject) = finding_of(&hole.hole.cause);
        findings::close_over(&mut work.tx, kind, chain, &subject).await?;
    }
    Ok(Ingested { new_lanes: met.new, ..ingest::conclude(work, None, None).await? })
}

/// The finding that a hole came with: its kind and what it is known by.
fn finding_of(cause: &HoleCause) -> (Kind, String) {
    match cause {
        HoleCause::MissingMessages { on_ramp, first, last, .. } => {
            (Kind::SequenceGap, findings::of_gap(*on_ramp, signed(*first), signed(*last)))
        }
        HoleCause::Undecodable { place, .. } => (Kind::Undecodable, findings::of_log(place)),
    }
}

type At = (i64, i64);

fn place(located: &Located) -> At {
    (signed(located.place.block), signed(located.place.log_index))
}

/// Places of the chain, as it is, that evidence is known of.
async fn list_known_places(work: &mut Work, events: &[Located]) -> Result<HashSet<At>, Error> {
    let chains: Vec<i64> = events.iter().map(|located| signed(located.place.chain.get())).collect();
    let (blocks, indices): (Vec<i64>, Vec<i64>) = events.iter().map(place).unzip();
    let queries = work.tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT given.block AS "block!", given.log_index AS "log_index!"
        FROM UNNEST($1::BIGINT[], $2::BIGINT[], $3::BIGINT[]) AS given (chain, block, log_index)
        WHERE EXISTS (SELECT FROM sent WHERE sent.chain = given.chain AND sent.block = given.block
                        AND sent.log_index = given.log_index AND sent.unwinding IS NULL)
           OR EXISTS (SELECT FROM attempt WHERE attempt.chain = given.chain AND attempt.block = given.block
                        AND attempt.log_index = given.log_index AND attempt.unwinding IS NULL)
           OR EXISTS (SELECT FROM report WHERE report.chain = given.chain AND report.block = given.block
                        AND report.log_index = given.log_index AND report.unwinding IS NULL)
           OR EXISTS (SELECT FROM removal WHERE removal.chain = given.chain AND removal.block = given.block
                        AND removal.log_index = given.log_index AND removal.unwinding IS NULL)
        "#,
        &chains,
        &blocks,
        &indices,
    )
    .fetch_all(&mut *work.tx)
    .named("list_known_places", &queries)
    .await?;
    Ok(rows.into_iter().map(|row| (row.block, row.log_index)).collect())
}

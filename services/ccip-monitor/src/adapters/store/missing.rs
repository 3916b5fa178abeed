//! Holes that no batch has shown: a ramp has counted messages that are not stored, and nothing that was read says so.

use std::slice;

use causeway_store::lease::Leadership;

use super::{
    Store, events, findings, holes,
    values::signed,
    work::{Order, Work},
};
use crate::{
    domain::finding::Finding,
    ports::{Hole, HoleCause, LedgerError, Pace},
};

pub(super) async fn run(
    store: &Store,
    leadership: &Leadership,
    holes: &[Hole],
    findings: &[Finding],
) -> Result<Vec<Finding>, LedgerError> {
    if holes.is_empty() && findings.is_empty() {
        return Ok(Vec::new());
    }
    let mut work = Work::begin(store, Some(leadership), Order::Between, Pace::Live).await?;
    work.findings.extend(findings.iter().cloned());
    for hole in holes {
        insert(&mut work, hole).await?;
    }
    let found = std::mem::take(&mut work.findings);
    let new = findings::insert(&mut work.tx, &work.lanes, found).await?;
    let told: Vec<_> = new.iter().map(|finding| events::finding_opened(finding, None)).collect();
    events::insert(&mut work, &told).await?;
    work.commit().await?;
    Ok(new)
}

/// Numbers that lie within a wider open hole are looked for already, and told of.
async fn insert(work: &mut Work, hole: &Hole) -> Result<(), LedgerError> {
    if let HoleCause::MissingMessages { lane, on_ramp, first, last } = &hole.cause {
        let gap = findings::gap_without_event(hole.chain, lane, *on_ramp, signed(*first), signed(*last));
        if holes::is_within_open(work, lane, *on_ramp, (*first, *last)).await? {
            work.findings.retain(|finding| finding.kind != gap.kind || finding.subject != gap.subject);
            return Ok(());
        }
        // Behind those that were given: of two of one name the first is kept.
        work.findings.push(gap);
    }
    let Work { tx, lanes, .. } = work;
    Ok(holes::insert(tx, lanes, slice::from_ref(hole)).await?)
}

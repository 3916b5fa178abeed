//! What the numbers of messages show: gaps, repetitions, reports that do not follow each other, orders overtaken.

use std::collections::BTreeMap;

use causeway_primitives::Address;
use causeway_store::{Error, Named as _};

use super::{
    findings,
    standings::{self, Known},
    values::signed,
    work::{Order, Work},
};
use crate::domain::{
    event::{Committed, Place, Sent},
    finding::Kind,
};

/// Of one sender so many overtaken messages are named by one batch: the first ones are those that hold the others up.
const OVERTAKEN: i64 = 5;

/// Compares the numbers of each ramp's sends, in their order, with the highest that is known.
pub(super) async fn sequences(
    work: &mut Work,
    numbers: &BTreeMap<i32, Vec<(&Place, &Sent, i64)>>,
) -> Result<(), Error> {
    if numbers.is_empty() || work.order == Order::Between {
        return Ok(());
    }
    let known = highest(work, &numbers.keys().copied().collect::<Vec<_>>()).await?;
    for (ramp, sends) in numbers {
        let mut last = known.get(ramp).copied();
        for (place, sent, number) in sends {
            if let Some(before) = last {
                let expected = before.saturating_add(1);
                if *number > expected {
                    let missing = number.saturating_sub(1);
                    work.findings.push(findings::gap(place, &sent.lane, expected, missing));
                } else if *number < expected {
                    work.findings.push(findings::repeated(place, &sent.lane, *number));
                    work.board.doubt();
                }
            }
            last = last.max(Some(*number));
        }
    }
    Ok(())
}

/// The highest number of each ramp on the chain as it is.
async fn highest(work: &mut Work, ramps: &[i32]) -> Result<BTreeMap<i32, i64>, Error> {
    let queries = work.tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT given.ramp AS "ramp!", newest.sequence AS "sequence!"
        FROM UNNEST($1::INTEGER[]) AS given (ramp)
        CROSS JOIN LATERAL (
            SELECT sequence FROM sent
            WHERE sent.ramp = given.ramp AND sent.unwinding IS NULL AND sent.sequence IS NOT NULL
            ORDER BY sequence DESC LIMIT 1
        ) AS newest
        "#,
        ramps,
    )
    .fetch_all(&mut *work.tx)
    .named("list_highest_sequences", &queries)
    .await?;
    Ok(rows.into_iter().map(|row| (row.ramp, row.sequence)).collect())
}

/// Lane, contract that accepts reports, ramp whose numbers they cover: a lane that gets a new ramp counts anew.
type Series = (i32, Address, Option<Address>);

/// The end of the last report of each lane at each contract, in the order of the chain.
#[derive(Debug, Default)]
pub(super) struct Ranges {
    /// `None`: not known, because a report was withdrawn within the batch.
    ends: BTreeMap<Series, Option<i64>>,
}

impl Ranges {
    /// Compares a report with the one before it.
    pub(super) async fn report(
        &mut self,
        work: &mut Work,
        lane: i32,
        place: &Place,
        committed: &Committed,
    ) -> Result<(), Error> {
        let name = (lane, place.contract, committed.on_ramp);
        let before = match self.ends.get(&name) {
            Some(end) => *end,
            None => last_report(work, name).await?,
        };
        let (first, last) = (signed(committed.first), signed(committed.last));
        if let Some(before) = before {
            let expected = before.saturating_add(1);
            if first > expected {
                work.findings.push(findings::report(Kind::CommitGap, place, committed, before));
            } else if first < expected {
                work.findings.push(findings::report(Kind::CommitOverlap, place, committed, before));
            }
        }
        self.ends.insert(name, Some(before.map_or(last, |before| before.max(last))));
        Ok(())
    }

    /// After a withdrawal the next report may begin anew.
    pub(super) fn removal(&mut self, contract: Address) {
        for ((_, at, _), end) in &mut self.ends {
            if *at == contract {
                *end = None;
            }
        }
    }
}

/// The end of the newest report that was not withdrawn.
async fn last_report(work: &mut Work, (lane, contract, on_ramp): Series) -> Result<Option<i64>, Error> {
    let queries = work.tx.queries();
    sqlx::query_scalar!(
        r#"
        SELECT last FROM report
        WHERE lane = $1 AND contract = $2 AND on_ramp IS NOT DISTINCT FROM $3 AND unwinding IS NULL
          AND NOT EXISTS (SELECT FROM removal WHERE removal.root = report.root AND removal.contract = report.contract
                            AND removal.change > report.change AND removal.unwinding IS NULL)
        ORDER BY last DESC LIMIT 1
        "#,
        lane,
        contract.as_slice(),
        on_ramp.as_ref().map(|ramp| ramp.as_slice()),
    )
    .fetch_optional(&mut *work.tx)
    .named("find_last_report", &queries)
    .await
}

/// Looks for messages that later ones of the same sender have overtaken. Called when all messages stand as they do now.
/// An execution that was reverted as a whole is none: it has used no nonce up.
pub(super) async fn nonces(work: &mut Work) -> Result<(), Error> {
    let mut newest = BTreeMap::new();
    for ordered in std::mem::take(&mut work.ordered) {
        let known = newest.entry((ordered.lane, ordered.sender)).or_insert(ordered);
        if ordered.nonce > known.nonce {
            *known = ordered;
        }
    }
    if newest.is_empty() {
        return Ok(());
    }
    let lanes: Vec<i32> = newest.keys().map(|(lane, _)| *lane).collect();
    let senders: Vec<i64> = newest.keys().map(|(_, sender)| *sender).collect();
    let before: Vec<_> = newest.values().map(|ordered| ordered.sent_at.to_datetime()).collect();
    let queries = work.tx.queries();
    let pending = sqlx::query_scalar!(
        r#"
        SELECT pending.message AS "message!"
        FROM UNNEST($1::INTEGER[], $2::BIGINT[], $3::TIMESTAMPTZ[]) AS given (lane, sender, before)
        CROSS JOIN LATERAL (
            SELECT message FROM message
            WHERE message.sender = given.sender AND message.lane = given.lane AND message.status IN (0, 1, 2, 5)
              AND message.sent_at <= given.before AND message.last_attempt IS NULL AND NOT message.orphaned
            LIMIT $4
        ) AS pending
        "#,
        &lanes,
        &senders,
        &before,
        OVERTAKEN,
    )
    .fetch_all(&mut *work.tx)
    .named("list_overtaken_messages", &queries)
    .await?;
    for known in standings::list_by_keys(work, &pending).await? {
        let Known { lane, sender, nonce, .. } = known;
        if let Some(by) = newest.get(&(lane, sender)).filter(|by| nonce.is_some_and(|nonce| nonce < by.nonce)) {
            work.findings.push(findings::overtaken(&work.lanes, &known, by));
        }
    }
    Ok(())
}

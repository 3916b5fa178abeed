//! Which numbers have been reported: for thousands of numbers at once, by the ranges that reports cover.

use std::collections::{BTreeMap, BTreeSet};

use causeway_primitives::Address;
use causeway_store::{Error, Named as _};

use super::{values::address, work::Work};

/// Numbers further apart than this are asked for by themselves, so that what lies between them is not read.
const APART: i64 = 10_000;

/// Numbers of one lane that are asked for together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    lane: i32,
    low: i64,
    high: i64,
}

/// The ranges that reports cover, where they were asked for.
#[derive(Debug, Default)]
pub(super) struct Reported(BTreeMap<(i32, Option<Address>), Ranges>);

/// Ranges that neither overlap nor touch: last by first.
#[derive(Debug, Default)]
struct Ranges(BTreeMap<i64, i64>);

impl Reported {
    /// Reads what covers any of these numbers of lanes.
    pub(super) async fn read(work: &mut Work, numbers: impl Iterator<Item = (i32, i64)>) -> Result<Self, Error> {
        let mut reported = Self::default();
        let all = runs(&numbers.collect());
        let runs: Vec<Run> = all.into_iter().filter(|run| work.lanes.widest_report(run.lane) > 0).collect();
        if runs.is_empty() {
            return Ok(reported);
        }
        let lanes: Vec<i32> = runs.iter().map(|run| run.lane).collect();
        let lows: Vec<i64> = runs.iter().map(|run| run.low).collect();
        let highs: Vec<i64> = runs.iter().map(|run| run.high).collect();
        let furthest: Vec<i64> =
            runs.iter().map(|run| run.high.saturating_add(work.lanes.widest_report(run.lane))).collect();
        let queries = work.tx.queries();
        let rows = sqlx::query!(
            r#"
            SELECT given.lane AS "lane!", report.on_ramp, report.first, report.last
            FROM UNNEST($1::INTEGER[], $2::BIGINT[], $3::BIGINT[], $4::BIGINT[]) AS given (lane, low, high, furthest)
            CROSS JOIN LATERAL (
                SELECT on_ramp, first, last FROM report
                WHERE report.lane = given.lane AND report.last BETWEEN given.low AND given.furthest
                  AND report.first <= given.high AND report.unwinding IS NULL
                OFFSET 0
            ) AS report
            "#,
            &lanes,
            &lows,
            &highs,
            &furthest,
        )
        .fetch_all(&mut *work.tx)
        .named("list_reported_ranges", &queries)
        .await?;
        for row in rows {
            let on_ramp = row.on_ramp.map(|contract| address(&contract, "report.on_ramp")).transpose()?;
            reported.0.entry((row.lane, on_ramp)).or_default().add(row.first, row.last);
        }
        Ok(reported)
    }

    /// Whether a report covers this number of a ramp, or of every ramp of its lane.
    pub(super) fn covers(&self, lane: i32, ramp: Address, number: i64) -> bool {
        [Some(ramp), None].iter().any(|named| self.0.get(&(lane, *named)).is_some_and(|ranges| ranges.hold(number)))
    }
}

impl Ranges {
    fn add(&mut self, mut first: i64, mut last: i64) {
        while let Some((&begin, &end)) = self.0.range(..=last.saturating_add(1)).next_back() {
            if end.saturating_add(1) < first {
                break;
            }
            (first, last) = (first.min(begin), last.max(end));
            self.0.remove(&begin);
        }
        self.0.insert(first, last);
    }

    fn hold(&self, number: i64) -> bool {
        self.0.range(..=number).next_back().is_some_and(|(_, last)| *last >= number)
    }
}

fn runs(numbers: &BTreeSet<(i32, i64)>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for &(lane, number) in numbers {
        match runs.last_mut() {
            Some(run) if run.lane == lane && number.saturating_sub(run.high) <= APART => run.high = number,
            Some(_) | None => runs.push(Run { lane, low: number, high: number }),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_that_are_near_are_asked_for_together_and_those_of_another_lane_are_not() {
        let numbers = BTreeSet::from([(1, 5), (1, 6), (1, 6 + APART), (1, 7 + APART + APART), (2, 6)]);
        let run = |lane, low, high| Run { lane, low, high };
        let apart = 7 + APART + APART;
        assert_eq!(runs(&numbers), [run(1, 5, 6 + APART), run(1, apart, apart), run(2, 6, 6)]);
    }

    proptest! {
        #[test]
        fn ccip_8_a_number_is_held_exactly_when_a_range_that_was_added_holds_it(
            added in proptest::collection::vec((0_i64..100, 0_i64..10), 0..20),
            number in 0_i64..120,
        ) {
            let mut ranges = Ranges::default();
            for (first, width) in &added {
                ranges.add(*first, first + width);
            }
            let held = added.iter().any(|(first, width)| (*first..=first + width).contains(&number));
            prop_assert_eq!(ranges.hold(number), held);
        }
    }
}

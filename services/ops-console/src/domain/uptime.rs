//! What the last days were like, from spans of conditions.

use std::time::Duration;

use causeway_primitives::{Ppm, Timestamp, U256};

use super::condition::Condition;

/// Seconds of a UTC day. Leap seconds are not counted by the clocks that these times come from.
const DAY_SECONDS: u64 = 86_400;

/// A time in which a service was the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// How it was.
    pub condition: Condition,
    /// From when.
    pub from: Timestamp,
    /// Up to when it was seen so.
    pub until: Timestamp,
}

/// A UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// When it begins.
    pub begins: Timestamp,
    /// For how long it was seen to be so.
    pub ok: Duration,
    /// For how long with less than it should.
    pub degraded: Duration,
    /// For how long not at all.
    pub down: Duration,
}

impl Day {
    /// The time that anybody knows of.
    pub const fn known(&self) -> Duration {
        self.ok.saturating_add(self.degraded).saturating_add(self.down)
    }

    /// The part of the known time in which it served; `None` when nothing is known.
    pub fn availability(&self) -> Option<Ppm> {
        share(self.ok.saturating_add(self.degraded), self.known())
    }

    /// The worst that was seen; Unknown when nothing was.
    pub const fn worst(&self) -> Condition {
        if !self.down.is_zero() {
            Condition::Down
        } else if !self.degraded.is_zero() {
            Condition::Degraded
        } else if !self.ok.is_zero() {
            Condition::Ok
        } else {
            Condition::Unknown
        }
    }
}

/// The last `count` days, oldest first, today at the end. Spans may come in any order and must not overlap.
pub fn days(now: Timestamp, count: u64, spans: &[Span]) -> Vec<Day> {
    let today = now.as_secs().checked_div(DAY_SECONDS).unwrap_or_default();
    let oldest = today.saturating_sub(count.saturating_sub(1));
    (oldest..=today)
        .filter_map(|day| Timestamp::from_secs(day.saturating_mul(DAY_SECONDS)).ok())
        .map(|begins| day(begins, spans))
        .collect()
}

fn day(begins: Timestamp, spans: &[Span]) -> Day {
    let ends = begins.after(Duration::from_secs(DAY_SECONDS));
    let mut day = Day { begins, ok: Duration::ZERO, degraded: Duration::ZERO, down: Duration::ZERO };
    for span in spans {
        let within = span.until.min(ends).since(span.from.max(begins));
        match span.condition {
            Condition::Ok => day.ok = day.ok.saturating_add(within),
            Condition::Degraded => day.degraded = day.degraded.saturating_add(within),
            Condition::Down => day.down = day.down.saturating_add(within),
            Condition::Unknown => {}
        }
    }
    day
}

/// The part of the known time of all these days in which it served; `None` when nothing is known.
pub fn availability(days: &[Day]) -> Option<Ppm> {
    let sum = |of: fn(&Day) -> Duration| days.iter().fold(Duration::ZERO, |sum, day| sum.saturating_add(of(day)));
    share(sum(|day| day.ok.saturating_add(day.degraded)), sum(Day::known))
}

fn share(part: Duration, whole: Duration) -> Option<Ppm> {
    (!whole.is_zero()).then(|| Ppm::of(U256::from(part.as_millis()), U256::from(whole.as_millis())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The beginning of a day.
    const DAWN: u64 = 1_790_035_200;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(DAWN + seconds).unwrap()
    }

    fn span(condition: Condition, from: u64, until: u64) -> Span {
        Span { condition, from: at(from), until: at(until) }
    }

    #[test]
    fn ops_1_a_span_over_midnight_is_counted_in_both_days() {
        let found =
            days(at(DAY_SECONDS + 7_200), 2, &[span(Condition::Down, DAY_SECONDS - 3_600, DAY_SECONDS + 1_800)]);
        let down: Vec<u64> = found.iter().map(|day| day.down.as_secs()).collect();
        assert_eq!(down, [3_600, 1_800]);
        assert_eq!(found[0].begins, at(0));
    }

    #[test]
    fn ops_1_a_time_that_nobody_saw_is_neither_up_nor_down() {
        let spans =
            [span(Condition::Ok, 0, 900), span(Condition::Unknown, 900, 2_000), span(Condition::Down, 2_000, 2_100)];
        let today = days(at(3_000), 1, &spans)[0];
        assert_eq!(today.known(), Duration::from_secs(1_000));
        assert_eq!(today.availability(), Some(Ppm::new(900_000)));
        assert_eq!(today.worst(), Condition::Down);
        let nothing = days(at(0), 90, &[]);
        assert_eq!((nothing.len(), availability(&nothing)), (90, None));
        assert!(nothing.iter().all(|day| day.worst() == Condition::Unknown));
    }

    #[test]
    fn a_degraded_service_still_serves() {
        let today = days(at(3_000), 1, &[span(Condition::Degraded, 0, 100)])[0];
        assert_eq!((today.availability(), today.worst()), (Some(Ppm::WHOLE), Condition::Degraded));
    }

    proptest! {
        #[test]
        fn no_second_is_lost_or_counted_twice(cuts in proptest::collection::vec(0_u64..400_000, 2..20)) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            let conditions = [Condition::Ok, Condition::Degraded, Condition::Down];
            let spans: Vec<Span> = cuts.windows(2).enumerate()
                .map(|(index, cut)| span(conditions[index % 3], cut[0], cut[1])).collect();
            let known: u64 = days(at(400_000), 6, &spans).iter().map(|day| day.known().as_secs()).sum();
            prop_assert_eq!(known, cuts[cuts.len() - 1] - cuts[0]);
        }
    }
}

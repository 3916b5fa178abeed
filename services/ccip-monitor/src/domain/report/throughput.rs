//! When messages come (CCIP-12): by day, by hour of the day, the busiest hours, and how much room is left.
//!
//! Room is measured against the highest hour that a lane had in a year: CCIP limits the value that passes in a time and not
//! the number of messages, so no lane has a limit in messages that could be read.

use std::collections::BTreeMap;

use causeway_primitives::{Ppm, Timestamp, U256};

use super::rows::{Hour, Rows};

/// Milliseconds of an hour.
const HOUR_MILLIS: u64 = 3_600_000;

/// So many hours of the day are named as peaks.
const PEAKS: usize = 3;

/// Messages over time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Throughput {
    /// UTC days with a message, in order.
    pub days: Vec<Count>,
    /// The busiest hours of the day, by sends, all days together: hour (0 to 23, UTC) and sends.
    pub peak_hours: Vec<(u64, u64)>,
    /// Mean sends an hour over the whole window, in thousandths.
    pub mean_per_hour_milli: u64,
    /// Each lane's room.
    pub room: Vec<Room>,
}

/// Messages of a day or an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Its beginning.
    pub start: Timestamp,
    /// Messages sent in it.
    pub sent: u64,
    /// Messages executed in it, whenever they were sent.
    pub executed: u64,
}

/// How much room a lane had in its busiest hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The lane.
    pub lane: String,
    /// The busiest hour of the window.
    pub busiest: Count,
    /// The highest hour in the year up to the end of the window.
    pub highest: Count,
    /// What of `highest` was not used in `busiest`; zero: the busiest hour is the highest of them.
    pub headroom: Ppm,
}

pub(super) fn throughput(rows: &Rows, hours_of_window: u64) -> Throughput {
    let sent = rows.hours.iter().map(|hour| hour.sent).fold(0_u64, u64::saturating_add);
    Throughput {
        days: days(&rows.hours),
        peak_hours: peak_hours(&rows.hours),
        mean_per_hour_milli: sent.saturating_mul(1_000).checked_div(hours_of_window).unwrap_or(0),
        room: rows.peaks.iter().filter_map(|peak| room(peak, &rows.hours)).collect(),
    }
}

const fn count(hour: &Hour) -> Count {
    Count { start: hour.start, sent: hour.sent, executed: hour.executed }
}

fn days(hours: &[Hour]) -> Vec<Count> {
    let mut days: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    for hour in hours {
        let start = floor(hour.start, HOUR_MILLIS.saturating_mul(24));
        let (sent, executed) = days.entry(start).or_default();
        *sent = sent.saturating_add(hour.sent);
        *executed = executed.saturating_add(hour.executed);
    }
    let day = |(start, (sent, executed))| Count { start: time(start), sent, executed };
    days.into_iter().map(day).collect()
}

fn peak_hours(hours: &[Hour]) -> Vec<(u64, u64)> {
    let mut of_day: BTreeMap<u64, u64> = BTreeMap::new();
    for hour in hours {
        let number = hour.start.as_millis().checked_div(HOUR_MILLIS).and_then(|hours| hours.checked_rem(24));
        let sent = of_day.entry(number.unwrap_or(0)).or_default();
        *sent = sent.saturating_add(hour.sent);
    }
    let mut of_day: Vec<_> = of_day.into_iter().filter(|(_, sent)| *sent > 0).collect();
    of_day.sort_by_key(|(hour, sent)| (std::cmp::Reverse(*sent), *hour));
    of_day.truncate(PEAKS);
    of_day
}

/// `None` for a lane that sent nothing in the window.
fn room(peak: &Hour, hours: &[Hour]) -> Option<Room> {
    let of_lane = hours.iter().filter(|hour| hour.lane == peak.lane && hour.sent > 0);
    // The first of several equal ones, so that the report is the same each time.
    let busiest = of_lane.max_by_key(|hour| (hour.sent, std::cmp::Reverse(hour.start)))?;
    let used = Ppm::of(U256::from(busiest.sent), U256::from(peak.sent));
    let headroom = Ppm::new(Ppm::WHOLE.get().saturating_sub(used.get()));
    Some(Room { lane: peak.lane.clone(), busiest: count(busiest), highest: count(peak), headroom })
}

fn floor(at: Timestamp, unit: u64) -> u64 {
    at.as_millis().saturating_sub(at.as_millis().checked_rem(unit).unwrap_or(0))
}

fn time(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap_or(Timestamp::EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(lane: &str, text: &str, sent: u64, executed: u64) -> Hour {
        Hour { lane: lane.to_owned(), start: Timestamp::from_rfc3339(text).unwrap(), sent, executed }
    }

    fn rows() -> Rows {
        let hours = vec![
            hour("a", "2026-03-01T09:00:00Z", 4, 4),
            hour("a", "2026-03-01T23:00:00Z", 1, 0),
            hour("a", "2026-03-02T09:00:00Z", 6, 7),
            hour("b", "2026-03-02T09:00:00Z", 6, 0),
        ];
        let peaks = vec![hour("a", "2026-01-01T00:00:00Z", 24, 0), hour("b", "2026-03-02T09:00:00Z", 6, 0)];
        Rows { hours, peaks, ..Rows::default() }
    }

    #[test]
    fn ccip_12_hours_make_days_and_peaks() {
        let found = throughput(&rows(), 48);
        let days: Vec<_> = found.days.iter().map(|day| (day.start.to_string(), day.sent, day.executed)).collect();
        assert_eq!(days, [("2026-03-01T00:00:00Z".to_owned(), 5, 4), ("2026-03-02T00:00:00Z".to_owned(), 12, 7)]);
        assert_eq!(found.peak_hours, [(9, 16), (23, 1)]);
        // 17 messages in 48 hours.
        assert_eq!(found.mean_per_hour_milli, 354);
    }

    #[test]
    fn ccip_12_room_is_what_the_highest_hour_ever_leaves() {
        let room = throughput(&rows(), 48).room;
        assert_eq!((room[0].lane.as_str(), room[0].busiest.sent, room[0].headroom), ("a", 6, Ppm::new(750_000)));
        assert_eq!((room[1].lane.as_str(), room[1].headroom), ("b", Ppm::ZERO));
        assert!(throughput(&Rows { hours: Vec::new(), ..rows() }, 48).room.is_empty());
    }
}

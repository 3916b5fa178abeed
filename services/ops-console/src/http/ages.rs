//! Times for people: how long ago, and exactly when.

use std::time::Duration;

use causeway_primitives::Timestamp;
use time::{format_description::BorrowedFormatItem, macros::format_description};

const EXACT: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// A time as pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Age {
    /// `12 s ago`.
    pub(super) ago: String,
    /// `2026-11-21 15:04:05 UTC`.
    pub(super) exact: String,
}

impl Age {
    pub(super) fn of(at: Timestamp, now: Timestamp) -> Self {
        Self { ago: format!("{} ago", span(now.since(at))), exact: exact(at) }
    }

    /// The same of a time that may lie ahead.
    pub(super) fn to(at: Timestamp, now: Timestamp) -> Self {
        if at > now { Self { ago: format!("in {}", span(at.since(now))), exact: exact(at) } } else { Self::of(at, now) }
    }
}

/// To the second, in UTC.
pub(super) fn exact(at: Timestamp) -> String {
    at.to_datetime().format(EXACT).unwrap_or_default()
}

/// The day, in UTC.
pub(super) fn day(at: Timestamp) -> String {
    at.to_datetime().format(DAY).unwrap_or_default()
}

/// The two greatest units that say something.
pub(super) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => format!("{hours} h {} min", minutes % 60),
        (_, _, _) => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ops_1_times_are_told_in_words_and_to_the_second() {
        let at = Timestamp::from_secs(1_795_273_200).unwrap();
        let age = Age::of(at, at.after(Duration::from_secs(3_900)));
        assert_eq!((age.ago.as_str(), age.exact.as_str()), ("1 h 5 min ago", "2026-11-21 15:00:00 UTC"));
        assert_eq!(Age::to(at.after(Duration::from_secs(61)), at).ago, "in 1 min");
        for (seconds, words) in [(0, "0 s"), (59, "59 s"), (60, "1 min"), (86_400, "1 d 0 h"), (7_199, "1 h 59 min")] {
            assert_eq!(span(Duration::from_secs(seconds)), words);
        }
        assert_eq!(day(at), "2026-11-21");
    }
}

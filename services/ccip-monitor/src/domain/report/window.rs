//! The window that a report is about.

use std::time::Duration;

use causeway_primitives::Timestamp;

/// Milliseconds of a UTC day.
const DAY_MILLIS: u64 = 86_400_000;

/// The longest window: a leap year. Hours of a longer one are no page that anybody reads.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// Why two times are no window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// The end is not after the beginning.
    #[error("a window ends after it begins")]
    Empty,
    /// Too long.
    #[error("a window is at most 366 days long")]
    TooLong,
}

/// How long a usual window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 30 days.
    Month,
}

impl Span {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// The name in addresses, arguments and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The span of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|span| span.as_str() == name)
    }

    const fn days(self) -> u64 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
        }
    }
}

/// Sends at or after `from` and before `before`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    from: Timestamp,
    before: Timestamp,
}

impl Window {
    /// # Errors
    /// [`Invalid`] for an empty window or one of more than 366 days.
    pub fn new(from: Timestamp, before: Timestamp) -> Result<Self, Invalid> {
        if before <= from {
            return Err(Invalid::Empty);
        }
        if before.since(from) > LONGEST {
            return Err(Invalid::TooLong);
        }
        Ok(Self { from, before })
    }

    /// The whole UTC days that end with the last midnight: the same report all day long.
    pub fn ending_before(now: Timestamp, span: Span) -> Self {
        let end = now.as_millis().saturating_sub(now.as_millis().checked_rem(DAY_MILLIS).unwrap_or(0));
        let start = end.saturating_sub(span.days().saturating_mul(DAY_MILLIS));
        let time = |millis| Timestamp::from_millis(millis).unwrap_or(Timestamp::EPOCH);
        Self { from: time(start), before: time(end) }
    }

    /// The window of the same length just before this one.
    #[must_use]
    pub fn previous(self) -> Self {
        let length = self.before.as_millis().saturating_sub(self.from.as_millis());
        let start = self.from.as_millis().saturating_sub(length);
        Self { from: Timestamp::from_millis(start).unwrap_or(Timestamp::EPOCH), before: self.from }
    }

    /// Its beginning, which is within.
    pub const fn from(self) -> Timestamp {
        self.from
    }

    /// Its end, which is not within.
    pub const fn before(self) -> Timestamp {
        self.before
    }

    /// How long it is.
    pub const fn length(self) -> Duration {
        self.before.since(self.from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_rfc3339(text).unwrap()
    }

    #[test]
    fn ccip_12_usual_windows_are_whole_days() {
        let week = Window::ending_before(at("2026-03-10T17:20:00Z"), Span::Week);
        assert_eq!((week.from(), week.before()), (at("2026-03-03T00:00:00Z"), at("2026-03-10T00:00:00Z")));
        assert_eq!(week.previous(), Window::ending_before(at("2026-03-03T00:00:00Z"), Span::Week));
        assert_eq!(Window::ending_before(Timestamp::EPOCH, Span::Day).length(), Duration::ZERO);
        for span in Span::ALL {
            assert_eq!(Span::from_name(span.as_str()), Some(span));
        }
    }

    #[test]
    fn ccip_12_a_window_has_a_length_and_a_longest() {
        let from = at("2026-03-10T00:00:00Z");
        assert_eq!(Window::new(from, from), Err(Invalid::Empty));
        assert_eq!(Window::new(from, at("2028-03-10T00:00:00Z")), Err(Invalid::TooLong));
        assert_eq!(Window::new(from, at("2027-03-10T00:00:00Z")).unwrap().length().as_secs(), 365 * 86_400);
    }
}

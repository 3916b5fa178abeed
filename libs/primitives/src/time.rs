//! Two clocks as types: wall time, which people and venues write, and monotonic time, which ages are
//! measured on. They never mix, so a clock step can make no price young or old.

use std::{fmt, time::Duration};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Why a text or a number is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not RFC 3339, or outside the years 1970 to 9999.
    #[error("not a time between the years 1970 and 9999")]
    Malformed,
}

/// The last millisecond of the year 9999: beyond it RFC 3339 has no notation.
const MAX_MILLIS: u64 = 253_402_300_799_999;

/// A point in wall time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The start of the epoch.
    pub const EPOCH: Self = Self(0);

    /// # Errors
    /// [`TimeError`] after the year 9999.
    pub const fn from_millis(millis: u64) -> Result<Self, TimeError> {
        if millis <= MAX_MILLIS { Ok(Self(millis)) } else { Err(TimeError::Malformed) }
    }

    /// # Errors
    /// [`TimeError`] after the year 9999.
    pub const fn from_secs(seconds: u64) -> Result<Self, TimeError> {
        Self::from_millis(seconds.saturating_mul(1_000))
    }

    /// # Errors
    /// [`TimeError`] when the text is no RFC 3339 time. Digits below the millisecond are cut off.
    pub fn from_rfc3339(text: &str) -> Result<Self, TimeError> {
        let parsed = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| TimeError::Malformed)?;
        let millis = parsed.unix_timestamp_nanos().div_euclid(1_000_000);
        Self::from_millis(u64::try_from(millis).map_err(|_| TimeError::Malformed)?)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch, as block times are counted.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1_000
    }

    /// How long after `earlier` this is; zero when it is before.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// This time and so much more, held at the end of the year 9999.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis).min(MAX_MILLIS))
    }

    /// As the standard library's neighbour that PostgreSQL and protobuf adapters take.
    pub fn to_datetime(self) -> OffsetDateTime {
        let nanos = i128::from(self.0).saturating_mul(1_000_000);
        OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// # Errors
    /// [`TimeError`] before 1970 or after 9999.
    pub fn from_datetime(value: OffsetDateTime) -> Result<Self, TimeError> {
        let millis = value.unix_timestamp_nanos().div_euclid(1_000_000);
        Self::from_millis(u64::try_from(millis).map_err(|_| TimeError::Malformed)?)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with as many digits as needed: `2017-04-19T09:00:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_datetime().format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A point on the process's monotonic clock: time since an arbitrary start. Never stored, never sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Monotonic(Duration);

impl Monotonic {
    /// A reading of the clock.
    pub const fn new(since_start: Duration) -> Self {
        Self(since_start)
    }

    /// How long after `earlier` this is; zero when it is before.
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// This reading and so much more.
    #[must_use]
    pub const fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_three_notations_that_venues_mix() {
        let expected = Timestamp::from_millis(1_675_329_600_138).unwrap();
        assert_eq!(Timestamp::from_rfc3339("2023-02-02T09:20:00.138914Z"), Ok(expected));
        assert_eq!(Timestamp::from_rfc3339("2023-02-02T10:20:00.138+01:00"), Ok(expected));
        assert_eq!(Timestamp::from_secs(1_675_329_600).unwrap().to_string(), "2023-02-02T09:20:00Z");
    }

    #[test]
    fn refuses_times_without_a_notation() {
        assert!(Timestamp::from_millis(u64::MAX).is_err());
        assert!(Timestamp::from_secs(u64::MAX).is_err());
        assert!(Timestamp::from_rfc3339("1969-12-31T23:59:59Z").is_err());
        assert!(Timestamp::from_rfc3339("yesterday").is_err());
    }

    #[test]
    fn spans_saturate_instead_of_wrapping() {
        assert_eq!(Timestamp::EPOCH.since(Timestamp::from_secs(5).unwrap()), Duration::ZERO);
        assert_eq!(Timestamp::EPOCH.after(Duration::MAX).to_string(), "9999-12-31T23:59:59.999Z");
        let start = Monotonic::new(Duration::from_secs(9));
        assert_eq!(start.since(start.after(Duration::from_secs(1))), Duration::ZERO);
    }
}

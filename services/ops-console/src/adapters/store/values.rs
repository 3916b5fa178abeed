//! Between columns and values.

use causeway_primitives::Timestamp;
use causeway_store::Error;
use time::OffsetDateTime;

use crate::domain::condition::Condition;

pub(super) fn timestamp(value: OffsetDateTime, column: &'static str) -> Result<Timestamp, Error> {
    Timestamp::from_datetime(value).map_err(|_| Error::Unreadable { column })
}

pub(super) fn condition(text: &str) -> Result<Condition, Error> {
    Condition::from_name(text).ok_or(Error::Unreadable { column: "span.condition" })
}

/// Numbers that the database gives begin with 1.
pub(super) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}

/// Numbers that we count up stay far below the end of a column.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

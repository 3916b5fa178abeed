//! Domain values ↔ columns.

use causeway_primitives::{Address, B256, Timestamp};
use causeway_store::Error;
use time::OffsetDateTime;

pub(super) fn timestamp(value: OffsetDateTime, column: &'static str) -> Result<Timestamp, Error> {
    Timestamp::from_datetime(value).map_err(|_| Error::Unreadable { column })
}

pub(super) fn hash(value: &[u8], column: &'static str) -> Result<B256, Error> {
    B256::try_from(value).map_err(|_| Error::Unreadable { column })
}

pub(super) fn address(value: &[u8], column: &'static str) -> Result<Address, Error> {
    Address::try_from(value).map_err(|_| Error::Unreadable { column })
}

pub(super) fn unsigned(value: i64, column: &'static str) -> Result<u64, Error> {
    u64::try_from(value).map_err(|_| Error::Unreadable { column })
}

pub(super) fn small(value: i32, column: &'static str) -> Result<u32, Error> {
    u32::try_from(value).map_err(|_| Error::Unreadable { column })
}

pub(super) fn parse<T: std::str::FromStr>(text: &str, column: &'static str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Unreadable { column })
}

/// A column that the schema lets be empty and this row does not.
pub(super) fn there<T>(value: Option<T>, column: &'static str) -> Result<T, Error> {
    value.ok_or(Error::Unreadable { column })
}

/// Indexes and heights grow by one and never reach the sign bit.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// As [`signed`], for counters that stay small.
pub(super) fn signed_small(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// Rows as columns, for statements that write many at once.
pub(super) trait Column<T> {
    /// One value of each row.
    fn column<V>(&self, value: impl Fn(&T) -> V) -> Vec<V>;
}

impl<T> Column<T> for [T] {
    fn column<V>(&self, value: impl Fn(&T) -> V) -> Vec<V> {
        self.iter().map(value).collect()
    }
}

//! Domain values ↔ columns.

use causeway_primitives::{B256, Timestamp};
use causeway_store::Error;
use time::OffsetDateTime;

use crate::domain::canonical::{Canonical, decode};

pub(super) fn timestamp(value: OffsetDateTime, column: &'static str) -> Result<Timestamp, Error> {
    Timestamp::from_datetime(value).map_err(|_| Error::Unreadable { column })
}

pub(super) fn hash(value: &[u8], column: &'static str) -> Result<B256, Error> {
    B256::try_from(value).map_err(|_| Error::Unreadable { column })
}

pub(super) fn unsigned(value: i64, column: &'static str) -> Result<u64, Error> {
    u64::try_from(value).map_err(|_| Error::Unreadable { column })
}

pub(super) fn parse<T: std::str::FromStr>(text: &str, column: &'static str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Unreadable { column })
}

/// Canonical bytes that this version wrote.
pub(super) fn record<T: Canonical>(kind: &'static str, bytes: &[u8], column: &'static str) -> Result<T, Error> {
    decode(kind, bytes).map_err(|_| Error::Unreadable { column })
}

/// Epochs, sequences and indexes grow by one and never reach the sign bit.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

//! Domain values ↔ columns.

use causeway_primitives::{Answer, B256, I256, RoundId, Timestamp};
use causeway_store::Error;
use time::OffsetDateTime;

pub(super) fn timestamp(value: OffsetDateTime, column: &'static str) -> Result<Timestamp, Error> {
    Timestamp::from_datetime(value).map_err(|_| Error::Unreadable { column })
}

pub(super) fn digest(value: &[u8], column: &'static str) -> Result<B256, Error> {
    B256::try_from(value).map_err(|_| Error::Unreadable { column })
}

pub(super) fn unsigned(value: i64, column: &'static str) -> Result<u64, Error> {
    u64::try_from(value).map_err(|_| Error::Unreadable { column })
}

pub(super) fn answer(text: &str, column: &'static str) -> Result<Answer, Error> {
    I256::from_dec_str(text).map(Answer::new).map_err(|_| Error::Unreadable { column })
}

pub(super) fn round_id(text: &str, column: &'static str) -> Result<RoundId, Error> {
    text.parse().map(RoundId::new).map_err(|_| Error::Unreadable { column })
}

pub(super) fn parse<T: std::str::FromStr>(text: &str, column: &'static str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Unreadable { column })
}

/// Ids of rows grow from 1 and never reach the sign bit.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

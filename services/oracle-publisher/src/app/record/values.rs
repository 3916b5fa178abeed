//! Domain values as text and numbers, and back.

use std::time::Duration;

use causeway_primitives::{Answer, I256, Ppm, Price, Timestamp};

use super::Error;

pub(super) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

pub(super) const fn span(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(super) fn time(millis: u64, field: &'static str) -> Result<Timestamp, Error> {
    Timestamp::from_millis(millis).map_err(|_| Error::Value(field))
}

pub(super) fn price(text: &str, field: &'static str) -> Result<Price, Error> {
    text.parse().map_err(|_| Error::Value(field))
}

pub(super) fn answer(text: &str, field: &'static str) -> Result<Answer, Error> {
    I256::from_dec_str(text).map(Answer::new).map_err(|_| Error::Value(field))
}

pub(super) const fn ppm(parts: u64) -> Ppm {
    Ppm::new(parts)
}

pub(super) fn parse<T: std::str::FromStr>(text: &str, field: &'static str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::Value(field))
}

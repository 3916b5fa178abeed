//! Every dialect against payloads in the shapes that the venues document, and against anything else.

mod fixtures;
mod hostile;
mod rest;
mod socket;

use super::*;

/// A dialect, the symbol that its fixtures are about, and those fixtures.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) exchange: Exchange,
    pub(super) symbol: &'static str,
    pub(super) answer: &'static str,
    pub(super) frame: Option<&'static str>,
}

pub(super) fn asked(symbol: &str) -> Vec<String> {
    vec![symbol.to_owned()]
}

pub(super) fn quote(price: &str, time: Option<&str>) -> Result<Quote, Rejected> {
    let venue_time = time.map(|text| Timestamp::from_rfc3339(text).expect("a time"));
    Ok(Quote { price: price.parse().expect("a price"), venue_time })
}

pub(super) fn readings(symbol: &str, outcome: Result<Quote, Rejected>) -> Vec<Reading> {
    vec![Reading { symbol: symbol.to_owned(), outcome }]
}

//! The venues' formats from the venue's side: what each answers, streams and understands.
//!
//! Written from the vendors' documentation, apart from any client. Prices are put into the text digit by
//! digit: a detour over binary floating point here would hide one in the client.

mod binance;
mod bitstamp;
mod coinbase;
mod coingecko;
mod kraken;
mod okx;

use std::{
    collections::{BTreeMap, btree_map::Keys},
    fmt::Debug,
};

use axum::http::{HeaderMap, Uri};
use causeway_primitives::{Decimal, Timestamp};
use serde_json::Value;

/// A venue that is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Venue {
    /// Binance spot.
    Binance,
    /// Coinbase Exchange.
    Coinbase,
    /// Kraken spot.
    Kraken,
    /// OKX version 5.
    Okx,
    /// Bitstamp version 2.
    Bitstamp,
    /// CoinGecko version 3.
    CoinGecko,
}

impl Venue {
    /// Each of them.
    pub const ALL: [Self; 6] =
        [Self::Binance, Self::Coinbase, Self::Kraken, Self::Okx, Self::Bitstamp, Self::CoinGecko];

    /// The name as the services' configurations write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Binance => "binance",
            Self::Coinbase => "coinbase",
            Self::Kraken => "kraken",
            Self::Okx => "okx",
            Self::Bitstamp => "bitstamp",
            Self::CoinGecko => "coingecko",
        }
    }
}

/// A price of a market at a moment.
#[derive(Debug, Clone)]
pub(super) struct Quote {
    pub(super) base: String,
    pub(super) quote: String,
    pub(super) price: Decimal,
    pub(super) at: Timestamp,
    pub(super) sequence: u64,
}

/// What a REST request is answered with.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
    pub(super) headers: Vec<(&'static str, u64)>,
}

impl Answer {
    pub(super) const fn ok(body: String) -> Self {
        Self { status: 200, body, headers: Vec::new() }
    }

    pub(super) fn error(status: u16, body: &str) -> Self {
        Self { status, body: body.to_owned(), headers: Vec::new() }
    }
}

/// What a message from the client leads to.
#[derive(Debug)]
pub(super) enum Reaction {
    Reply(String),
    Subscribe(String),
}

/// One venue's format.
pub(super) trait Wire: Debug + Send + Sync {
    /// The venue's name of a market.
    fn symbol(&self, base: &str, quote: &str) -> String;

    /// What the documented base address has after the host.
    fn rest_prefix(&self) -> &'static str {
        ""
    }

    /// Where the WebSocket is; empty where there is none.
    fn socket_path(&self) -> &'static str;

    /// Answers the request with this number.
    fn answer(&self, uri: &Uri, headers: &HeaderMap, quotes: &[Quote], number: u64) -> Answer;

    /// What is said before anything is asked.
    fn greeting(&self) -> Vec<String> {
        Vec::new()
    }

    /// Understands a message from the client.
    fn hear(&self, text: &str, known: &[String]) -> Vec<Reaction>;

    /// Tells a price.
    fn tick(&self, quote: &Quote) -> String;

    /// Shows that it lives while nothing changes.
    fn beat(&self, _subscribed: Keys<'_, String, Option<Decimal>>) -> Vec<String> {
        Vec::new()
    }

    /// Whether an unchanged price is told again with each beat.
    fn repeats_prices(&self) -> bool {
        false
    }
}

pub(super) fn wire_of(venue: Venue) -> &'static dyn Wire {
    match venue {
        Venue::Binance => &binance::Binance,
        Venue::Coinbase => &coinbase::Coinbase,
        Venue::Kraken => &kraken::Kraken,
        Venue::Okx => &okx::Okx,
        Venue::Bitstamp => &bitstamp::Bitstamp,
        Venue::CoinGecko => &coingecko::CoinGecko,
    }
}

/// The parameters of a query string; nothing the venues' clients send needs decoding.
fn query(uri: &Uri) -> BTreeMap<&str, &str> {
    uri.query().unwrap_or_default().split('&').filter_map(|part| part.split_once('=')).collect()
}

/// The texts in the list at a JSON pointer; none where there is no such list.
fn texts<'a>(message: &'a Value, pointer: &str) -> impl Iterator<Item = &'a str> {
    message.pointer(pointer).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The text at a JSON pointer.
fn text<'a>(message: &'a Value, pointer: &str) -> &'a str {
    message.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The market of which `name` is the symbol.
fn find<'a>(wire: &dyn Wire, quotes: &'a [Quote], name: &str) -> Option<&'a Quote> {
    quotes.iter().find(|quote| wire.symbol(&quote.base, &quote.quote) == name)
}

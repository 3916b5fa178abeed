//! What the venues have in common, seen from a parser: requests out, readings in.
//!
//! A dialect turns text into values and nothing else: no I/O, no clock, no memory of earlier frames. What
//! a venue documents wrongly, renames or leaves out is dealt with in its own module below this one.

pub(crate) mod binance;
pub(crate) mod bitstamp;
pub(crate) mod coinbase;
pub(crate) mod coingecko;
pub(crate) mod documents;
pub(crate) mod kraken;
pub(crate) mod okx;

use std::{fmt::Debug, sync::Arc};

use causeway_primitives::{Pair, Price, PriceError, TimeError, Timestamp};
use serde::Deserialize;

use super::{
    exact::{Text, TimeFormat, excerpt},
    settings::Exchange,
};

/// A document that a venue answers prices with, over HTTP.
pub(crate) trait Dialect: Debug + Send + Sync {
    /// The requests that together ask for every symbol. Symbols share a request only where an unknown one
    /// among them cannot spoil the answer for the others.
    fn requests(&self, symbols: &[String]) -> Vec<Request>;

    /// Reads the answer to a request for the symbols `asked`.
    fn read(&self, body: &[u8], asked: &[String]) -> Result<Vec<Reading>, Error>;
}

/// A protocol that a venue streams prices in, over a WebSocket.
pub(crate) trait SocketDialect: Debug + Send + Sync {
    /// The messages that together subscribe every symbol.
    fn subscriptions(&self, symbols: &[String]) -> Vec<String>;

    /// What the venue wants to be sent from time to time; `None` where it pings by itself.
    fn ping(&self) -> Option<&'static str>;

    /// Reads one text message.
    fn read(&self, text: &str) -> Result<Frame, Error>;
}

/// One request: a path and query below the base address, and which symbols (by index) it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) asked: Vec<usize>,
}

impl Request {
    /// A request per symbol.
    pub(crate) fn each(symbols: &[String], path: impl Fn(&str) -> String) -> Vec<Self> {
        symbols.iter().enumerate().map(|(index, symbol)| Self { path: path(symbol), asked: vec![index] }).collect()
    }
}

/// What was said about one symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) symbol: String,
    pub(crate) outcome: Result<Quote, Rejected>,
}

/// A price and the venue's own time of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quote {
    pub(crate) price: Price,
    pub(crate) venue_time: Option<Timestamp>,
}

impl Reading {
    /// Reads price and time; a document that documents a time has to hold a good one.
    pub(crate) fn new(symbol: impl Into<String>, price: Text<'_>, time: Option<(Text<'_>, TimeFormat)>) -> Self {
        let venue_time = time.map(|(text, format)| text.time(format)).transpose();
        let outcome = match (price.price(), venue_time) {
            (Ok(price), Ok(venue_time)) => Ok(Quote { price, venue_time }),
            (Err(error), _) => Err(Rejected::Price(error)),
            (Ok(_), Err(error)) => Err(Rejected::Time(error)),
        };
        Self { symbol: symbol.into(), outcome }
    }
}

/// Why one symbol's entry in an otherwise good document gave no quote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Rejected {
    #[error("unusable price")]
    Price(#[source] PriceError),
    #[error("unusable time")]
    Time(#[source] TimeError),
    #[error("no entry for the symbol")]
    Missing,
}

/// What a WebSocket message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame {
    /// Prices.
    Readings(Vec<Reading>),
    /// The subscription stands.
    Acknowledged(Scope),
    /// The subscription does not stand; not every venue says which one.
    Refused { symbol: Option<String>, detail: String },
    /// Nothing changed since the last price.
    Alive(Scope),
    /// The venue is about to close the connection and wants us back on another.
    Reconnect,
    /// Documented, and of no use to us; or of a type that the venue tells its clients to ignore.
    Notice,
}

/// Which symbols of a connection are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    All,
    Symbols(Vec<String>),
}

/// Why a payload could not be read. Holds at most an excerpt of what the venue sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    #[error("not the document that the venue describes")]
    Shape,
    #[error("answered about another symbol than the one asked for")]
    Unasked,
    #[error("the venue answered with an error: {0}")]
    Refused(String),
}

impl Error {
    pub(crate) fn refused(message: &str) -> Self {
        Self::Refused(excerpt(message))
    }
}

/// Any JSON that does not fit is [`Error::Shape`]: serde's own message would quote the payload.
pub(crate) fn parse<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, Error> {
    serde_json::from_slice(json).map_err(|_| Error::Shape)
}

/// The REST dialect of an exchange.
pub(crate) fn rest_of(exchange: Exchange) -> Arc<dyn Dialect> {
    match exchange {
        Exchange::Binance => Arc::new(binance::Binance),
        Exchange::Coinbase => Arc::new(coinbase::Coinbase),
        Exchange::Kraken => Arc::new(kraken::Kraken),
        Exchange::Okx => Arc::new(okx::Okx),
        Exchange::Bitstamp => Arc::new(bitstamp::Bitstamp),
        Exchange::CoinGecko => Arc::new(coingecko::CoinGecko),
    }
}

/// The WebSocket dialect of an exchange that has one.
pub(crate) fn socket_of(exchange: Exchange) -> Option<Arc<dyn SocketDialect>> {
    match exchange {
        Exchange::Binance => Some(Arc::new(binance::Binance)),
        Exchange::Coinbase => Some(Arc::new(coinbase::Coinbase)),
        Exchange::Kraken => Some(Arc::new(kraken::Kraken)),
        Exchange::Okx => Some(Arc::new(okx::Okx)),
        Exchange::Bitstamp => Some(Arc::new(bitstamp::Bitstamp)),
        Exchange::CoinGecko => None,
    }
}

/// The exchange's own spelling of a pair; `None` where it has to be set by hand.
pub(crate) fn symbol_of(exchange: Exchange, pair: &Pair) -> Option<String> {
    let (base, quote) = (pair.base(), pair.quote());
    match exchange {
        Exchange::Binance => Some(format!("{base}{quote}")),
        Exchange::Coinbase | Exchange::Okx => Some(format!("{base}-{quote}")),
        Exchange::Kraken => Some(format!("{base}/{quote}")),
        Exchange::Bitstamp => Some(format!("{base}{quote}").to_ascii_lowercase()),
        Exchange::CoinGecko => coingecko::symbol(base, quote),
    }
}

#[cfg(test)]
mod tests;

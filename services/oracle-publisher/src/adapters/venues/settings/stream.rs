//! Which prices are wanted: symbols of exchanges, values in documents, answers of contracts.

use std::fmt;

use causeway_primitives::{Address, ChainId, Pair, SourceId};

use super::Error;
use crate::adapters::venues::{dialects, exact::TimeFormat, pointer::Pointer};

/// A venue that publishes prices for many symbols, over an API of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Exchange {
    /// Binance spot.
    Binance,
    /// Coinbase Exchange (not Advanced Trade, whose payloads differ).
    Coinbase,
    /// Kraken spot: REST version 0, WebSocket version 2.
    Kraken,
    /// OKX version 5.
    Okx,
    /// Bitstamp version 2.
    Bitstamp,
    /// CoinGecko version 3: an aggregator of venues, REST only.
    CoinGecko,
}

impl Exchange {
    /// Each of them.
    pub const ALL: [Self; 6] =
        [Self::Binance, Self::Coinbase, Self::Kraken, Self::Okx, Self::Bitstamp, Self::CoinGecko];

    /// The name in configurations and logs.
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

    /// The exchange of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|exchange| exchange.as_str() == name)
    }

    /// Whether it has a public WebSocket with prices.
    pub const fn has_socket(self) -> bool {
        match self {
            Self::Binance | Self::Coinbase | Self::Kraken | Self::Okx | Self::Bitstamp => true,
            Self::CoinGecko => false,
        }
    }
}

/// One symbol of an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolStream {
    /// The source that its prices belong to.
    pub source: SourceId,
    symbol: String,
}

impl SymbolStream {
    /// The stream of a pair, under the venue's own symbol for it, or under `symbol` where that is given
    /// (`BASE/QUOTE` for Kraken, `coin/currency` for CoinGecko, else as the venue writes it).
    ///
    /// # Errors
    /// [`Error::Symbol`] when the venue module knows no symbol for the pair, or the given one is none.
    pub fn new(exchange: Exchange, source: SourceId, pair: &Pair, symbol: Option<&str>) -> Result<Self, Error> {
        let symbol = symbol.map(str::to_owned).or_else(|| dialects::symbol_of(exchange, pair)).ok_or(Error::Symbol)?;
        let is_symbol = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
        let fits = (1..=48).contains(&symbol.len()) && symbol.bytes().all(is_symbol);
        if fits { Ok(Self { source, symbol }) } else { Err(Error::Symbol) }
    }

    /// The venue's spelling.
    pub fn symbol(&self) -> &str {
        &self.symbol
    }
}

/// One price in a JSON document of any HTTP service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentStream {
    /// The source that its prices belong to.
    pub source: SourceId,
    /// Where the document is, below the base address.
    pub path: DocumentPath,
    /// Where the price is in it: a JSON number, or a string that holds one.
    pub price: Pointer,
    /// Where its time is, and how it is written; `None` where the document has none.
    pub time: Option<(Pointer, TimeFormat)>,
}

/// A path and query below a base address. May carry a key, so it never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct DocumentPath(String);

impl DocumentPath {
    /// # Errors
    /// [`Error::Path`] when it does not begin with one slash: it could then lead to another host.
    pub fn new(text: &str) -> Result<Self, Error> {
        let bounded = text.len() <= 2_048 && text.bytes().all(|byte| byte.is_ascii_graphic());
        if bounded && text.starts_with('/') && !text.starts_with("//") {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Path)
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DocumentPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// An aggregator contract whose answer counts as one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AggregatorStream {
    /// The source that its answers belong to.
    pub source: SourceId,
    /// The chain that it lives on.
    pub chain: ChainId,
    /// The contract, or the proxy before it.
    pub address: Address,
}

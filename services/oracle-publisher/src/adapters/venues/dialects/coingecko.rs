//! CoinGecko version 3: `GET /simple/price` below `/api/v3`, and `GET /key` for the plan's use.
//!
//! Traps: coins have names of their own (`ethereum`, not `ETH`) and an unknown one is left out of the
//! answer without a word; prices are JSON numbers, rounded unless `precision=full` is asked for, small
//! ones in scientific notation; times are whole seconds, up to a minute old; every request counts against
//! a monthly quota, so all coins share one. It averages other venues: it is no independent voice beside
//! them, which the configuration has to heed. Symbols are written `coin/currency`.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;

use super::{Dialect, Error, Reading, Rejected, Request, parse};
use crate::adapters::venues::exact::{Text, TimeFormat};

/// CoinGecko's public, demo and paid APIs, which differ in host and key only.
#[derive(Debug)]
pub(crate) struct CoinGecko;

/// The coins whose names need no configuration.
const COINS: [(&str, &str); 16] = [
    ("ADA", "cardano"),
    ("AVAX", "avalanche-2"),
    ("BNB", "binancecoin"),
    ("BTC", "bitcoin"),
    ("DAI", "dai"),
    ("DOGE", "dogecoin"),
    ("DOT", "polkadot"),
    ("ETH", "ethereum"),
    ("LINK", "chainlink"),
    ("LTC", "litecoin"),
    ("SOL", "solana"),
    ("TRX", "tron"),
    ("USDC", "usd-coin"),
    ("USDT", "tether"),
    ("WBTC", "wrapped-bitcoin"),
    ("XRP", "ripple"),
];

/// The symbol of a pair whose base is one of the well-known coins.
pub(crate) fn symbol(base: &str, quote: &str) -> Option<String> {
    let (_, coin) = COINS.iter().find(|(asset, _)| *asset == base)?;
    Some(format!("{coin}/{}", quote.to_ascii_lowercase()))
}

impl Dialect for CoinGecko {
    fn requests(&self, symbols: &[String]) -> Vec<Request> {
        let legs: Vec<(&str, &str)> = symbols.iter().map(|symbol| split(symbol)).collect();
        let coins = BTreeSet::from_iter(legs.iter().map(|(coin, _)| *coin));
        let currencies = BTreeSet::from_iter(legs.iter().map(|(_, currency)| *currency));
        let path = format!(
            "/simple/price?ids={}&vs_currencies={}&include_last_updated_at=true&precision=full",
            join(coins),
            join(currencies),
        );
        vec![Request { path, asked: (0..symbols.len()).collect() }]
    }

    fn read(&self, body: &[u8], asked: &[String]) -> Result<Vec<Reading>, Error> {
        let coins: HashMap<String, HashMap<String, Text<'_>>> = parse(body)?;
        Ok(asked.iter().map(|symbol| reading(&coins, symbol)).collect())
    }
}

fn reading(coins: &HashMap<String, HashMap<String, Text<'_>>>, symbol: &str) -> Reading {
    let (coin, currency) = split(symbol);
    let found = coins.get(coin).and_then(|entry| Some((entry.get(currency)?, entry.get("last_updated_at")?)));
    match found {
        Some((price, time)) => Reading::new(symbol, *price, Some((*time, TimeFormat::Seconds))),
        None => Reading { symbol: symbol.to_owned(), outcome: Err(Rejected::Missing) },
    }
}

fn split(symbol: &str) -> (&str, &str) {
    symbol.split_once('/').unwrap_or((symbol, "usd"))
}

/// Comma-separated, as the API documents it.
fn join(names: BTreeSet<&str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(",")
}

/// Where the plan's use is reported.
pub(crate) const USE_PATH: &str = "/key";

/// What a plan allows in a month, and how much of that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct MonthlyUse {
    #[serde(rename = "monthly_call_credit")]
    pub(crate) allowed: u64,
    #[serde(rename = "current_total_monthly_calls")]
    pub(crate) used: u64,
}

/// Reads the answer of [`USE_PATH`].
pub(crate) fn read_use(body: &[u8]) -> Result<MonthlyUse, Error> {
    parse(body)
}

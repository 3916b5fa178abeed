//! Kraken spot: `GET /0/public/Ticker` and the `ticker` channel of WebSocket version 2.
//!
//! Traps: REST calls bitcoin `XBT` and dogecoin `XDG`, and answers about `XBTUSD` under the name
//! `XXBTZUSD`, while the WebSocket says `BTC/USD`; errors come with status 200 in an array; the REST
//! ticker has no time at all; the WebSocket sends JSON numbers. Symbols are kept in the WebSocket's form.

use std::collections::HashMap;

use serde::Deserialize;

use super::{Dialect, Error, Frame, Reading, Request, Scope, SocketDialect, parse};
use crate::adapters::venues::exact::{Text, TimeFormat, excerpt};

/// Kraken's spot API.
#[derive(Debug)]
pub(crate) struct Kraken;

#[derive(Deserialize)]
struct Answer<'a> {
    error: Vec<String>,
    #[serde(borrow, default)]
    result: HashMap<String, Ticker<'a>>,
}

#[derive(Deserialize)]
struct Ticker<'a> {
    /// Price and volume of the last trade.
    #[serde(rename = "c", borrow)]
    last_trade: Vec<Text<'a>>,
}

impl Dialect for Kraken {
    /// One symbol each: an unknown one in a list makes the whole list fail, and the renamed keys of the
    /// answer would have to be guessed apart.
    fn requests(&self, symbols: &[String]) -> Vec<Request> {
        Request::each(symbols, |symbol| {
            let (base, quote) = legs(symbol);
            format!("/0/public/Ticker?pair={base}{quote}")
        })
    }

    fn read(&self, body: &[u8], asked: &[String]) -> Result<Vec<Reading>, Error> {
        let answer: Answer<'_> = parse(body)?;
        // Warnings begin with W and come beside a result.
        if let Some(message) = answer.error.iter().find(|message| !message.starts_with('W')) {
            return Err(Error::refused(message));
        }
        let [symbol] = asked else { return Err(Error::Unasked) };
        let names = names(symbol);
        let entry = answer.result.iter().find(|(name, _)| names.contains(name));
        let (_, ticker) = entry.ok_or(Error::Unasked)?;
        let price = ticker.last_trade.first().ok_or(Error::Shape)?;
        Ok(vec![Reading::new(symbol, *price, None)])
    }
}

/// Base and quote as REST spells them.
fn legs(symbol: &str) -> (&str, &str) {
    let rename = |asset| match asset {
        "BTC" => "XBT",
        "DOGE" => "XDG",
        other => other,
    };
    let (base, quote) = symbol.split_once('/').unwrap_or((symbol, ""));
    (rename(base), rename(quote))
}

/// Every name under which REST may answer about a symbol: assets of the first years carry `X`, currencies
/// `Z` before their code, newer ones nothing, in any mixture (`XXBTZUSD`, `USDTZUSD`, `SOLUSD`).
fn names(symbol: &str) -> Vec<String> {
    let (base, quote) = legs(symbol);
    let marks = ["", "X", "Z"];
    marks.iter().flat_map(|b| marks.iter().map(move |q| format!("{b}{base}{q}{quote}"))).collect()
}

#[derive(Deserialize)]
struct Head {
    channel: Option<String>,
    method: Option<String>,
    success: Option<bool>,
    error: Option<String>,
    symbol: Option<String>,
    result: Option<Subscribed>,
}

#[derive(Deserialize)]
struct Subscribed {
    symbol: Option<String>,
}

#[derive(Deserialize)]
struct Update<'a> {
    #[serde(borrow)]
    data: Vec<TickerEvent<'a>>,
}

#[derive(Deserialize)]
struct TickerEvent<'a> {
    symbol: String,
    #[serde(borrow)]
    last: Text<'a>,
    /// Added to the channel later; older gateways leave it out.
    #[serde(borrow)]
    timestamp: Option<Text<'a>>,
}

impl SocketDialect for Kraken {
    fn subscriptions(&self, symbols: &[String]) -> Vec<String> {
        let params = serde_json::json!({ "channel": "ticker", "symbol": symbols });
        vec![serde_json::json!({ "method": "subscribe", "params": params }).to_string()]
    }

    /// Kraken sends a heartbeat each second in which it has nothing else to say.
    fn ping(&self) -> Option<&'static str> {
        None
    }

    fn read(&self, text: &str) -> Result<Frame, Error> {
        let head: Head = parse(text.as_bytes())?;
        match (head.channel.as_deref(), head.method.as_deref()) {
            (Some("ticker"), _) => {
                let update: Update<'_> = parse(text.as_bytes())?;
                Ok(Frame::Readings(update.data.into_iter().map(reading).collect()))
            }
            (Some("heartbeat"), _) => Ok(Frame::Alive(Scope::All)),
            (None, Some("subscribe")) => subscribed(head),
            (Some(_), _) | (None, Some(_)) => Ok(Frame::Notice),
            (None, None) => Err(Error::Shape),
        }
    }
}

fn reading(ticker: TickerEvent<'_>) -> Reading {
    Reading::new(ticker.symbol, ticker.last, ticker.timestamp.map(|time| (time, TimeFormat::Rfc3339)))
}

fn subscribed(head: Head) -> Result<Frame, Error> {
    match (head.success, head.result.and_then(|result| result.symbol)) {
        (Some(true), Some(symbol)) => Ok(Frame::Acknowledged(Scope::Symbols(vec![symbol]))),
        (Some(false), _) => {
            let detail = excerpt(head.error.as_deref().unwrap_or("subscription refused"));
            Ok(Frame::Refused { symbol: head.symbol, detail })
        }
        (Some(true) | None, _) => Err(Error::Shape),
    }
}

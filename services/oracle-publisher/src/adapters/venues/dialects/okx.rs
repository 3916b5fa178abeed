//! OKX version 5: `GET /api/v5/market/ticker` and the `tickers` channel.
//!
//! Traps: errors come with status 200 and a `code` other than the string "0"; everything is a string,
//! times in milliseconds included; keep-alive is the bare text `ping`, answered by the bare text `pong`,
//! and a connection without traffic for 30 seconds is cut; an error event does not name its symbol.

use serde::Deserialize;

use super::{Dialect, Error, Frame, Reading, Request, Scope, SocketDialect, parse};
use crate::adapters::venues::exact::{Text, TimeFormat, excerpt};

/// The notice that asks clients to leave before a service upgrade.
const UPGRADE_NOTICE: &str = "64008";

/// OKX's public API.
#[derive(Debug)]
pub(crate) struct Okx;

#[derive(Deserialize)]
struct Answer<'a> {
    code: String,
    #[serde(default)]
    msg: String,
    #[serde(borrow, default)]
    data: Vec<Ticker<'a>>,
}

#[derive(Deserialize)]
struct Ticker<'a> {
    #[serde(rename = "instId")]
    symbol: String,
    #[serde(borrow)]
    last: Text<'a>,
    #[serde(borrow)]
    ts: Text<'a>,
}

impl Dialect for Okx {
    fn requests(&self, symbols: &[String]) -> Vec<Request> {
        Request::each(symbols, |symbol| format!("/api/v5/market/ticker?instId={symbol}"))
    }

    fn read(&self, body: &[u8], _asked: &[String]) -> Result<Vec<Reading>, Error> {
        let answer: Answer<'_> = parse(body)?;
        if answer.code != "0" {
            return Err(Error::refused(&format!("{} {}", answer.code, answer.msg)));
        }
        Ok(answer.data.into_iter().map(reading).collect())
    }
}

fn reading(ticker: Ticker<'_>) -> Reading {
    Reading::new(ticker.symbol, ticker.last, Some((ticker.ts, TimeFormat::Milliseconds)))
}

#[derive(Deserialize)]
struct Head {
    event: Option<String>,
    arg: Option<Argument>,
    #[serde(default)]
    code: String,
    #[serde(default)]
    msg: String,
}

#[derive(Deserialize)]
struct Argument {
    channel: String,
    #[serde(rename = "instId")]
    symbol: Option<String>,
}

#[derive(Deserialize)]
struct Push<'a> {
    #[serde(borrow)]
    data: Vec<Ticker<'a>>,
}

impl SocketDialect for Okx {
    fn subscriptions(&self, symbols: &[String]) -> Vec<String> {
        let argument = |symbol| serde_json::json!({ "channel": "tickers", "instId": symbol });
        let arguments: Vec<serde_json::Value> = symbols.iter().map(argument).collect();
        vec![serde_json::json!({ "op": "subscribe", "args": arguments }).to_string()]
    }

    fn ping(&self) -> Option<&'static str> {
        Some("ping")
    }

    fn read(&self, text: &str) -> Result<Frame, Error> {
        if text == "pong" {
            return Ok(Frame::Alive(Scope::All));
        }
        let head: Head = parse(text.as_bytes())?;
        match (head.event.as_deref(), head.arg) {
            (None, Some(Argument { channel, .. })) if channel == "tickers" => {
                let push: Push<'_> = parse(text.as_bytes())?;
                Ok(Frame::Readings(push.data.into_iter().map(reading).collect()))
            }
            (Some("subscribe"), Some(Argument { symbol: Some(symbol), .. })) => {
                Ok(Frame::Acknowledged(Scope::Symbols(vec![symbol])))
            }
            (Some("error"), _) => {
                let detail = excerpt(&format!("{} {}", head.code, head.msg));
                Ok(Frame::Refused { symbol: None, detail })
            }
            (Some("notice"), _) if head.code == UPGRADE_NOTICE => Ok(Frame::Reconnect),
            (Some(_), _) | (None, Some(_)) => Ok(Frame::Notice),
            (None, None) => Err(Error::Shape),
        }
    }
}

//! Bitstamp version 2: `GET /api/v2/ticker/{pair}/` and the `live_trades_{pair}` channels.
//!
//! Traps: REST gives its time as a string of seconds and trades as a string of microseconds; the trade's
//! `price` is a JSON number and `price_str` the exact text; an unknown pair subscribes as successfully as
//! a known one; a quiet market sends nothing, so the venue's own heartbeat message is asked for; before a
//! restart the venue says `bts:request_reconnect`.

use serde::Deserialize;

use super::{Dialect, Error, Frame, Reading, Request, Scope, SocketDialect, parse};
use crate::adapters::venues::exact::{Text, TimeFormat, excerpt};

/// What the trade channels' names begin with.
const TRADES: &str = "live_trades_";

/// Bitstamp's public API.
#[derive(Debug)]
pub(crate) struct Bitstamp;

#[derive(Deserialize)]
struct Ticker<'a> {
    #[serde(borrow)]
    last: Text<'a>,
    #[serde(borrow)]
    timestamp: Text<'a>,
}

impl Dialect for Bitstamp {
    fn requests(&self, symbols: &[String]) -> Vec<Request> {
        Request::each(symbols, |symbol| format!("/api/v2/ticker/{symbol}/"))
    }

    fn read(&self, body: &[u8], asked: &[String]) -> Result<Vec<Reading>, Error> {
        let ticker: Ticker<'_> = parse(body)?;
        let [symbol] = asked else { return Err(Error::Unasked) };
        Ok(vec![Reading::new(symbol, ticker.last, Some((ticker.timestamp, TimeFormat::Seconds)))])
    }
}

#[derive(Deserialize)]
struct Head {
    event: String,
    #[serde(default)]
    channel: String,
}

#[derive(Deserialize)]
struct TradeEvent<'a> {
    #[serde(borrow)]
    data: Trade<'a>,
}

#[derive(Deserialize)]
struct Trade<'a> {
    #[serde(borrow)]
    price_str: Text<'a>,
    #[serde(borrow)]
    microtimestamp: Text<'a>,
}

#[derive(Deserialize)]
struct ErrorEvent {
    data: Refusal,
}

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

impl SocketDialect for Bitstamp {
    fn subscriptions(&self, symbols: &[String]) -> Vec<String> {
        let subscribe = |symbol| {
            let data = serde_json::json!({ "channel": format!("{TRADES}{symbol}") });
            serde_json::json!({ "event": "bts:subscribe", "data": data }).to_string()
        };
        symbols.iter().map(subscribe).collect()
    }

    fn ping(&self) -> Option<&'static str> {
        Some(r#"{"event":"bts:heartbeat"}"#)
    }

    fn read(&self, text: &str) -> Result<Frame, Error> {
        let head: Head = parse(text.as_bytes())?;
        let symbol = head.channel.strip_prefix(TRADES);
        match (head.event.as_str(), symbol) {
            ("trade", Some(symbol)) => {
                let TradeEvent { data } = parse(text.as_bytes())?;
                let time = Some((data.microtimestamp, TimeFormat::Microseconds));
                Ok(Frame::Readings(vec![Reading::new(symbol, data.price_str, time)]))
            }
            ("bts:subscription_succeeded", Some(symbol)) => {
                Ok(Frame::Acknowledged(Scope::Symbols(vec![symbol.to_owned()])))
            }
            ("bts:heartbeat", _) => Ok(Frame::Alive(Scope::All)),
            ("bts:request_reconnect", _) => Ok(Frame::Reconnect),
            ("bts:error", symbol) => {
                let ErrorEvent { data } = parse(text.as_bytes())?;
                Ok(Frame::Refused { symbol: symbol.map(str::to_owned), detail: excerpt(&data.message) })
            }
            (_, _) => Ok(Frame::Notice),
        }
    }
}

//! Binance spot: `GET /api/v3/ticker/24hr` and the `<symbol>@ticker` stream.
//!
//! Traps: stream names are in lower case and answers in capitals; a combined stream (`/stream`) wraps each
//! event once more; an unlisted symbol subscribes without complaint and stays silent for ever; more than
//! five messages a second end the connection, so all symbols go into one. Times are the time of the
//! statistics, in milliseconds, not of the last trade: a market without trades does not look old.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Dialect, Error, Frame, Reading, Request, Scope, SocketDialect, parse};
use crate::adapters::venues::exact::{Text, TimeFormat, excerpt};

/// Binance's spot API.
#[derive(Debug)]
pub(crate) struct Binance;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ticker<'a> {
    symbol: String,
    #[serde(borrow)]
    last_price: Text<'a>,
    #[serde(borrow)]
    close_time: Text<'a>,
}

impl Dialect for Binance {
    /// One symbol each: an unknown one in a list makes the whole list fail.
    fn requests(&self, symbols: &[String]) -> Vec<Request> {
        Request::each(symbols, |symbol| format!("/api/v3/ticker/24hr?symbol={symbol}&type=MINI"))
    }

    fn read(&self, body: &[u8], _asked: &[String]) -> Result<Vec<Reading>, Error> {
        let ticker: Ticker<'_> = parse(body)?;
        Ok(vec![Reading::new(ticker.symbol, ticker.last_price, Some((ticker.close_time, TimeFormat::Milliseconds)))])
    }
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(rename = "e")]
    event: Option<String>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    error: Option<Refusal>,
    msg: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    msg: String,
}

#[derive(Deserialize)]
struct TickerEvent<'a> {
    #[serde(rename = "s")]
    symbol: String,
    #[serde(rename = "c", borrow)]
    last_price: Text<'a>,
    #[serde(rename = "E", borrow)]
    event_time: Text<'a>,
}

impl SocketDialect for Binance {
    fn subscriptions(&self, symbols: &[String]) -> Vec<String> {
        let streams: Vec<String> =
            symbols.iter().map(|symbol| format!("{}@ticker", symbol.to_ascii_lowercase())).collect();
        vec![serde_json::json!({ "method": "SUBSCRIBE", "params": streams, "id": 1 }).to_string()]
    }

    /// Binance pings every 20 seconds by itself, with control frames.
    fn ping(&self) -> Option<&'static str> {
        None
    }

    fn read(&self, text: &str) -> Result<Frame, Error> {
        let head: Head<'_> = parse(text.as_bytes())?;
        if let Some(data) = head.data {
            let inner: Head<'_> = parse(data.get().as_bytes())?;
            return event(inner.event.as_deref(), data.get());
        }
        if head.event.is_some() {
            return event(head.event.as_deref(), text);
        }
        if let Some(message) = head.error.map(|error| error.msg).or(head.msg) {
            return Ok(Frame::Refused { symbol: None, detail: excerpt(&message) });
        }
        if head.id.is_some() { Ok(Frame::Acknowledged(Scope::All)) } else { Err(Error::Shape) }
    }
}

fn event(kind: Option<&str>, text: &str) -> Result<Frame, Error> {
    match kind {
        Some("24hrTicker") => {
            let ticker: TickerEvent<'_> = parse(text.as_bytes())?;
            let time = Some((ticker.event_time, TimeFormat::Milliseconds));
            Ok(Frame::Readings(vec![Reading::new(ticker.symbol, ticker.last_price, time)]))
        }
        Some("serverShutdown") => Ok(Frame::Reconnect),
        Some(_) => Ok(Frame::Notice),
        None => Err(Error::Shape),
    }
}

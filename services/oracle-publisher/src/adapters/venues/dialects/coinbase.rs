//! Coinbase Exchange: `GET /products/{id}/ticker`, and the `ticker` and `heartbeat` channels.
//!
//! Traps: the REST answer does not name its product; times are RFC 3339; requests without a `User-Agent`
//! are refused; one unknown product fails the whole subscription message it is in, so each product gets
//! its own; a connection that subscribes nothing within five seconds is closed. The heartbeat of a
//! product comes once a second and says that no trade was missed: its price still stands.

use serde::Deserialize;

use super::{Dialect, Error, Frame, Reading, Request, Scope, SocketDialect, parse};
use crate::adapters::venues::exact::{Text, TimeFormat, excerpt};

/// The API of Coinbase Exchange.
#[derive(Debug)]
pub(crate) struct Coinbase;

#[derive(Deserialize)]
struct Ticker<'a> {
    #[serde(borrow)]
    price: Text<'a>,
    #[serde(borrow)]
    time: Text<'a>,
}

impl Dialect for Coinbase {
    fn requests(&self, symbols: &[String]) -> Vec<Request> {
        Request::each(symbols, |symbol| format!("/products/{symbol}/ticker"))
    }

    fn read(&self, body: &[u8], asked: &[String]) -> Result<Vec<Reading>, Error> {
        let ticker: Ticker<'_> = parse(body)?;
        let [symbol] = asked else { return Err(Error::Unasked) };
        Ok(vec![Reading::new(symbol, ticker.price, Some((ticker.time, TimeFormat::Rfc3339)))])
    }
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Kind {
    Ticker,
    Heartbeat {
        product_id: String,
    },
    Subscriptions {
        channels: Vec<Channel>,
    },
    Error {
        message: String,
        reason: Option<String>,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
struct Channel {
    name: String,
    #[serde(default)]
    product_ids: Vec<String>,
}

#[derive(Deserialize)]
struct TickerEvent<'a> {
    product_id: String,
    #[serde(borrow)]
    price: Text<'a>,
    #[serde(borrow)]
    time: Text<'a>,
}

impl SocketDialect for Coinbase {
    fn subscriptions(&self, symbols: &[String]) -> Vec<String> {
        let subscribe = |symbol| {
            let channels = ["ticker", "heartbeat"];
            serde_json::json!({ "type": "subscribe", "product_ids": [symbol], "channels": channels }).to_string()
        };
        symbols.iter().map(subscribe).collect()
    }

    fn ping(&self) -> Option<&'static str> {
        None
    }

    fn read(&self, text: &str) -> Result<Frame, Error> {
        match parse::<Kind>(text.as_bytes())? {
            Kind::Ticker => {
                // Read apart: a tagged enum buffers its fields, and with them the digits of the price.
                let ticker: TickerEvent<'_> = parse(text.as_bytes())?;
                let time = Some((ticker.time, TimeFormat::Rfc3339));
                Ok(Frame::Readings(vec![Reading::new(ticker.product_id, ticker.price, time)]))
            }
            Kind::Heartbeat { product_id } => Ok(Frame::Alive(Scope::Symbols(vec![product_id]))),
            Kind::Subscriptions { channels } => Ok(Frame::Acknowledged(Scope::Symbols(ticker_products(channels)))),
            Kind::Error { message, reason } => {
                let detail = excerpt(reason.as_deref().unwrap_or(&message));
                Ok(Frame::Refused { symbol: None, detail })
            }
            Kind::Unknown => Ok(Frame::Notice),
        }
    }
}

fn ticker_products(channels: Vec<Channel>) -> Vec<String> {
    channels.into_iter().filter(|channel| channel.name == "ticker").flat_map(|channel| channel.product_ids).collect()
}

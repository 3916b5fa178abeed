//! Bitstamp: seconds over REST, microseconds over the WebSocket, trades only when the price changes.

use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};

use super::{Answer, Quote, Reaction, Wire, find, text};

#[derive(Debug)]
pub(super) struct Bitstamp;

impl Wire for Bitstamp {
    fn symbol(&self, base: &str, quote: &str) -> String {
        format!("{base}{quote}").to_ascii_lowercase()
    }

    fn socket_path(&self) -> &'static str {
        "/"
    }

    fn answer(&self, uri: &Uri, _headers: &HeaderMap, quotes: &[Quote], _number: u64) -> Answer {
        let pair = uri.path().strip_prefix("/api/v2/ticker/").and_then(|rest| rest.strip_suffix('/'));
        match pair.and_then(|pair| find(self, quotes, pair)) {
            Some(Quote { price, at, .. }) => Answer::ok(format!(
                r#"{{"timestamp":"{}","open":"{price}","high":"{price}","low":"{price}","last":"{price}","volume":"1.0","vwap":"{price}","bid":"{price}","ask":"{price}","side":"0","open_24":"{price}","percent_change_24":"0.00"}}"#,
                at.as_secs()
            )),
            None => Answer::error(404, r#"{"code":"404.001","reason":"Not found."}"#),
        }
    }

    /// An unknown pair subscribes as well as any other.
    fn hear(&self, message: &str, _known: &[String]) -> Vec<Reaction> {
        let message: Value = serde_json::from_str(message).unwrap_or_default();
        let channel = text(&message, "/data/channel");
        match (text(&message, "/event"), channel.strip_prefix("live_trades_")) {
            ("bts:heartbeat", _) => vec![Reaction::Reply(
                json!({ "event": "bts:heartbeat", "channel": "", "data": { "status": "success" } }).to_string(),
            )],
            ("bts:subscribe", Some(pair)) => vec![
                Reaction::Reply(
                    json!({ "event": "bts:subscription_succeeded", "channel": channel, "data": {} }).to_string(),
                ),
                Reaction::Subscribe(pair.to_owned()),
            ],
            (_, _) => {
                let data = json!({ "code": null, "message": "Bad subscription string." });
                vec![Reaction::Reply(json!({ "event": "bts:error", "channel": "", "data": data }).to_string())]
            }
        }
    }

    fn tick(&self, quote: &Quote) -> String {
        let Quote { price, at, sequence, .. } = quote;
        let (pair, millis) = (self.symbol(&quote.base, &quote.quote), at.as_millis());
        format!(
            r#"{{"event":"trade","channel":"live_trades_{pair}","data":{{"id":{sequence},"timestamp":"{seconds}","amount":0.1,"amount_str":"0.10000000","price":{price},"price_str":"{price}","type":0,"microtimestamp":"{millis}000","buy_order_id":1,"sell_order_id":2}}}}"#,
            seconds = at.as_secs()
        )
    }
}

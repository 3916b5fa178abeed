//! Kraken: REST under its own names and without a time, WebSocket version 2 with JSON numbers.

use std::collections::btree_map::Keys;

use axum::http::{HeaderMap, Uri};
use causeway_primitives::Decimal;
use serde_json::{Value, json};

use super::{Answer, Quote, Reaction, Wire, query, texts};

#[derive(Debug)]
pub(super) struct Kraken;

impl Wire for Kraken {
    fn symbol(&self, base: &str, quote: &str) -> String {
        format!("{base}/{quote}")
    }

    fn socket_path(&self) -> &'static str {
        "/v2"
    }

    fn answer(&self, uri: &Uri, _headers: &HeaderMap, quotes: &[Quote], _number: u64) -> Answer {
        if uri.path() != "/0/public/Ticker" {
            return Answer::ok(r#"{"error":["EGeneral:Unknown method"]}"#.to_owned());
        }
        let asked = query(uri).get("pair").copied().unwrap_or_default();
        let entry = |quote: &Quote| {
            let (name, price) = (long_name(quote), quote.price);
            format!(
                r#""{name}":{{"a":["{price}","1","1.000"],"b":["{price}","1","1.000"],"c":["{price}","0.00080000"],"v":["1.0","1.0"],"p":["{price}","{price}"],"t":[1,1],"l":["{price}","{price}"],"h":["{price}","{price}"],"o":"{price}"}}"#
            )
        };
        match quotes.iter().find(|quote| asked == format!("{}{}", code(&quote.base), code(&quote.quote))) {
            Some(quote) => Answer::ok(format!(r#"{{"error":[],"result":{{{}}}}}"#, entry(quote))),
            None => Answer::ok(r#"{"error":["EQuery:Unknown asset pair"]}"#.to_owned()),
        }
    }

    fn greeting(&self) -> Vec<String> {
        let data = json!([{ "api_version": "v2", "connection_id": 1, "system": "online", "version": "2.0.0" }]);
        vec![json!({ "channel": "status", "type": "update", "data": data }).to_string()]
    }

    /// Each symbol is answered by itself.
    fn hear(&self, text: &str, known: &[String]) -> Vec<Reaction> {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        let mut reactions = Vec::new();
        for symbol in texts(&message, "/params/symbol") {
            if known.iter().any(|name| name == symbol) {
                let result = json!({ "channel": "ticker", "snapshot": true, "symbol": symbol });
                let reply = json!({ "method": "subscribe", "result": result, "success": true });
                reactions.push(Reaction::Reply(reply.to_string()));
                reactions.push(Reaction::Subscribe(symbol.to_owned()));
            } else {
                let error = format!("Currency pair not supported {symbol}");
                let reply = json!({ "method": "subscribe", "error": error, "success": false, "symbol": symbol });
                reactions.push(Reaction::Reply(reply.to_string()));
            }
        }
        reactions
    }

    fn tick(&self, quote: &Quote) -> String {
        let Quote { base, quote: counter, price, at, .. } = quote;
        format!(
            r#"{{"channel":"ticker","type":"update","data":[{{"symbol":"{base}/{counter}","bid":{price},"bid_qty":1.0,"ask":{price},"ask_qty":1.0,"last":{price},"volume":1.0,"vwap":{price},"low":{price},"high":{price},"change":0.0,"change_pct":0.00,"timestamp":"{at}"}}]}}"#
        )
    }

    fn beat(&self, _subscribed: Keys<'_, String, Option<Decimal>>) -> Vec<String> {
        vec![r#"{"channel":"heartbeat"}"#.to_owned()]
    }
}

/// Kraken's own code of an asset, where it differs from everybody else's.
fn code(asset: &str) -> &str {
    match asset {
        "BTC" => "XBT",
        "DOGE" => "XDG",
        other => other,
    }
}

/// The name under which the answer comes: coins and currencies of the first years carry a letter.
fn long_name(quote: &Quote) -> String {
    let long = |asset: &str| match asset {
        "BTC" | "ETH" | "LTC" | "XRP" => format!("X{}", code(asset)),
        "USD" | "EUR" | "GBP" | "JPY" | "CAD" => format!("Z{asset}"),
        other => code(other).to_owned(),
    };
    format!("{}{}", long(&quote.base), long(&quote.quote))
}

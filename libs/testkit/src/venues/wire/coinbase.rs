//! Coinbase Exchange: product tickers without the product's name, cumulative subscriptions, heartbeats.

use std::collections::btree_map::Keys;

use axum::http::{HeaderMap, Uri, header};
use causeway_primitives::Decimal;
use serde_json::{Value, json};

use super::{Answer, Quote, Reaction, Wire, find, texts};

#[derive(Debug)]
pub(super) struct Coinbase;

impl Wire for Coinbase {
    fn symbol(&self, base: &str, quote: &str) -> String {
        format!("{base}-{quote}")
    }

    fn socket_path(&self) -> &'static str {
        "/"
    }

    fn answer(&self, uri: &Uri, headers: &HeaderMap, quotes: &[Quote], _number: u64) -> Answer {
        if !headers.contains_key(header::USER_AGENT) {
            return Answer::error(400, r#"{"message":"User-Agent header is required."}"#);
        }
        let product = uri.path().strip_prefix("/products/").and_then(|rest| rest.strip_suffix("/ticker"));
        match product.and_then(|product| find(self, quotes, product)) {
            Some(Quote { price, at, sequence, .. }) => Answer::ok(format!(
                r#"{{"ask":"{price}","bid":"{price}","volume":"1.0","trade_id":{sequence},"price":"{price}","size":"0.1","time":"{at}","rfq_volume":"0.0"}}"#
            )),
            None => Answer::error(404, r#"{"message":"NotFound"}"#),
        }
    }

    /// One unknown product spoils the whole message.
    fn hear(&self, text: &str, known: &[String]) -> Vec<Reaction> {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        let products: Vec<String> = texts(&message, "/product_ids").map(str::to_owned).collect();
        if let Some(unknown) = products.iter().find(|product| !known.contains(product)) {
            let reason = format!("{unknown} is not a valid product");
            let error = json!({ "type": "error", "message": "Failed to subscribe", "reason": reason });
            return vec![Reaction::Reply(error.to_string())];
        }
        let channel = |name| json!({ "name": name, "product_ids": products, "account_ids": null });
        let list = json!({ "type": "subscriptions", "channels": [channel("ticker"), channel("heartbeat")] });
        let mut reactions = vec![Reaction::Reply(list.to_string())];
        reactions.extend(products.iter().cloned().map(Reaction::Subscribe));
        reactions
    }

    fn tick(&self, quote: &Quote) -> String {
        let Quote { base, quote: counter, price, at, sequence } = quote;
        format!(
            r#"{{"type":"ticker","sequence":{sequence},"product_id":"{base}-{counter}","price":"{price}","open_24h":"{price}","volume_24h":"1.0","low_24h":"{price}","high_24h":"{price}","side":"buy","time":"{at}","trade_id":{sequence},"last_size":"0.1"}}"#
        )
    }

    fn beat(&self, subscribed: Keys<'_, String, Option<Decimal>>) -> Vec<String> {
        let beat = |product: &String| {
            json!({ "type": "heartbeat", "sequence": 90, "last_trade_id": 20, "product_id": product }).to_string()
        };
        subscribed.map(beat).collect()
    }
}

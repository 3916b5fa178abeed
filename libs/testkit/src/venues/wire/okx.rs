//! OKX: an envelope with a code, strings for everything, bare `ping` and `pong`.

use axum::http::{HeaderMap, Uri};
use serde_json::{Value, json};

use super::{Answer, Quote, Reaction, Wire, find, query, text};

#[derive(Debug)]
pub(super) struct Okx;

impl Wire for Okx {
    fn symbol(&self, base: &str, quote: &str) -> String {
        format!("{base}-{quote}")
    }

    fn socket_path(&self) -> &'static str {
        "/ws/v5/public"
    }

    fn answer(&self, uri: &Uri, _headers: &HeaderMap, quotes: &[Quote], _number: u64) -> Answer {
        if uri.path() != "/api/v5/market/ticker" {
            return Answer::error(404, r#"{"msg":"API endpoint not found","code":"404"}"#);
        }
        match find(self, quotes, query(uri).get("instId").copied().unwrap_or_default()) {
            Some(quote) => Answer::ok(format!(r#"{{"code":"0","msg":"","data":[{}]}}"#, ticker(quote))),
            None => Answer::ok(r#"{"code":"51001","msg":"Instrument ID does not exist","data":[]}"#.to_owned()),
        }
    }

    /// A refusal does not say which argument it is about, except in its text.
    fn hear(&self, message: &str, known: &[String]) -> Vec<Reaction> {
        if message == "ping" {
            return vec![Reaction::Reply("pong".to_owned())];
        }
        let message: Value = serde_json::from_str(message).unwrap_or_default();
        let mut reactions = Vec::new();
        for argument in message.get("args").and_then(Value::as_array).into_iter().flatten() {
            let symbol = text(argument, "/instId");
            if known.iter().any(|name| name == symbol) {
                let reply = json!({ "event": "subscribe", "arg": argument, "connId": "a4d3ae55" });
                reactions.push(Reaction::Reply(reply.to_string()));
                reactions.push(Reaction::Subscribe(symbol.to_owned()));
            } else {
                let msg = format!("Wrong URL or channel:tickers,instId:{symbol} doesn't exist.");
                let reply = json!({ "event": "error", "code": "60018", "msg": msg, "connId": "a4d3ae55" });
                reactions.push(Reaction::Reply(reply.to_string()));
            }
        }
        reactions
    }

    fn tick(&self, quote: &Quote) -> String {
        let symbol = self.symbol(&quote.base, &quote.quote);
        format!(r#"{{"arg":{{"channel":"tickers","instId":"{symbol}"}},"data":[{}]}}"#, ticker(quote))
    }
}

fn ticker(quote: &Quote) -> String {
    let Quote { base, quote: counter, price, at, .. } = quote;
    format!(
        r#"{{"instType":"SPOT","instId":"{base}-{counter}","last":"{price}","lastSz":"0.1","askPx":"{price}","askSz":"1","bidPx":"{price}","bidSz":"1","open24h":"{price}","high24h":"{price}","low24h":"{price}","ts":"{}"}}"#,
        at.as_millis()
    )
}

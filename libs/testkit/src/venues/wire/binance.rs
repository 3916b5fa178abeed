//! Binance: ticker statistics, `SUBSCRIBE` for any stream (listed or not), a price each second or so.

use axum::http::{HeaderMap, Uri};
use serde_json::Value;

use super::{Answer, Quote, Reaction, Wire, find, query};

#[derive(Debug)]
pub(super) struct Binance;

impl Wire for Binance {
    fn symbol(&self, base: &str, quote: &str) -> String {
        format!("{base}{quote}")
    }

    fn socket_path(&self) -> &'static str {
        "/ws"
    }

    fn answer(&self, uri: &Uri, _headers: &HeaderMap, quotes: &[Quote], number: u64) -> Answer {
        if uri.path() != "/api/v3/ticker/24hr" {
            return Answer::error(404, "");
        }
        let name = query(uri).get("symbol").copied().unwrap_or_default();
        let mut answer = match find(self, quotes, name) {
            Some(quote) => Answer::ok(statistics(name, quote)),
            None => Answer::error(400, r#"{"code":-1121,"msg":"Invalid symbol."}"#),
        };
        // One symbol weighs two.
        answer.headers.push(("x-mbx-used-weight-1m", number.saturating_mul(2)));
        answer
    }

    /// Unknown streams are acknowledged like the others.
    fn hear(&self, text: &str, _known: &[String]) -> Vec<Reaction> {
        let Ok(message) = serde_json::from_str::<Value>(text) else {
            return vec![Reaction::Reply(r#"{"error":{"code":3,"msg":"Invalid JSON"}}"#.to_owned())];
        };
        let id = message.get("id").and_then(Value::as_u64).unwrap_or_default();
        let streams = message.get("params").and_then(Value::as_array).cloned().unwrap_or_default();
        let symbols = streams.iter().filter_map(|stream| stream.as_str()?.strip_suffix("@ticker"));
        let mut reactions: Vec<Reaction> =
            symbols.map(|symbol| Reaction::Subscribe(symbol.to_ascii_uppercase())).collect();
        reactions.push(Reaction::Reply(format!(r#"{{"result":null,"id":{id}}}"#)));
        reactions
    }

    fn tick(&self, quote: &Quote) -> String {
        let (symbol, price, at) = (self.symbol(&quote.base, &quote.quote), quote.price, quote.at.as_millis());
        format!(
            r#"{{"e":"24hrTicker","E":{at},"s":"{symbol}","p":"0.00","P":"0.000","w":"{price}","x":"{price}","c":"{price}","Q":"1.0","b":"{price}","B":"1.0","a":"{price}","A":"1.0","o":"{price}","h":"{price}","l":"{price}","v":"1.0","q":"1.0","O":{at},"C":{at},"F":0,"L":{sequence},"n":{sequence}}}"#,
            sequence = quote.sequence
        )
    }

    fn repeats_prices(&self) -> bool {
        true
    }
}

fn statistics(name: &str, quote: &Quote) -> String {
    let (price, at) = (quote.price, quote.at.as_millis());
    format!(
        r#"{{"symbol":"{name}","openPrice":"{price}","highPrice":"{price}","lowPrice":"{price}","lastPrice":"{price}","volume":"1.0","quoteVolume":"1.0","openTime":{at},"closeTime":{at},"firstId":0,"lastId":{sequence},"count":1}}"#,
        sequence = quote.sequence
    )
}

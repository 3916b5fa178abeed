//! CoinGecko: coins by names of their own, JSON numbers, unknown coins left out, a plan that is used up.

use axum::http::{HeaderMap, Uri};

use super::{Answer, Quote, Reaction, Wire, query};

/// What the simulated plan allows in a month.
const MONTHLY_CREDIT: u64 = 10_000;

#[derive(Debug)]
pub(super) struct CoinGecko;

impl Wire for CoinGecko {
    fn symbol(&self, base: &str, quote: &str) -> String {
        format!("{}/{}", coin(base), quote.to_ascii_lowercase())
    }

    fn rest_prefix(&self) -> &'static str {
        "/api/v3"
    }

    fn socket_path(&self) -> &'static str {
        ""
    }

    fn answer(&self, uri: &Uri, headers: &HeaderMap, quotes: &[Quote], number: u64) -> Answer {
        match uri.path() {
            "/api/v3/simple/price" => Answer::ok(prices(uri, quotes)),
            "/api/v3/key" if !has_key(headers) => {
                Answer::error(401, r#"{"status":{"error_code":10002,"error_message":"API Key Missing"}}"#)
            }
            "/api/v3/key" => Answer::ok(format!(
                r#"{{"plan":"Demo","rate_limit_request_per_minute":30,"monthly_call_credit":{MONTHLY_CREDIT},"current_total_monthly_calls":{number},"current_remaining_monthly_calls":{}}}"#,
                MONTHLY_CREDIT.saturating_sub(number)
            )),
            _ => Answer::error(404, r#"{"error":"Incorrect path. Please check https://www.coingecko.com/api/"}"#),
        }
    }

    fn hear(&self, _text: &str, _known: &[String]) -> Vec<Reaction> {
        Vec::new()
    }

    fn tick(&self, _quote: &Quote) -> String {
        String::new()
    }
}

fn has_key(headers: &HeaderMap) -> bool {
    headers.contains_key("x-cg-demo-api-key") || headers.contains_key("x-cg-pro-api-key")
}

fn prices(uri: &Uri, quotes: &[Quote]) -> String {
    let query = query(uri);
    let listed = |name: &str, item: &str| query.get(name).is_some_and(|list| list.split(',').any(|part| part == item));
    let mut coins: Vec<(String, Vec<String>)> = Vec::new();
    for quote in quotes {
        let (coin, currency) = (coin(&quote.base), quote.quote.to_ascii_lowercase());
        if !listed("ids", &coin) || !listed("vs_currencies", &currency) {
            continue;
        }
        let entry = format!(r#""{currency}":{}"#, quote.price);
        match coins.iter_mut().find(|(name, _)| *name == coin) {
            Some((_, entries)) => entries.push(entry),
            None => coins.push((coin, vec![format!(r#""last_updated_at":{}"#, quote.at.as_secs()), entry])),
        }
    }
    let coins: Vec<String> =
        coins.into_iter().map(|(coin, entries)| format!(r#""{coin}":{{{}}}"#, entries.join(","))).collect();
    format!("{{{}}}", coins.join(","))
}

fn coin(asset: &str) -> String {
    match asset {
        "BTC" => "bitcoin".to_owned(),
        "ETH" => "ethereum".to_owned(),
        "USDT" => "tether".to_owned(),
        "USDC" => "usd-coin".to_owned(),
        "EUR" => "euro-coin".to_owned(),
        other => other.to_ascii_lowercase(),
    }
}

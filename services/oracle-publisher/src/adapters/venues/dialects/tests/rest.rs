//! REST answers: the price to the digit, the time in the venue's notation, and refusals in disguise.

use super::{fixtures::SAMPLES, *};

/// Whole seconds where the venue counts no finer.
fn expected_time(exchange: Exchange) -> Option<&'static str> {
    match exchange {
        Exchange::Binance | Exchange::Coinbase | Exchange::Okx => Some("2023-02-02T09:20:00.138Z"),
        Exchange::Bitstamp | Exchange::CoinGecko => Some("2023-02-02T09:20:00Z"),
        Exchange::Kraken => None,
    }
}

#[test]
fn ora_7_each_venue_s_rest_answer_gives_its_exact_price_and_its_own_time() {
    for Sample { exchange, symbol, answer, .. } in SAMPLES {
        let expected = readings(symbol, quote("1666.8", expected_time(exchange)));
        assert_eq!(rest_of(exchange).read(answer.as_bytes(), &asked(symbol)), Ok(expected), "{}", exchange.as_str());
    }
}

#[test]
fn ora_7_requests_follow_the_documented_paths() {
    let paths = |exchange, symbols: &[&str]| -> Vec<String> {
        let symbols: Vec<String> = symbols.iter().map(|symbol| (*symbol).to_owned()).collect();
        rest_of(exchange).requests(&symbols).into_iter().map(|request| request.path).collect()
    };
    assert_eq!(paths(Exchange::Binance, &["ETHUSDT"]), ["/api/v3/ticker/24hr?symbol=ETHUSDT&type=MINI"]);
    assert_eq!(paths(Exchange::Coinbase, &["ETH-USD"]), ["/products/ETH-USD/ticker"]);
    assert_eq!(paths(Exchange::Okx, &["ETH-USDT"]), ["/api/v5/market/ticker?instId=ETH-USDT"]);
    assert_eq!(paths(Exchange::Bitstamp, &["ethusd"]), ["/api/v2/ticker/ethusd/"]);
    assert_eq!(
        paths(Exchange::Kraken, &["BTC/USD", "DOGE/EUR", "SOL/USD"]),
        ["/0/public/Ticker?pair=XBTUSD", "/0/public/Ticker?pair=XDGEUR", "/0/public/Ticker?pair=SOLUSD"]
    );
}

#[test]
fn ora_6_coingecko_spends_one_request_on_all_coins() {
    let symbols = ["ethereum/usd", "bitcoin/usd", "ethereum/eur"].map(str::to_owned);
    let [request] = rest_of(Exchange::CoinGecko).requests(&symbols).try_into().expect("one request");
    let path = "/simple/price?ids=bitcoin,ethereum&vs_currencies=eur,usd&include_last_updated_at=true&precision=full";
    assert_eq!(request, Request { path: path.to_owned(), asked: vec![0, 1, 2] });
}

#[test]
fn kraken_answers_under_names_of_its_own() {
    let answer = |name: &str| format!(r#"{{"error":[],"result":{{"{name}":{{"c":["1.5","1"]}}}}}}"#);
    let read = |symbol: &str, name| rest_of(Exchange::Kraken).read(answer(name).as_bytes(), &asked(symbol));
    for (symbol, name) in [
        ("BTC/USD", "XXBTZUSD"),
        ("ETH/EUR", "XETHZEUR"),
        ("EUR/USD", "ZEURZUSD"),
        ("USDT/USD", "USDTZUSD"),
        ("DOGE/USD", "XDGUSD"),
        ("SOL/USD", "SOLUSD"),
    ] {
        assert_eq!(read(symbol, name), Ok(readings(symbol, quote("1.5", None))), "{name}");
    }
    assert_eq!(read("BTC/USD", "XETHZUSD"), Err(Error::Unasked), "another market's price must never pass");
}

#[test]
fn an_error_under_status_200_is_no_price() {
    let read = |exchange, symbol, body: &str| rest_of(exchange).read(body.as_bytes(), &asked(symbol));
    assert_eq!(
        read(Exchange::Kraken, "XYZ/USD", r#"{"error":["EQuery:Unknown asset pair"]}"#),
        Err(Error::Refused("EQuery:Unknown asset pair".to_owned()))
    );
    assert_eq!(
        read(Exchange::Okx, "XYZ-USD", r#"{"code":"51001","msg":"Instrument ID does not exist","data":[]}"#),
        Err(Error::Refused("51001 Instrument ID does not exist".to_owned()))
    );
}

#[test]
fn a_warning_of_kraken_does_not_spoil_its_price() {
    let body = r#"{"error":["WGeneral:Deprecated"],"result":{"XETHZUSD":{"c":["1.5","1"]}}}"#;
    let read = rest_of(Exchange::Kraken).read(body.as_bytes(), &asked("ETH/USD"));
    assert_eq!(read, Ok(readings("ETH/USD", quote("1.5", None))));
}

#[test]
fn ora_9_coingecko_s_json_numbers_are_read_to_their_last_digit() {
    let body = r#"{"shiba-inu":{"usd":1.2345678901234567e-05,"last_updated_at":1675329600},
        "bitcoin":{"usd":23456.789012345678901,"last_updated_at":1675329600}}"#;
    let symbols = ["shiba-inu/usd", "bitcoin/usd", "nocoin/usd", "bitcoin/eur"].map(str::to_owned);
    let readings = rest_of(Exchange::CoinGecko).read(body.as_bytes(), &symbols).expect("readings");
    let outcomes: Vec<_> = readings.into_iter().map(|reading| reading.outcome).collect();
    let time = Some("2023-02-02T09:20:00Z");
    let (small, large) = (quote("0.000012345678901234567", time), quote("23456.789012345678901", time));
    assert_eq!(outcomes, [small, large, Err(Rejected::Missing), Err(Rejected::Missing)]);
}

#[test]
fn ora_6_coingecko_s_plan_tells_what_is_used() {
    let body = br#"{"plan":"Analyst","rate_limit_request_per_minute":500,"monthly_call_credit":500000,
        "current_total_monthly_calls":104,"current_remaining_monthly_calls":499896}"#;
    assert_eq!(coingecko::read_use(body), Ok(coingecko::MonthlyUse { allowed: 500_000, used: 104 }));
}

#[test]
fn ora_7_any_document_gives_its_price_through_pointers() {
    let stream = |time: Option<(&str, TimeFormat)>| crate::adapters::venues::settings::DocumentStream {
        source: "bank".parse().expect("an id"),
        path: crate::adapters::venues::settings::DocumentPath::new("/rates?base=EUR").expect("a path"),
        price: "/rates/0/value".parse().expect("a pointer"),
        time: time.map(|(pointer, format)| (pointer.parse().expect("a pointer"), format)),
    };
    let body = br#"{"rates":[{"value":1.07219}],"at":"2023-02-02T10:20:00+01:00"}"#;
    let read = |time| {
        let dialect = documents::Documents::new(vec![stream(time)]);
        assert_eq!(dialect.requests(&asked("bank")), [Request { path: "/rates?base=EUR".to_owned(), asked: vec![0] }]);
        dialect.read(body, &asked("bank")).expect("readings").into_iter().map(|reading| reading.outcome).next()
    };
    assert_eq!(read(None), Some(quote("1.07219", None)));
    assert_eq!(read(Some(("/at", TimeFormat::Rfc3339))), Some(quote("1.07219", Some("2023-02-02T09:20:00Z"))));
    assert_eq!(read(Some(("/then", TimeFormat::Rfc3339))), Some(Err(Rejected::Missing)));
    assert_eq!(read(Some(("/at", TimeFormat::Seconds))), Some(Err(Rejected::Time(TimeError::Malformed))));
}

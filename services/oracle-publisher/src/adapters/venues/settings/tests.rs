//! What settings refuse, and what they never print.

use secrecy::SecretString;
use url::Url;

use super::*;

fn url(text: &str) -> Url {
    text.parse().expect("a URL")
}

fn rest() -> Rest {
    Rest {
        base_urls: Urls::http(vec![url("https://api.example.org")]).expect("an address"),
        poll_interval: Duration::from_secs(1),
        request_timeout: Duration::from_secs(1),
        max_body_bytes: 1_024,
        headers: Headers::default(),
        budget: None,
        usage_interval: None,
    }
}

fn backoff() -> Backoff {
    Backoff::new(Duration::from_millis(100), Duration::from_secs(5)).expect("a backoff")
}

#[test]
fn ora_12_keys_in_headers_addresses_and_paths_never_print() {
    let headers = Headers::new(&[("x-cg-pro-api-key".to_owned(), SecretString::from("SECRET"))]).expect("headers");
    let urls = Urls::http(vec![url("https://user:SECRET@api.example.org/SECRET?key=SECRET")]).expect("an address");
    let path = DocumentPath::new("/price?key=SECRET").expect("a path");
    let printed = format!("{headers:?} {urls:?} {path:?} {:?}", headers.map());
    assert!(!printed.contains("SECRET"), "{printed}");
    assert!(printed.contains("x-cg-pro-api-key") && printed.contains("api.example.org"), "{printed}");
}

#[test]
fn addresses_of_another_scheme_are_refused() {
    assert!(Urls::http(Vec::new()).is_err());
    assert!(Urls::http(vec![url("wss://ws.example.org")]).is_err());
    assert!(Urls::socket(vec![url("https://api.example.org")]).is_err());
    assert!(Urls::socket(vec![url("wss://ws.example.org/v2")]).is_ok());
}

#[test]
fn ora_6_addresses_are_tried_in_turn() {
    let urls = Urls::http(vec![url("https://a.example.org"), url("https://b.example.org")]).expect("addresses");
    let hosts = |attempt| urls.nth(attempt).host_str().map(str::to_owned);
    assert_eq!(hosts(0).as_deref(), Some("a.example.org"));
    assert_eq!(hosts(1).as_deref(), Some("b.example.org"));
    assert_eq!(hosts(2).as_deref(), Some("a.example.org"));
}

#[test]
fn headers_that_cannot_be_sent_are_refused() {
    for (name, value) in [("bad name", "x"), ("x-key", "line\nbreak")] {
        assert_eq!(Headers::new(&[(name.to_owned(), SecretString::from(value))]), Err(Error::Header), "{name}");
    }
}

#[test]
fn a_document_path_leads_to_no_other_host() {
    for text in ["", "price", "//evil.example.org/", "/a b", "https://evil.example.org"] {
        assert_eq!(DocumentPath::new(text), Err(Error::Path), "{text}");
    }
}

#[test]
fn ora_7_pairs_become_the_spelling_of_each_venue() {
    let (pair, source) =
        ("BTC/USDT".parse().expect("a pair"), "s".parse::<causeway_primitives::SourceId>().expect("id"));
    let symbol = |exchange| SymbolStream::new(exchange, source.clone(), &pair, None).map(|s| s.symbol().to_owned());
    for (exchange, expected) in [
        (Exchange::Binance, "BTCUSDT"),
        (Exchange::Coinbase, "BTC-USDT"),
        (Exchange::Kraken, "BTC/USDT"),
        (Exchange::Okx, "BTC-USDT"),
        (Exchange::Bitstamp, "btcusdt"),
        (Exchange::CoinGecko, "bitcoin/usdt"),
    ] {
        assert_eq!(symbol(exchange).as_deref(), Ok(expected));
        assert_eq!(Exchange::from_name(exchange.as_str()), Some(exchange));
    }
}

#[test]
fn a_symbol_can_be_set_and_an_unknown_coin_must_be() {
    let (pair, source) =
        ("XYZ/USD".parse().expect("a pair"), "s".parse::<causeway_primitives::SourceId>().expect("id"));
    let stream = |symbol| SymbolStream::new(Exchange::CoinGecko, source.clone(), &pair, symbol);
    assert_eq!(stream(None), Err(Error::Symbol));
    assert_eq!(stream(Some("xyz&ids=evil")), Err(Error::Symbol));
    assert_eq!(stream(Some("xyz-coin/usd")).map(|s| s.symbol().to_owned()).as_deref(), Ok("xyz-coin/usd"));
}

#[test]
fn ora_6_waits_double_up_to_the_longest_and_keep_their_jitter_within_the_upper_half() {
    let backoff = backoff();
    let delay = |retry, dice| backoff.delay(retry, dice).as_millis();
    assert_eq!([delay(1, 0), delay(1, 1_000), delay(2, 0), delay(2, 1_000)], [50, 100, 100, 200]);
    assert_eq!([delay(40, 0), delay(40, 1_000), delay(u32::MAX, u32::MAX)], [2_500, 5_000, 5_000]);
    assert!(Backoff::new(Duration::ZERO, Duration::from_secs(1)).is_err());
    assert!(Backoff::new(Duration::from_secs(2), Duration::from_secs(1)).is_err());
}

#[test]
fn a_connection_that_cannot_work_is_refused() {
    let venue = |market| VenueConnection::new("venue".parse().expect("an id"), backoff(), market).map(|_| ());
    let exchange = |exchange, transport| {
        let (pair, source) = ("ETH/USD".parse().expect("a pair"), "s".parse().expect("an id"));
        let streams = vec![SymbolStream::new(exchange, source, &pair, None).expect("a stream")];
        Market::Exchange { exchange, transport, streams }
    };
    let socket = Socket {
        urls: Urls::socket(vec![url("wss://ws.example.org")]).expect("an address"),
        connect_timeout: Duration::from_secs(1),
        acknowledge_within: Duration::from_secs(1),
        silent_after: Duration::from_secs(2),
        ping_interval: Duration::from_secs(1),
        max_message_bytes: 1_024,
        headers: Headers::default(),
    };
    assert_eq!(venue(exchange(Exchange::Kraken, Transport::Rest(rest()))), Ok(()));
    assert_eq!(venue(Market::Documents { rest: rest(), streams: Vec::new() }), Err(Error::Empty));
    assert!(matches!(venue(exchange(Exchange::CoinGecko, Transport::Socket(socket.clone()))), Err(Error::Urls(_))));
    let rare = Socket { ping_interval: socket.silent_after, ..socket.clone() };
    assert_eq!(venue(exchange(Exchange::Okx, Transport::Socket(rare))), Err(Error::Duration));
    let deaf = Socket { silent_after: Duration::ZERO, ..socket };
    assert_eq!(venue(exchange(Exchange::Okx, Transport::SocketWithFallback(deaf, rest()))), Err(Error::Duration));
    let frantic = Rest { usage_interval: Some(Duration::ZERO), ..rest() };
    assert_eq!(venue(exchange(Exchange::CoinGecko, Transport::Rest(frantic))), Err(Error::Duration));
}

#[test]
fn feeds_may_share_a_market_but_no_source() {
    let stream = |source: &str| {
        let pair = "ETH/USD".parse().expect("a pair");
        SymbolStream::new(Exchange::Okx, source.parse().expect("an id"), &pair, None).expect("a stream")
    };
    let market = |sources: [&str; 2]| {
        let (transport, streams) = (Transport::Rest(rest()), sources.map(stream).to_vec());
        Market::Exchange { exchange: Exchange::Okx, transport, streams }
    };
    let sources = ["one", "two"].map(|source| source.parse().expect("an id")).to_vec();
    assert_eq!(market(["one", "two"]).streams(), [("ETH-USD".to_owned(), sources)]);
    let twice = VenueConnection::new("okx".parse().expect("an id"), backoff(), market(["one", "one"]));
    assert_eq!(twice, Err(Error::Duplicate));
}

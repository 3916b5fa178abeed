//! Polling: exact prices and times, refusals, budgets, limits, and nobody waiting for anybody.

use std::time::Duration;

use causeway_primitives::Timestamp;
use causeway_testkit::venues::{RetryAfter, Venue};
use oracle_publisher::{
    adapters::venues::{
        TimeFormat,
        settings::{Budget, DocumentPath, DocumentStream, Exchange, Market, Rest, SymbolStream, Transport},
    },
    ports::{Fault, QuotaReading, Signal},
};
use tokio::net::TcpSocket;
use url::Url;

use super::stage::{Stage, connection, exchange, fault, headers, price, rest, source_of, tick, tick_at};

/// A price with more digits than binary floating point keeps.
const EXACT: &str = "1666.1234567890123456789";

#[tokio::test]
async fn ora_7_every_venue_s_rest_price_arrives_exactly_and_with_the_venue_s_own_time() {
    let (stage, opened) = (Stage::open().await, 0);
    let before = stage.now();
    for venue in Venue::ALL {
        stage.handle(venue).set_price("ETH/USD", price(EXACT));
        stage.connect(vec![exchange(venue, Transport::Rest(stage.rest(venue)), &["ETH/USD"])]);
        let tick = stage.recorder.after(opened, tick(&source_of(venue, "ETH/USD"))).await;
        assert_eq!(tick.price.to_string(), EXACT, "{venue:?}");
        assert!(tick.received_at >= before, "{venue:?}");
        match (venue, tick.venue_time) {
            (Venue::Kraken, time) => assert_eq!(time, None, "Kraken's REST ticker has no time"),
            (_, Some(time)) => assert!(is_recent(time, before), "{venue:?}: {time}"),
            (_, None) => panic!("{venue:?} gives a time"),
        }
    }
}

/// Venues that count in whole seconds may look a second older than they are.
fn is_recent(time: Timestamp, before: Timestamp) -> bool {
    before.since(time) <= Duration::from_secs(1) && time.since(before) < Duration::from_secs(60)
}

#[tokio::test]
async fn ora_7_any_json_document_over_http_is_a_source() {
    let stage = Stage::open().await;
    stage.handle(Venue::Coinbase).set_price("EUR/USD", price("1.07219"));
    let stream = DocumentStream {
        source: "bank".parse().expect("an id"),
        path: DocumentPath::new("/products/EUR-USD/ticker").expect("a path"),
        price: "/price".parse().expect("a pointer"),
        time: Some(("/time".parse().expect("a pointer"), TimeFormat::Rfc3339)),
    };
    let market = Market::Documents { rest: stage.rest(Venue::Coinbase), streams: vec![stream] };
    stage.connect(vec![connection("bank", market)]);
    let tick = stage.recorder.first(tick_at("bank", "1.07219")).await;
    assert!(tick.venue_time.is_some());
}

#[tokio::test]
async fn ora_6_coingecko_is_asked_once_for_all_coins_and_an_unknown_one_harms_only_itself() {
    let stage = Stage::open().await;
    let coingecko = stage.handle(Venue::CoinGecko);
    let slow = Rest { poll_interval: Duration::from_secs(600), ..stage.rest(Venue::CoinGecko) };
    let pairs = ["ETH/USD", "BTC/USD", "EUR/USD", "XYZ/USD"];
    stage.connect(vec![exchange(Venue::CoinGecko, Transport::Rest(slow), &pairs)]);
    for pair in ["ETH/USD", "BTC/USD", "EUR/USD"] {
        stage.recorder.first(tick(&source_of(Venue::CoinGecko, pair))).await;
    }
    let (detail, _) = stage.recorder.first(fault("coingecko-xyz-usd", Fault::Payload)).await;
    assert_eq!(detail, "no entry for the symbol");
    assert_eq!(coingecko.requests(), 1);
}

#[tokio::test]
async fn ora_6_two_feeds_that_share_a_market_share_its_requests() {
    let stage = Stage::open().await;
    let market = "ETH/USD".parse().expect("a pair");
    let streams = ["one", "two"].map(|source| {
        SymbolStream::new(Exchange::Okx, source.parse().expect("an id"), &market, None).expect("a stream")
    });
    let rest = Rest { poll_interval: Duration::from_secs(600), ..stage.rest(Venue::Okx) };
    let (transport, streams) = (Transport::Rest(rest), streams.to_vec());
    stage.connect(vec![connection("okx", Market::Exchange { exchange: Exchange::Okx, transport, streams })]);
    let (one, two) = (stage.recorder.first(tick("one")).await, stage.recorder.first(tick("two")).await);
    assert_eq!((one.price, one.received), (two.price, two.received));
    assert_eq!(stage.handle(Venue::Okx).requests(), 1);
}

#[tokio::test]
async fn ora_6_a_symbol_that_a_venue_does_not_list_harms_no_other() {
    let stage = Stage::open().await;
    for (venue, expected) in [
        (Venue::Binance, Fault::HttpStatus),
        (Venue::Coinbase, Fault::HttpStatus),
        (Venue::Kraken, Fault::Payload),
        (Venue::Okx, Fault::Payload),
        (Venue::Bitstamp, Fault::HttpStatus),
    ] {
        stage.connect(vec![exchange(venue, Transport::Rest(stage.rest(venue)), &["XYZ/USD", "ETH/USD"])]);
        stage.recorder.first(fault(&source_of(venue, "XYZ/USD"), expected)).await;
        stage.recorder.first(tick(&source_of(venue, "ETH/USD"))).await;
    }
}

#[tokio::test]
async fn ora_6_a_rejected_key_is_a_credential_fault_and_no_other() {
    let stage = Stage::open().await;
    let venue = stage.handle(Venue::CoinGecko);
    venue.reject_auth();
    let keyed = Rest { headers: headers("x-cg-demo-api-key", "SECRET"), ..stage.rest(Venue::CoinGecko) };
    stage.connect(vec![exchange(Venue::CoinGecko, Transport::Rest(keyed), &["ETH/USD"])]);
    let (detail, _) = stage.recorder.first(fault("coingecko-eth-usd", Fault::Credential)).await;
    assert_eq!(detail, "status 401", "nothing of the request is in the detail");
    venue.heal();
    stage.recorder.first(tick("coingecko-eth-usd")).await;
}

#[tokio::test]
async fn ora_6_retry_after_is_honoured_by_every_request_to_the_venue() {
    let stage = Stage::open().await;
    let venue = stage.handle(Venue::Binance);
    venue.status(429, RetryAfter::Seconds(1));
    let started = stage.clock.monotonic();
    let transport = Transport::Rest(stage.rest(Venue::Binance));
    stage.connect(vec![exchange(Venue::Binance, transport, &["ETH/USD", "BTC/USD"])]);
    let (_, pause) = stage.recorder.first(fault("binance-eth-usd", Fault::RateLimited)).await;
    assert_eq!(pause, Some(Duration::from_secs(1)));
    venue.heal();
    for source in ["binance-eth-usd", "binance-btc-usd"] {
        let tick = stage.recorder.first(tick(source)).await;
        assert!(tick.received.since(started) >= Duration::from_secs(1), "{source} came back too early");
    }
    assert!(venue.requests() >= 3, "one refused request at least, and the two that were answered");
}

#[tokio::test]
async fn ora_6_a_ban_may_name_the_date_of_its_end() {
    let stage = Stage::open().await;
    stage.handle(Venue::Okx).status(418, RetryAfter::Text("Fri, 31 Dec 9999 23:59:59 GMT".to_owned()));
    stage.connect(vec![exchange(Venue::Okx, Transport::Rest(stage.rest(Venue::Okx)), &["ETH/USD"])]);
    let (_, pause) = stage.recorder.first(fault("okx-eth-usd", Fault::RateLimited)).await;
    assert_eq!(pause, Some(Duration::from_secs(3 * 24 * 60 * 60)), "no longer than the longest documented ban");
}

#[tokio::test]
async fn ora_6_budgets_are_read_from_headers_from_the_plan_or_counted() {
    let stage = Stage::open().await;
    let budget = Budget { limit: 1_200, window: Duration::from_secs(60) };
    let reading = |source: &'static str| {
        move |signal: &Signal| match signal {
            Signal::Quota { source: of, reading } if of.as_str() == source => Some(*reading),
            Signal::Quota { .. } | Signal::Tick(_) | Signal::Alive { .. } | Signal::Fault { .. } => None,
        }
    };
    let binance = Rest { budget: Some(budget), ..stage.rest(Venue::Binance) };
    stage.connect(vec![exchange(Venue::Binance, Transport::Rest(binance), &["ETH/USD"])]);
    let weight = stage.recorder.first(reading("binance-eth-usd")).await;
    assert_eq!(weight, QuotaReading { used: 2, limit: 1_200, window: budget.window }, "one symbol weighs two");

    let counted = Rest { budget: Some(budget), ..stage.rest(Venue::Kraken) };
    stage.connect(vec![exchange(Venue::Kraken, Transport::Rest(counted), &["ETH/USD"])]);
    let ours = stage.recorder.first(reading("kraken-eth-usd")).await;
    assert_eq!(ours, QuotaReading { used: 1, limit: 1_200, window: budget.window });

    let plan = Rest {
        headers: headers("x-cg-demo-api-key", "SECRET"),
        usage_interval: Some(Duration::from_millis(50)),
        ..stage.rest(Venue::CoinGecko)
    };
    stage.connect(vec![exchange(Venue::CoinGecko, Transport::Rest(plan), &["ETH/USD"])]);
    let month = stage.recorder.first(reading("coingecko-eth-usd")).await;
    assert_eq!((month.limit, month.window), (10_000, Duration::from_secs(30 * 24 * 60 * 60)));
}

#[tokio::test]
async fn ora_6_a_body_beyond_the_limit_is_refused_and_the_source_survives_it() {
    let stage = Stage::open().await;
    let venue = stage.handle(Venue::Bitstamp);
    venue.pad(1024 * 1024);
    stage.connect(vec![exchange(Venue::Bitstamp, Transport::Rest(stage.rest(Venue::Bitstamp)), &["ETH/USD"])]);
    let (detail, _) = stage.recorder.first(fault("bitstamp-eth-usd", Fault::Payload)).await;
    assert_eq!(detail, "body longer than the limit");
    venue.heal();
    stage.recorder.first(tick("bitstamp-eth-usd")).await;
}

#[tokio::test]
async fn ora_6_garbage_is_counted_each_time_and_survived() {
    let stage = Stage::open().await;
    for venue in Venue::ALL {
        stage.handle(venue).garbage();
        stage.connect(vec![exchange(venue, Transport::Rest(stage.rest(venue)), &["ETH/USD"])]);
        let source = source_of(venue, "ETH/USD");
        let is_garbage = fault(&source, Fault::Payload);
        stage.recorder.several(0, 3, |signal| is_garbage(signal).is_some()).await;
        stage.handle(venue).heal();
        stage.recorder.first(tick(&source)).await;
    }
}

#[tokio::test]
async fn ora_6_one_slow_venue_delays_no_other() {
    let stage = Stage::open().await;
    stage.handle(Venue::Kraken).slow(Duration::from_secs(600));
    let impatient = Rest { request_timeout: Duration::from_millis(600), ..stage.rest(Venue::Kraken) };
    stage.connect(vec![
        exchange(Venue::Kraken, Transport::Rest(impatient), &["ETH/USD"]),
        exchange(Venue::Coinbase, Transport::Rest(stage.rest(Venue::Coinbase)), &["ETH/USD"]),
    ]);
    stage.recorder.first(fault("kraken-eth-usd", Fault::Timeout)).await;
    let is_tick = tick("coinbase-eth-usd");
    let ticks = stage.recorder.count(|signal| is_tick(signal).is_some());
    assert!(ticks >= 3, "{ticks} prices of the prompt venue while the slow one thought");
}

#[tokio::test]
async fn ora_6_a_dead_address_is_left_for_the_next_one() {
    let stage = Stage::open().await;
    // Bound and never listened on: the port refuses, and nobody else can get it meanwhile.
    let reserved = TcpSocket::new_v4().expect("a socket");
    reserved.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let dead = Url::parse(&format!("http://{}", reserved.local_addr().expect("an address"))).expect("a URL");
    let live = stage.venues.url_of(Venue::Okx).expect("a URL");
    stage.connect(vec![exchange(Venue::Okx, Transport::Rest(rest(vec![dead, live])), &["ETH/USD"])]);
    stage.recorder.first(fault("okx-eth-usd", Fault::Connect)).await;
    stage.recorder.first(tick("okx-eth-usd")).await;
}

#[tokio::test]
async fn ora_9_a_price_of_zero_is_a_bad_price_and_never_a_tick() {
    let stage = Stage::open().await;
    stage.handle(Venue::Coinbase).set_price("ETH/USD", price("0"));
    stage.connect(vec![exchange(Venue::Coinbase, Transport::Rest(stage.rest(Venue::Coinbase)), &["ETH/USD"])]);
    let (detail, _) = stage.recorder.first(fault("coinbase-eth-usd", Fault::BadPrice)).await;
    assert_eq!(detail, "unusable price: a price is above zero");
    let is_tick = tick("coinbase-eth-usd");
    assert_eq!(stage.recorder.count(|signal| is_tick(signal).is_some()), 0);
}

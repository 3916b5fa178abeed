//! Listening: exact prices and times, subscriptions, silence, nonsense, and coming back from all of them.

use std::time::Duration;

use causeway_testkit::venues::{RetryAfter, Venue};
use oracle_publisher::{
    adapters::venues::settings::{Socket, Transport},
    ports::Fault,
};

use super::stage::{Stage, alive, connections_beyond, exchange, fault, price, source_of, tick, tick_at};

/// The venues that have a socket.
const STREAMING: [Venue; 5] = [Venue::Binance, Venue::Coinbase, Venue::Kraken, Venue::Okx, Venue::Bitstamp];

const EXACT: &str = "1666.1234567890123456789";

#[tokio::test]
async fn ora_7_every_venue_s_streamed_price_arrives_exactly_and_with_the_venue_s_own_time() {
    let stage = Stage::open().await;
    let before = stage.now();
    for venue in STREAMING {
        stage.handle(venue).set_price("ETH/USD", price(EXACT));
        stage.connect(vec![exchange(venue, Transport::Socket(stage.socket(venue)), &["ETH/USD"])]);
        let tick = stage.recorder.first(tick(&source_of(venue, "ETH/USD"))).await;
        assert_eq!(tick.price.to_string(), EXACT, "{venue:?}");
        let time = tick.venue_time.expect("a time");
        assert!(time >= before && time.since(before) < Duration::from_secs(60), "{venue:?}: {time}");
    }
}

#[tokio::test]
async fn ora_7_one_socket_carries_every_symbol_of_a_venue_and_follows_the_path() {
    let stage = Stage::open().await;
    let pairs = ["ETH/USD", "BTC/USD", "EUR/USD"];
    for venue in STREAMING {
        stage.connect(vec![exchange(venue, Transport::Socket(stage.socket(venue)), &pairs)]);
        for pair in pairs {
            let source = source_of(venue, pair);
            let is_tick = tick(&source);
            stage.recorder.several(0, 3, |signal| is_tick(signal).is_some()).await;
        }
        assert_eq!(stage.handle(venue).connections(), 1, "{venue:?}");
    }
}

#[tokio::test]
async fn ora_7_an_unchanged_price_is_confirmed_by_the_venue_s_signs_of_life() {
    let stage = Stage::open().await;
    for venue in [Venue::Coinbase, Venue::Kraken, Venue::Okx, Venue::Bitstamp] {
        stage.handle(venue).freeze();
        stage.connect(vec![exchange(venue, Transport::Socket(stage.socket(venue)), &["ETH/USD"])]);
        let source = source_of(venue, "ETH/USD");
        let tick = stage.recorder.first(tick(&source)).await;
        let sign = stage.recorder.first(alive(&source)).await;
        assert!(sign >= tick.received, "{venue:?}: nothing stands before it was said");
    }
}

#[tokio::test]
async fn ora_7_a_cut_connection_is_told_and_opened_again() {
    let stage = Stage::open().await;
    for venue in STREAMING {
        let (handle, source) = (stage.handle(venue), source_of(venue, "ETH/USD"));
        stage.connect(vec![exchange(venue, Transport::Socket(stage.socket(venue)), &["ETH/USD"])]);
        stage.recorder.first(tick(&source)).await;
        let mark = stage.recorder.len();
        handle.drop_connections();
        stage.recorder.after(mark, fault(&source, Fault::Connect)).await;
        assert_eq!(connections_beyond(&handle, 1).await, 2, "{venue:?}");
        handle.set_price("ETH/USD", price("1999.5"));
        stage.recorder.after(mark, tick_at(&source, "1999.5")).await;
    }
}

#[tokio::test]
async fn ora_7_a_silent_feed_is_found_and_the_connection_replaced() {
    let stage = Stage::open().await;
    let (handle, source) = (stage.handle(Venue::Kraken), "kraken-eth-usd");
    let attentive = Socket { silent_after: Duration::from_millis(400), ..stage.socket(Venue::Kraken) };
    stage.connect(vec![exchange(Venue::Kraken, Transport::Socket(attentive), &["ETH/USD"])]);
    stage.recorder.first(tick(source)).await;
    handle.silence();
    stage.recorder.first(fault(source, Fault::Silent)).await;
    connections_beyond(&handle, 1).await;
    let mark = stage.recorder.len();
    handle.heal();
    stage.recorder.after(mark, tick(source)).await;
}

#[tokio::test]
async fn ora_7_a_symbol_that_subscribes_without_complaint_and_stays_silent_is_found_beside_a_lively_one() {
    let stage = Stage::open().await;
    for venue in [Venue::Binance, Venue::Bitstamp] {
        let attentive = Socket { silent_after: Duration::from_millis(700), ..stage.socket(venue) };
        stage.connect(vec![exchange(venue, Transport::Socket(attentive), &["ETH/USD", "XYZ/USD"])]);
        let (detail, _) = stage.recorder.first(fault(&source_of(venue, "XYZ/USD"), Fault::Silent)).await;
        assert_eq!(detail, "nothing heard of the symbol", "{venue:?}");
        let lively = source_of(venue, "ETH/USD");
        stage.recorder.first(tick(&lively)).await;
        let is_fault = fault(&lively, Fault::Silent);
        assert_eq!(stage.recorder.count(|signal| is_fault(signal).is_some()), 0, "{venue:?}");
    }
}

#[tokio::test]
async fn ora_6_a_refused_symbol_is_told_with_the_venue_s_reason_and_harms_no_other() {
    let stage = Stage::open().await;
    for (venue, reason) in [
        (Venue::Kraken, "Currency pair not supported XYZ/USD"),
        (Venue::Coinbase, "XYZ-USD is not a valid product"),
        (Venue::Okx, "60018 Wrong URL or channel:tickers,instId:XYZ-USD doesn't exist."),
    ] {
        let prompt = Socket { acknowledge_within: Duration::from_millis(500), ..stage.socket(venue) };
        stage.connect(vec![exchange(venue, Transport::Socket(prompt), &["XYZ/USD", "ETH/USD"])]);
        let (detail, _) = stage.recorder.first(fault(&source_of(venue, "XYZ/USD"), Fault::Subscription)).await;
        assert_eq!(detail, reason);
        stage.recorder.first(tick(&source_of(venue, "ETH/USD"))).await;
    }
}

#[tokio::test]
async fn ora_6_a_subscription_that_is_never_acknowledged_is_found_within_its_bound() {
    let stage = Stage::open().await;
    let handle = stage.handle(Venue::Okx);
    handle.ignore_subscriptions();
    let prompt = Socket { acknowledge_within: Duration::from_millis(200), ..stage.socket(Venue::Okx) };
    stage.connect(vec![exchange(Venue::Okx, Transport::Socket(prompt), &["ETH/USD"])]);
    let (detail, _) = stage.recorder.first(fault("okx-eth-usd", Fault::Subscription)).await;
    assert_eq!(detail, "subscription not acknowledged");
    connections_beyond(&handle, 1).await;
    handle.heal();
    stage.recorder.first(tick("okx-eth-usd")).await;
}

#[tokio::test]
async fn ora_6_nonsense_on_a_socket_is_counted_and_survived() {
    let stage = Stage::open().await;
    for venue in STREAMING {
        let (handle, source) = (stage.handle(venue), source_of(venue, "ETH/USD"));
        handle.garbage();
        stage.connect(vec![exchange(venue, Transport::Socket(stage.socket(venue)), &["ETH/USD"])]);
        let is_garbage = fault(&source, Fault::Payload);
        stage.recorder.several(0, 3, |signal| is_garbage(signal).is_some()).await;
        handle.heal();
        stage.recorder.first(tick(&source)).await;
    }
}

#[tokio::test]
async fn ora_6_a_message_beyond_the_limit_ends_the_connection_before_it_is_stored() {
    let stage = Stage::open().await;
    let handle = stage.handle(Venue::Bitstamp);
    handle.pad(1024 * 1024);
    stage.connect(vec![exchange(Venue::Bitstamp, Transport::Socket(stage.socket(Venue::Bitstamp)), &["ETH/USD"])]);
    let (detail, _) = stage.recorder.first(fault("bitstamp-eth-usd", Fault::Payload)).await;
    assert_eq!(detail, "message longer than the limit");
    handle.heal();
    stage.recorder.first(tick("bitstamp-eth-usd")).await;
}

#[tokio::test]
async fn ora_6_an_upgrade_is_refused_as_plainly_as_a_request() {
    let stage = Stage::open().await;
    let (coinbase, kraken) = (stage.handle(Venue::Coinbase), stage.handle(Venue::Kraken));
    coinbase.reject_auth();
    kraken.status(429, RetryAfter::Seconds(1));
    let started = stage.clock.monotonic();
    for venue in [Venue::Coinbase, Venue::Kraken] {
        stage.connect(vec![exchange(venue, Transport::Socket(stage.socket(venue)), &["ETH/USD"])]);
    }
    stage.recorder.first(fault("coinbase-eth-usd", Fault::Credential)).await;
    let (_, pause) = stage.recorder.first(fault("kraken-eth-usd", Fault::RateLimited)).await;
    assert_eq!(pause, Some(Duration::from_secs(1)));
    coinbase.heal();
    kraken.heal();
    stage.recorder.first(tick("coinbase-eth-usd")).await;
    let tick = stage.recorder.first(tick("kraken-eth-usd")).await;
    assert!(tick.received.since(started) >= Duration::from_secs(1), "came back too early");
}

#[tokio::test]
async fn ora_5_a_lying_venue_is_passed_on_as_it_lies() {
    let stage = Stage::open().await;
    let handle = stage.handle(Venue::Binance);
    handle.set_price("ETH/USD", price("1000"));
    handle.offset_ppm(100_000);
    stage.connect(vec![exchange(Venue::Binance, Transport::Socket(stage.socket(Venue::Binance)), &["ETH/USD"])]);
    stage.recorder.first(tick_at("binance-eth-usd", "1100")).await;
}

//! The simulated venues as a stranger sees them: over HTTP and WebSocket, without any of our clients.

use std::time::Duration;

use causeway_primitives::Decimal;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio_tungstenite::{connect_async, tungstenite::Message};

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

async fn open(seed: u64) -> Venues {
    _ = rustls::crypto::ring::default_provider().install_default();
    // A tick that outlasts the test: the price moves only when the test moves it.
    let path = Path::eur_usd().expect("a path").every(Duration::from_secs(3_600));
    Venues::start(vec![Market::new("EUR", "USD", path)], seed).await.expect("venues")
}

async fn get(venues: &Venues, venue: Venue, path: &str) -> reqwest::Response {
    let url = venues.url_of(venue).expect("a URL").join(path).expect("a URL");
    reqwest::Client::builder().user_agent("test").build().expect("a client").get(url).send().await.expect("an answer")
}

async fn coinbase_price(venues: &Venues) -> Decimal {
    let body = get(venues, Venue::Coinbase, "/products/EUR-USD/ticker").await.text().await.expect("a body");
    let ticker: Value = serde_json::from_str(&body).expect("JSON");
    ticker["price"].as_str().expect("a price").parse().expect("a decimal")
}

fn ppm(distance: Decimal, of: Decimal) -> Decimal {
    distance.abs() * Decimal::from(1_000_000) / of
}

#[tokio::test]
async fn every_answer_says_that_it_is_simulated() {
    let venues = open(1).await;
    for venue in Venue::ALL {
        let response = get(&venues, venue, "/anything").await;
        assert_eq!(response.headers()["x-simulated"], "causeway-testkit", "{venue:?}");
    }
    let (_, upgrade) =
        connect_async(venues.socket_url_of(Venue::Kraken).expect("a URL").as_str()).await.expect("socket");
    assert_eq!(upgrade.headers()["x-simulated"], "causeway-testkit");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_prices_close_to_the_path() {
    let (first, again) = (coinbase_price(&open(1).await).await, coinbase_price(&open(1).await).await);
    assert_eq!(first, again);
    let on_path: Decimal = "1.0716".parse().expect("a decimal");
    assert!(ppm(first - on_path, on_path) <= Decimal::from(30), "{first} is not the path's {on_path}");
    let mut others = Vec::new();
    for seed in 2..12 {
        others.push(coinbase_price(&open(seed).await).await);
    }
    assert!(others.iter().any(|other| *other != first), "another seed, another noise");
}

#[tokio::test]
async fn a_venue_can_be_made_to_lie_and_healed() {
    let venues = open(1).await;
    let (honest, handle) = (coinbase_price(&venues).await, venues.handle(Venue::Coinbase));
    handle.offset_ppm(50_000);
    assert_eq!(ppm(coinbase_price(&venues).await - honest, honest), Decimal::from(50_000));
    handle.set_price("EUR/USD", "1.25".parse().expect("a decimal"));
    handle.offset_ppm(0);
    assert_eq!(coinbase_price(&venues).await.to_string(), "1.25");
    handle.heal();
    assert_eq!(coinbase_price(&venues).await, honest);
    assert_eq!(handle.requests(), 4);
}

#[tokio::test]
async fn refusals_carry_what_the_venue_says_about_coming_back() {
    let venues = open(1).await;
    let handle = venues.handle(Venue::Okx);
    handle.status(429, RetryAfter::Seconds(7));
    let response = get(&venues, Venue::Okx, "/api/v5/market/ticker?instId=EUR-USD").await;
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].as_bytes()), (429, &b"7"[..]));
    handle.reject_auth();
    assert_eq!(get(&venues, Venue::Okx, "/").await.status().as_u16(), 401);
}

#[tokio::test]
async fn kraken_renames_over_rest_and_sends_json_numbers_over_its_socket() {
    let venues = open(1).await;
    venues.handle(Venue::Kraken).set_price("EUR/USD", "1.0716123456789012345678".parse().expect("a decimal"));
    let body = get(&venues, Venue::Kraken, "/0/public/Ticker?pair=EURUSD").await.text().await.expect("a body");
    assert!(body.contains(r#""ZEURZUSD""#) && body.contains(r#""c":["1.0716123456789012345678""#), "{body}");

    let url = venues.socket_url_of(Venue::Kraken).expect("a URL");
    let (mut socket, _) = connect_async(url.as_str()).await.expect("a socket");
    let subscribe = r#"{"method":"subscribe","params":{"channel":"ticker","symbol":["EUR/USD"]}}"#;
    socket.send(Message::text(subscribe)).await.expect("sent");
    let told = tokio::time::timeout(PATIENCE, async {
        while let Some(Ok(message)) = socket.next().await {
            let text = message.into_text().expect("text");
            if text.contains(r#""last":1.0716123456789012345678,"#) {
                return true;
            }
        }
        false
    });
    assert_eq!(told.await, Ok(true));
}

#[tokio::test]
async fn dropping_the_venues_cuts_their_sockets() {
    let venues = open(1).await;
    let url = venues.socket_url_of(Venue::Okx).expect("a URL");
    let (mut socket, _) = connect_async(url.as_str()).await.expect("a socket");
    drop(venues);
    let ended = tokio::time::timeout(PATIENCE, async { while let Some(Ok(_)) = socket.next().await {} });
    assert!(ended.await.is_ok(), "the socket outlived its venue");
}

//! Listening with polling behind it. Kraken tells the two apart: only its socket gives a time.

use std::time::Duration;

use causeway_primitives::Timestamp;
use causeway_testkit::venues::Venue;
use oracle_publisher::{
    adapters::venues::settings::{Socket, Transport},
    ports::{Fault, Signal},
};

use super::stage::{Stage, exchange, fault, tick};

const SOURCE: &str = "kraken-eth-usd";

fn streamed(signal: &Signal) -> Option<Timestamp> {
    tick(SOURCE)(signal).and_then(|tick| tick.venue_time)
}

fn polled(signal: &Signal) -> Option<()> {
    tick(SOURCE)(signal).filter(|tick| tick.venue_time.is_none()).map(|_| ())
}

fn connect(stage: &Stage, silent_after: Duration) {
    let socket = Socket { silent_after, ..stage.socket(Venue::Kraken) };
    let transport = Transport::SocketWithFallback(socket, stage.rest(Venue::Kraken));
    stage.connect(vec![exchange(Venue::Kraken, transport, &["ETH/USD"])]);
}

#[tokio::test]
async fn ora_7_the_poller_spends_no_request_while_the_socket_delivers() {
    let stage = Stage::open().await;
    connect(&stage, Duration::from_secs(5));
    stage.recorder.first(streamed).await;
    let (mark, requests) = (stage.recorder.len(), stage.handle(Venue::Kraken).requests());
    // Ten ticks take a second: fifty polling intervals.
    stage.recorder.several(mark, 10, |signal| streamed(signal).is_some()).await;
    let spent = stage.handle(Venue::Kraken).requests() - requests;
    assert!(spent <= 1, "{spent} requests: only one that was under way may still come");
}

#[tokio::test]
async fn ora_6_polling_takes_over_while_the_socket_is_refused_and_hands_back() {
    let stage = Stage::open().await;
    connect(&stage, Duration::from_secs(5));
    stage.recorder.first(streamed).await;
    let mark = stage.recorder.len();
    stage.handle(Venue::Kraken).refuse_sockets();
    stage.recorder.after(mark, fault(SOURCE, Fault::Connect)).await;
    stage.recorder.several(mark, 5, |signal| polled(signal).is_some()).await;
    stage.recorder.after(mark, fault(SOURCE, Fault::HttpStatus)).await;
    let mark = stage.recorder.len();
    stage.handle(Venue::Kraken).heal();
    stage.recorder.after(mark, streamed).await;
}

#[tokio::test]
async fn ora_6_polling_takes_over_while_the_socket_is_open_and_silent() {
    let stage = Stage::open().await;
    connect(&stage, Duration::from_millis(400));
    stage.recorder.first(streamed).await;
    let mark = stage.recorder.len();
    stage.handle(Venue::Kraken).silence();
    stage.recorder.several(mark, 5, |signal| polled(signal).is_some()).await;
}

#[tokio::test]
async fn ora_6_polling_covers_the_symbol_that_the_socket_does_not_deliver() {
    let stage = Stage::open().await;
    stage.handle(Venue::Kraken).ignore_subscriptions();
    connect(&stage, Duration::from_secs(5));
    stage.recorder.several(0, 5, |signal| polled(signal).is_some()).await;
    assert_eq!(stage.recorder.count(|signal| streamed(signal).is_some()), 0);
}

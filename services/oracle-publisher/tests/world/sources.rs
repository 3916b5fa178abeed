//! Sources that lie, that move together, and that disagree.

use std::time::Duration;

use causeway_primitives::Decimal;
use causeway_testkit::{
    oracle::Plan,
    venues::{Path, RetryAfter, Venue},
    wait::eventually,
};

use super::{replica::answer, stage::Stage};

/// How far a simulated venue may be from the path, generously, in the answer's units of 10⁻⁸.
const NOISE: i64 = 30_000;

#[tokio::test]
async fn ora_5_a_source_that_lies_is_quarantined_and_earns_its_vote_back_and_no_answer_leaves_the_honest_range() {
    // A slow path: where the market moves several times an evaluation, honest venues look apart as well.
    let stage = Stage::new(Plan { tick: Duration::from_secs(1), ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    replica.first_round().await;
    replica.source_is("bitstamp-eur-usd", "healthy").await;

    let bitstamp = stage.world.venues.handle(Venue::Bitstamp);
    bitstamp.offset_ppm(30_000);
    let quarantined = replica.source_is("bitstamp-eur-usd", "quarantined").await;
    assert_eq!(quarantined.weight_percent.map(|weight| weight.value), Some("0".to_owned()));
    replica.alert("OracleSourceQuarantined", true).await;
    bitstamp.heal();
    let probation = replica.source_is("bitstamp-eur-usd", "probation").await;
    assert!(!probation.cause.is_empty(), "a move has its cause");
    replica.source_is("bitstamp-eur-usd", "healthy").await;
    replica.alert("OracleSourceQuarantined", false).await;

    let (lowest, highest) = honest_range();
    let answers = stage.answers().await;
    for text in &answers {
        let answer: i64 = text.parse().unwrap();
        assert!((lowest..=highest).contains(&answer), "{answer} is no honest price: {lowest} to {highest}");
    }
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ora_5_a_source_on_probation_that_gives_no_answer_is_quarantined_again_and_not_given_its_vote_back() {
    let stage = Stage::new(Plan { tick: Duration::from_secs(1), ..Plan::default() }).await;
    // Its last word is too old by the time that its quarantine ends.
    let replica = stage.serve_with("replica-a", &[("ORACLE__POLICY__MAX_AGE_SECONDS", "3")]).await;
    replica.first_round().await;
    replica.source_is("bitstamp-eur-usd", "healthy").await;
    let bitstamp = stage.world.venues.handle(Venue::Bitstamp);
    bitstamp.offset_ppm(30_000);
    replica.source_is("bitstamp-eur-usd", "quarantined").await;
    bitstamp.heal();
    bitstamp.status(503, RetryAfter::Unsaid);
    bitstamp.refuse_sockets();
    bitstamp.drop_connections();

    replica.source_is("bitstamp-eur-usd", "probation").await;
    let again = replica.source_is("bitstamp-eur-usd", "quarantined").await;
    assert!(["stale", "silent"].contains(&again.cause.as_str()), "{again:?}");
    assert_eq!(again.weight_percent.map(|weight| weight.value), Some("0".to_owned()));
    replica.alert("OracleSourceQuarantined", true).await;

    bitstamp.heal();
    replica.source_is("bitstamp-eur-usd", "healthy").await;
    replica.alert("OracleSourceQuarantined", false).await;
    stage.finish(vec![replica]).await;
}

/// What honest venues say in the first six minutes of the path.
fn honest_range() -> (i64, i64) {
    let path = Path::eur_usd().unwrap();
    let prices = path.prices().iter().take(360);
    let scaled = prices.map(|price| (*price * Decimal::from(100_000_000)).round().try_into().unwrap());
    let scaled: Vec<i64> = scaled.collect();
    (scaled.iter().min().unwrap() - NOISE, scaled.iter().max().unwrap() + NOISE)
}

#[tokio::test]
async fn ora_5_a_move_of_the_whole_market_is_published_and_blames_nobody() {
    let stage = Stage::new(Plan { heartbeat_seconds: 600, ..Plan::default() }).await;
    stage.market("1.10000");
    let replica = stage.serve("replica-a").await;
    replica.first_round().await;
    stage.market("1.04500");
    stage.answered("104500000").await;
    // Longer than it takes to quarantine a source on the cadence of this world.
    let decided = replica.metric("oracle_decisions_total", &["eur-usd"]).await;
    eventually("eight more evaluations", async || {
        replica.metric("oracle_decisions_total", &["eur-usd"]).await > decided + 8
    })
    .await;
    for venue in ["coinbase-eur-usd", "kraken-eur-usd", "bitstamp-eur-usd", "binance-eur-usdt", "okx-eur-usdt"] {
        let source = replica.source(venue).await;
        assert_eq!(source.state, "healthy", "{venue}: {}", source.cause);
    }
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ora_5_a_crash_that_all_venues_confirm_is_published() {
    let stage = Stage::new(Plan { heartbeat_seconds: 600, ..Plan::default() }).await;
    stage.market("1.10000");
    let replica = stage.serve("replica-a").await;
    replica.first_round().await;
    stage.market("0.88000");
    let round = replica.round("eur-usd", "the crash", |round| answer(round) == "88000000").await;
    assert_eq!(round.reason, "deviation");
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ora_5_venues_that_disagree_open_the_breaker_and_it_closes_after_agreement() {
    let stage = Stage::new(Plan { heartbeat_seconds: 600, ..Plan::default() }).await;
    stage.market("1.10000");
    let replica = stage.serve("replica-a").await;
    replica.first_round().await;

    for (venue, price) in [
        (Venue::Bitstamp, "1.13000"),
        (Venue::CoinGecko, "1.13000"),
        (Venue::Binance, "1.16000"),
        (Venue::Okx, "1.16000"),
    ] {
        stage.quote(venue, price);
    }
    replica.breaker_is("open").await;
    replica.alert("OracleFeedBreakerOpen", true).await;
    let status = replica.priced("halted", |price| price.status() == causeway_proto::oracle::v1::PriceStatus::Halted);
    status.await;
    let before = stage.rounds().await;

    stage.market("1.13000");
    replica.breaker_is("half_open").await;
    assert_eq!(stage.rounds().await, before, "nothing was published while the venues disagreed");
    replica.breaker_is("closed").await;
    stage.answered("113000000").await;
    replica.alert("OracleFeedBreakerOpen", false).await;
    stage.finish(vec![replica]).await;
}

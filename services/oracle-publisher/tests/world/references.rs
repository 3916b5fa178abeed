//! An external reference is compared and told, and moves nothing.

use causeway_proto::ops::v1::{WatchEventsRequest, WatchEventsResponse};
use causeway_testkit::{
    oracle::Plan,
    venues::Venue,
    wait::{SOON, eventually},
};
use tonic::Streaming;

use super::{replica::Replica, stage::Stage};

const REFERENCE: &str = "judge-eur-usd";

/// A feed of three venues with a fourth that only watches.
const WATCHED: &str = r#"

[[feeds]]
id = "eur-usd-watched"
pair = "EUR/USD"
sources = [
    { venue = "coinbase", id = "watched-coinbase" },
    { venue = "kraken", id = "watched-kraken" },
    { venue = "bitstamp", id = "watched-bitstamp" },
    { venue = "coingecko", id = "judge-eur-usd", role = "reference", symbol = "euro-coin/usd" },
]

[feeds.policy]
reference_deviation_percent = "2"
reference_for_seconds = 1
"#;

/// The next event about the reference.
async fn told(events: &mut Streaming<WatchEventsResponse>) -> WatchEventsResponse {
    let found = async {
        loop {
            let event = events.message().await.unwrap().expect("the stream goes on");
            if event.subject == REFERENCE {
                return event;
            }
        }
    };
    tokio::time::timeout(SOON, found).await.expect("an event about the reference")
}

async fn stands(replica: &Replica, cause: &str) {
    let found = async || {
        let source = replica.source(REFERENCE).await;
        assert_eq!(source.state, "reference");
        if source.cause == cause { Ok(()) } else { Err(source.cause) }
    };
    eventually(&format!("the reference {cause}"), found).await;
}

#[tokio::test]
async fn ora_5_a_median_that_leaves_its_reference_is_an_event_an_alert_and_a_figure_and_still_the_answer() {
    let stage = Stage::new(Plan { heartbeat_seconds: 600, more: WATCHED.to_owned(), ..Plan::default() }).await;
    stage.market("1.10000");
    let replica = stage.serve("replica-a").await;
    replica.first_round().await;
    stands(&replica, "agrees").await;
    let request = WatchEventsRequest { after: 0 };
    let mut events = replica.ops.clone().watch_events(request).await.unwrap().into_inner();
    assert!(replica.metric("oracle_reference_deviation_ppm", &[REFERENCE]).await < 20_000);

    stage.world.venues.handle(Venue::CoinGecko).offset_ppm(50_000);
    stands(&replica, "deviates").await;
    replica.alert("OracleReferenceDeviation", true).await;
    let event = told(&mut events).await;
    assert_eq!(event.kind, "reference_transition");
    let detail: serde_json::Value = serde_json::from_str(&event.detail_json).unwrap();
    assert_eq!((&detail["from"], &detail["to"]), (&"agrees".into(), &"deviates".into()), "{detail}");
    assert!(replica.metric("oracle_reference_deviation_ppm", &[REFERENCE]).await >= 20_000);
    let price = replica.price("eur-usd-watched").await;
    assert_eq!(price.venues_counted, 3, "it has no vote");
    assert_eq!(price.market_price.unwrap().value, "1.1", "and moves nothing");

    stage.world.venues.handle(Venue::CoinGecko).offset_ppm(0);
    stands(&replica, "agrees").await;
    replica.alert("OracleReferenceDeviation", false).await;
    let event = told(&mut events).await;
    assert!(event.summary.contains("from deviates to agrees"), "{}", event.summary);
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ora_5_what_a_reference_did_before_a_takeover_is_not_told_again_after_it() {
    let stage = Stage::new(Plan { heartbeat_seconds: 600, more: WATCHED.to_owned(), ..Plan::default() }).await;
    stage.market("1.10000");
    let leader = stage.serve("replica-a").await;
    leader.first_round().await;
    stands(&leader, "agrees").await;
    let standby = stage.serve("replica-b").await;
    stands(&standby, "agrees").await;
    let watch = async |replica: &Replica, after| {
        replica.ops.clone().watch_events(WatchEventsRequest { after }).await.unwrap().into_inner()
    };
    let mut events = watch(&leader, 0).await;
    stage.world.venues.handle(Venue::CoinGecko).offset_ppm(50_000);
    let left = told(&mut events).await;
    assert!(left.summary.contains("from agrees to deviates"), "{}", left.summary);
    stands(&standby, "deviates").await;

    leader.kill().await;
    standby.is("leader").await;
    let mut events = watch(&standby, left.sequence).await;
    stage.world.venues.handle(Venue::CoinGecko).offset_ppm(0);
    let back = told(&mut events).await;
    assert!(back.summary.contains("from deviates to agrees"), "{}", back.summary);
    stage.finish(vec![standby]).await;
}

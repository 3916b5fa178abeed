//! When a round is published, and when it is not.

use causeway_testkit::oracle::Plan;

use super::{
    replica::{answer, number},
    stage::Stage,
};

#[tokio::test]
async fn ora_3_a_deviation_below_the_threshold_is_held_and_one_at_the_threshold_is_published() {
    let stage = Stage::new(Plan { heartbeat_seconds: 600, ..Plan::default() }).await;
    stage.market("1.10000");
    let replica = stage.serve("replica-a").await;
    replica.first_round().await;

    stage.market("1.10054");
    let below = |price: &causeway_proto::oracle::v1::FeedPrice| {
        price.market_price.as_ref().is_some_and(|market| market.value == "1.10054")
            && price.decision == "within_threshold"
    };
    replica.priced("the small move was seen and held", below).await;
    assert_eq!(stage.rounds().await, 1, "0.049 % is less than 0.05 %");

    stage.market("1.10055");
    let round = replica.round("eur-usd", "a round by deviation", |round| round.reason == "deviation").await;
    assert_eq!((number(&round), answer(&round)), (2, "110055000"), "exactly 0.05 % publishes");
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ora_3_in_a_still_market_the_age_on_chain_never_reaches_the_heartbeat() {
    const HEARTBEAT: u64 = 8;
    let stage = Stage::new(Plan { heartbeat_seconds: HEARTBEAT, ..Plan::default() }).await;
    stage.market("1.10000");
    let replica = stage.serve("replica-a").await;
    replica.round("eur-usd", "the fourth round", |round| number(round) == 4).await;
    let rounds = stage.world.eur_usd.rounds(&stage.world.anvil).await.unwrap();
    for pair in rounds.windows(2) {
        let age = pair[1].updated_at - pair[0].updated_at;
        assert!(age < HEARTBEAT, "round {} was {age} s old when the next one came", pair[0].id);
    }
    let reasons: Vec<String> = replica.rounds("eur-usd").await.into_iter().rev().map(|round| round.reason).collect();
    assert_eq!(reasons[..4], ["first_round", "heartbeat", "heartbeat", "heartbeat"]);
    stage.finish(vec![replica]).await;
}

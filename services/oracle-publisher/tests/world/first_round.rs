//! The first round of an empty feed, in each write dialect and both shapes of emptiness.

use causeway_testkit::{
    contracts::{Dialect, EmptyFeed},
    oracle::Plan,
};

use super::{
    replica::{answer, number},
    stage::Stage,
};

/// The dialect is not configured: the service finds it out, and says so.
async fn lands(dialect: Dialect, empty: EmptyFeed, name: &str) {
    let stage = Stage::new(Plan { dialect, empty, ..Plan::default() }).await;
    stage.market("1.10037");
    let replica = stage.serve("replica-a").await;
    let first = replica.first_round().await;
    assert_eq!((number(&first), answer(&first)), (1, "110037000"));
    let found = format!("\"dialect\":\"{name}\"");
    let lines = replica.service.log().lines();
    let told = lines.iter().any(|line| line.contains("aggregator found") && line.contains(&found));
    assert!(told, "no line says {found}:\n{}", replica.service.log().tail(20));
    let derived = replica.round("usd-eur", "a first round of the derived feed", |_| true).await;
    assert_eq!((number(&derived), answer(&derived)), (1, "90878523"), "1 ÷ 1.10037, to 8 decimals");
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ora_3_an_empty_feed_of_zeros_gets_its_first_round_by_update_answer_int256() {
    lands(Dialect::UpdateAnswerInt256, EmptyFeed::Zeros, "updateAnswer(int256)").await;
}

#[tokio::test]
async fn ora_3_an_empty_feed_that_reverts_gets_its_first_round_by_update_answer_uint256() {
    lands(Dialect::UpdateAnswerUint256, EmptyFeed::Reverts, "updateAnswer(uint256)").await;
}

#[tokio::test]
async fn ora_3_an_empty_feed_that_reverts_gets_its_first_round_by_submit() {
    lands(Dialect::SubmitRound, EmptyFeed::Reverts, "submit(uint256,int256)").await;
}

#[tokio::test]
async fn ora_3_an_empty_feed_of_zeros_gets_its_first_round_by_transmit() {
    lands(Dialect::TransmitInt192, EmptyFeed::Zeros, "transmit(int192)").await;
}

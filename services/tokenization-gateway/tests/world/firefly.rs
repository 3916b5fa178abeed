//! Calls by FireFly: whatever it does to a request, one movement comes of it, or none and somebody is told.

use causeway_primitives::{Address, U256};
use causeway_testkit::{
    firefly::{EventWays, Misdeed},
    wait::eventually,
};
use serde_json::Value;
use tokenization_gateway::app::Decision;

use super::{
    messages::{mt103, uetr},
    outsiders::Temper,
    stand::{Stand, Via, actor},
};

/// The token's memory keeps a repeated event from being performed twice; these must not even be tried.
async fn one_after(misdeed: Misdeed, stand: &Stand, number: u32) {
    stand.firefly.as_ref().unwrap().next(&[misdeed]);
    let id = stand.order(&mt103(&uetr(number), "10,", "")).await;
    stand.reaches(id, "reported").await;
    let minted = U256::from(number) * U256::from(10_000_000);
    assert_eq!(stand.token.total_supply().await.unwrap(), minted, "{misdeed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_2_tok_7_each_misdeed_of_firefly_ends_in_one_movement() {
    let stand = Stand::via("gateway_firefly", Via::Firefly).await;
    let gateway = stand.start();
    let misdeeds = || Misdeed::SURVIVED.into_iter().chain([Misdeed::Slow]);
    for (number, misdeed) in (1..).zip(misdeeds()) {
        one_after(misdeed, &stand, number).await;
    }
    assert_eq!(stand.token.performed().await.unwrap().len(), misdeeds().count());
    assert_eq!(stand.firefly.as_ref().unwrap().retried(), 0, "an operation is never retried");
    stand.is_reconciled(&gateway).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_2_something_else_under_our_key_is_a_persons_matter_and_is_not_asked_for_again() {
    let stand = Stand::via("gateway_firefly_other", Via::Firefly).await;
    let firefly = stand.firefly.as_ref().unwrap();
    firefly.next(&[Misdeed::OtherInput]);
    let gateway = stand.start();
    let id = stand.order(&mt103(&uetr(1), "10,", "")).await;
    let unknown = stand.reaches(id, "unknown").await;
    assert_eq!(unknown.saga.state.reason(), "reference_of_other_content");
    assert_eq!(firefly.asked().len(), 1, "{:?}", firefly.asked());
    assert_eq!(stand.token.total_supply().await.unwrap(), U256::ZERO);
    gateway.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_2_tok_8_what_the_token_refuses_and_what_the_guard_forbids_is_never_asked_of_firefly() {
    let stand = Stand::via("gateway_firefly_held", Via::Firefly).await;
    let firefly = stand.firefly.as_ref().unwrap();
    let gateway = stand.start();
    stand.token.pause().await.unwrap();
    let paused = stand.order(&mt103(&uetr(1), "10,", "")).await;
    assert_eq!(stand.reaches(paused, "held").await.saga.state.reason(), "chain_refuses");
    stand.replica.known_to_be(Temper::Halted).await;
    let halted = stand.order(&mt103(&uetr(2), "10,", "")).await;
    assert_eq!(stand.reaches(halted, "held").await.saga.state.reason(), "guard");
    assert!(firefly.asked().is_empty());
    stand.token.unpause().await.unwrap();
    stand.replica.now(Temper::Grants { cap: u64::MAX });
    stand.desk.decide(paused, &actor("bank"), Decision::Release, None).await.unwrap().unwrap();
    for id in [paused, halted] {
        stand.reaches(id, "reported").await;
    }
    stand.is_reconciled(&gateway).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_2_events_that_come_twice_out_of_order_again_or_never_change_nothing() {
    let stand = Stand::via("gateway_firefly_events", Via::Firefly).await;
    let firefly = stand.firefly.as_ref().unwrap();
    let ways = [
        EventWays { doubled: true, ..EventWays::default() },
        EventWays { lost: true, swapped: true, ..EventWays::default() },
        EventWays { replayed: true, doubled: true, ..EventWays::default() },
    ];
    for (number, ways) in (1..).zip(ways) {
        firefly.tell_events(ways);
        let gateway = stand.start();
        let id = stand.order(&mt103(&uetr(number), "10,", "")).await;
        stand.reaches(id, "reported").await;
        stand.is_reconciled(&gateway).await;
        gateway.kill().await;
    }
    assert!(firefly.acknowledged() > 0, "nobody listened");
    assert_eq!(stand.token.performed().await.unwrap().len(), 3);
}

/// Waits until FireFly's only pool is an active one of our token.
async fn is_shown(stand: &Stand) {
    let ours = stand.token.address.to_string().to_lowercase();
    let is_ours = |pool: &Value| {
        pool["name"] == "eur" && pool["active"] == true && pool["locator"].as_str().unwrap().contains(&ours)
    };
    let firefly = stand.firefly.as_ref().unwrap();
    eventually("a pool of our token", async || firefly.pools().iter().any(is_ours)).await;
    assert_eq!(firefly.pools().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_1_tok_2_firefly_shows_the_token_in_one_pool_however_often_the_gateway_starts() {
    let stand = Stand::via("gateway_firefly_pools", Via::Firefly).await;
    for number in 1..=2 {
        let gateway = stand.start();
        is_shown(&stand).await;
        let id = stand.order(&mt103(&uetr(number), "10,", "")).await;
        stand.reaches(id, "reported").await;
        gateway.kill().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_2_a_pool_whose_request_came_to_nothing_is_asked_for_by_the_next_leader() {
    let mut stand = Stand::via("gateway_firefly_lost_pools", Via::Firefly).await;
    stand.firefly().loses_pools(true);
    let gateway = stand.start();
    eventually("the pool is asked for", async || stand.firefly().pool_requests() == 1).await;
    let first = stand.order(&mt103(&uetr(1), "10,", "")).await;
    stand.reaches(first, "reported").await;
    let made = (stand.firefly().pools().len(), stand.firefly().pool_requests());
    assert_eq!(made, (0, 1), "one leader asks under one key");
    gateway.kill().await;
    stand.depose().await;
    stand.firefly().loses_pools(false);
    let _gateway = stand.start();
    is_shown(&stand).await;
    assert_eq!(stand.firefly().pool_requests(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_2_without_a_token_connector_and_beside_anothers_pool_calls_go_by_firefly_all_the_same() {
    let stand = Stand::via("gateway_firefly_no_pools", Via::Firefly).await;
    let firefly = stand.firefly.as_ref().unwrap();
    firefly.without_tokens();
    let gateway = stand.start();
    let first = stand.order(&mt103(&uetr(1), "10,", "")).await;
    stand.reaches(first, "reported").await;
    assert!(firefly.pools().is_empty());
    gateway.kill().await;
    firefly.show("eur", Address::repeat_byte(9));
    let _gateway = stand.start();
    let second = stand.order(&mt103(&uetr(2), "10,", "")).await;
    stand.reaches(second, "reported").await;
    assert_eq!(firefly.pools().len(), 1, "another's pool is neither taken nor doubled");
}

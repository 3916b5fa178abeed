//! What is not answered is not known, and says so.

use std::time::Duration;

use causeway_primitives::U256;
use ccip_monitor::{
    domain::diagnose::{Gap, Read},
    ports::ChainReads as _,
};

use super::stand::{Stand, reader_of};

#[tokio::test]
async fn ccip_11_an_endpoint_that_is_gone_gives_gaps_and_no_zero() {
    let mut stand = Stand::new().await;
    let pin = stand.home_pin().await;
    stand.world.home.anvil.kill().await.unwrap();
    let found = stand.home.probe(pin, &stand.probe()).await;
    let unanswered = |gap: Option<&Gap>| matches!(gap, Some(Gap::Unanswered { .. }));
    assert!(unanswered(found.router.find_gap()), "{:?}", found.router);
    let balance: &Read<U256> = &found.balances[0].1;
    assert!(unanswered(balance.find_gap()), "an error is no empty account: {balance:?}");
    assert!(found.outgoing.iter().all(|lane| unanswered(lane.supported.find_gap())), "{:?}", found.outgoing);
    assert!(balance.proof.contains("balanceOf") && balance.proof.contains("not known"), "{}", balance.proof);
}

#[tokio::test]
async fn ccip_11_an_endpoint_that_is_silent_costs_no_more_than_the_bound() {
    // Takes connections and never answers.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let reader = reader_of(&url, 138, Duration::from_millis(200));
    let head = tokio::time::timeout(Duration::from_secs(5), reader.head()).await.unwrap();
    assert!(matches!(head.value, Err(Gap::Unanswered { .. })), "{head:?}");
}

#[tokio::test]
async fn ccip_15_what_a_contract_does_not_have_is_a_refusal_and_no_outage() {
    let stand = Stand::new().await;
    let mut ask = stand.probe();
    ask.outgoing[2].on_ramp = stand.world.home.tokens.link;
    let found = stand.home.probe(stand.home_pin().await, &ask).await;
    assert!(matches!(found.outgoing[2].expected_next.value, Err(Gap::Refused { .. })), "{:?}", found.outgoing[2]);
}

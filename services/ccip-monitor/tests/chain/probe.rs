//! Routers, lanes, curses and LINK at one block.

use causeway_primitives::U256;
use causeway_testkit::ccip::{Family, Side, Subject};
use ccip_monitor::{
    domain::diagnose::evidence::{Curses, RouterState},
    ports::ChainReads as _,
};

use super::stand::{Stand, hello};

const NOT_CURSED: Curses = Curses { global: false, lane: false };

#[tokio::test]
async fn ccip_11_a_probe_sees_the_router_every_lane_and_the_link_of_the_senders() {
    let stand = Stand::new().await;
    stand.world.v1_6(Side::Home).send(&hello(&stand.world)).await.unwrap();
    stand.world.home.set_sender_link(U256::from(1_234)).await.unwrap();
    let found = stand.home.probe(stand.home_pin().await, &stand.probe()).await;

    assert_eq!(found.router.value, Ok(RouterState::Serves { version: "Router 1.2.0".to_owned() }));
    assert_eq!(found.cursed.value, Ok(false));
    assert_eq!(found.balances[0].1.value, Ok(U256::from(1_234)));
    for (lane, family) in found.outgoing.iter().zip([Family::Private, Family::V1_5, Family::V1_6]) {
        assert_eq!(lane.supported.value, Ok(true), "{family:?}: {}", lane.supported.proof);
        match family {
            Family::Private => assert!(lane.expected_next.value.is_err(), "it does not count"),
            Family::V1_5 => assert_eq!(lane.expected_next.value, Ok(1)),
            Family::V1_6 | Family::V2_0 => assert_eq!(lane.expected_next.value, Ok(2)),
        }
        if family != Family::Private {
            assert_eq!(lane.curses.value, Ok(NOT_CURSED), "{family:?}: {}", lane.curses.proof);
        }
    }
}

#[tokio::test]
async fn ccip_11_a_cursed_lane_and_a_cursed_chain_are_told_apart() {
    let stand = Stand::new().await;
    let lane = stand.world.v1_6(Side::Home);
    lane.curse_source(Subject::Lane).await.unwrap();
    let found = stand.home.probe(stand.home_pin().await, &stand.probe()).await;
    assert_eq!(found.outgoing[2].curses.value, Ok(Curses { global: false, lane: true }));
    assert_eq!(found.incoming[2].1.value, Ok(Curses { global: false, lane: true }), "the same peer");
    assert_eq!(found.outgoing[1].curses.value, Ok(NOT_CURSED), "1.5 has a risk network of its own");
    assert_eq!(found.cursed.value, Ok(false));

    lane.curse_source(Subject::Everything).await.unwrap();
    let found = stand.home.probe(stand.home_pin().await, &stand.probe()).await;
    assert_eq!(found.cursed.value, Ok(true), "{}", found.cursed.proof);
}

#[tokio::test]
async fn ccip_11_a_lane_that_was_taken_out_and_a_router_that_is_none_are_seen() {
    let stand = Stand::new().await;
    stand.world.v1_6(Side::Home).unroute().await.unwrap();
    stand.world.private(Side::Home).close().await.unwrap();
    let mut ask = stand.probe();
    let found = stand.home.probe(stand.home_pin().await, &ask).await;
    let supported: Vec<_> = found.outgoing.iter().map(|lane| lane.supported.value.clone()).collect();
    assert_eq!(supported, [Ok(false), Ok(true), Ok(false)]);

    ask.router = Some(stand.world.home.tokens.link);
    let found = stand.home.probe(stand.home_pin().await, &ask).await;
    assert!(matches!(found.router.value, Ok(RouterState::Refuses { .. })), "a token is no router");
    ask.router = Some(stand.world.home.account(causeway_testkit::ccip::Role::Stranger));
    let found = stand.home.probe(stand.home_pin().await, &ask).await;
    assert_eq!(found.router.value, Ok(RouterState::NoCode));
}

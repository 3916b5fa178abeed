//! Two replicas at once: real processes, one database, one chain.

use causeway_testkit::{oracle::Plan, wait::eventually};

use super::{
    replica::{Replica, number},
    stage::Stage,
};

/// The chain's third account: the second replica's, where each has its own.
const SECOND: usize = 2;

/// Rounds come as fast as blocks do.
fn lively() -> Plan {
    Plan { deviation_percent: "0.01", ..Plan::default() }
}

/// The leader first, the standby second. A moment in which both say that they lead is no fault by itself: the old
/// leader learns of its end from the fence.
async fn sorted(one: Replica, other: Replica) -> (Replica, Replica) {
    let leads = async || match (one.role().await.as_str(), other.role().await.as_str()) {
        ("leader", "standby") => Some(true),
        ("standby", "leader") => Some(false),
        (_, _) => None,
    };
    if eventually("one leader and one standby", leads).await { (one, other) } else { (other, one) }
}

#[tokio::test]
async fn ora_11_two_replicas_with_one_key_never_publish_one_round() {
    let stage = Stage::new(lively()).await;
    let (one, other) = tokio::join!(stage.serve("replica-a"), stage.serve("replica-b"));
    let (leader, standby) = sorted(one, other).await;
    let known = stage.rounds().await;
    stage.rounds_beyond(known + 2).await;
    assert_eq!(standby.metric("oracle_updates_sent_total", &[]).await, 0, "a standby sends nothing");

    leader.kill().await;
    standby.is("leader").await;
    let known = stage.rounds().await;
    standby.round("eur-usd", "a round of the new leader", |round| number(round) > known + 1).await;
    assert!(standby.metric("oracle_updates_sent_total", &[]).await > 0);
    stage.finish(vec![standby]).await;
}

#[tokio::test]
async fn ora_11_two_replicas_with_keys_of_their_own_never_publish_one_round() {
    let stage = Stage::new(lively()).await;
    let second = stage.world.anvil.accounts()[SECOND].clone();
    for contract in [stage.world.eur_usd, stage.world.usd_eur] {
        contract.add_transmitter(&stage.world.anvil, second.address).await.unwrap();
    }
    let own_key = [("PRIVATE_KEY", second.key.as_str())];
    let (one, other) = tokio::join!(stage.serve("replica-a"), stage.serve_with("replica-b", &own_key));
    let (leader, standby) = sorted(one, other).await;
    let known = stage.rounds().await;
    stage.rounds_beyond(known + 2).await;

    leader.kill().await;
    standby.is("leader").await;
    let known = stage.rounds().await;
    standby.round("eur-usd", "a round of the new leader", |round| number(round) > known + 1).await;
    stage.finish(vec![standby]).await;
}

#[tokio::test]
async fn ora_11_a_leader_that_was_frozen_past_its_lease_doubles_nothing_when_it_thaws() {
    let stage = Stage::new(lively()).await;
    let (one, other) = tokio::join!(stage.serve("replica-a"), stage.serve("replica-b"));
    let (leader, standby) = sorted(one, other).await;
    let known = stage.rounds().await;
    stage.rounds_beyond(known).await;

    leader.service.freeze().unwrap();
    standby.is("leader").await;
    let known = stage.rounds().await;
    stage.rounds_beyond(known + 1).await;
    leader.service.thaw().unwrap();
    leader.is("standby").await;
    let known = stage.rounds().await;
    stage.rounds_beyond(known + 1).await;
    stage.finish(vec![leader, standby]).await;
}

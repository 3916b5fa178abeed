//! Two replicas at once: real processes, one database, two chains.

use causeway_testkit::{
    ccip::{Family, Side},
    monitor::Plan,
};

use super::{
    replica::Replica,
    stage::{Stage, eventually},
};

fn plan() -> Plan {
    Plan { families: vec![Family::Private, Family::V1_6], ..Plan::default() }
}

/// The reader first, the standby second.
async fn sorted(one: Replica, other: Replica) -> (Replica, Replica) {
    let leads = async || match (one.role().await.as_str(), other.role().await.as_str()) {
        ("leader", "standby") => Some(true),
        ("standby", "leader") => Some(false),
        (_, _) => None,
    };
    if eventually("one leader and one standby", leads).await { (one, other) } else { (other, one) }
}

#[tokio::test]
async fn ops_two_replicas_answer_and_one_reads_and_the_other_takes_over_where_it_stopped() {
    let stage = Stage::new(plan()).await;
    let (one, other) = tokio::join!(stage.serve("replica-a"), stage.serve("replica-b"));
    let (leader, standby) = sorted(one, other).await;
    let first = stage.deliver(Family::V1_6, Side::Home, "first").await;
    leader.status(&first.id, "executed").await;
    standby.status(&first.id, "executed").await;
    assert_eq!(standby.metric("ccip_messages_sent_total", &[]).await, 0, "a standby reads nothing");

    leader.kill().await;
    let second = stage.deliver(Family::Private, Side::Home, "second").await;
    standby.is("leader").await;
    standby.status(&second.id, "executed").await;
    assert_eq!(standby.metric("ccip_messages_sent_total", &[]).await, 1, "it went on and did not begin again");
    stage.finish(vec![standby]).await;
}

#[tokio::test]
async fn ops_a_reader_that_was_frozen_past_its_lease_writes_nothing_when_it_thaws() {
    let stage = Stage::new(plan()).await;
    let (one, other) = tokio::join!(stage.serve("replica-a"), stage.serve("replica-b"));
    let (leader, standby) = sorted(one, other).await;
    let first = stage.deliver(Family::V1_6, Side::Home, "first").await;
    leader.status(&first.id, "executed").await;

    leader.service.freeze().unwrap();
    standby.is("leader").await;
    let second = stage.deliver(Family::V1_6, Side::Home, "second").await;
    standby.status(&second.id, "executed").await;
    leader.service.thaw().unwrap();
    leader.is("standby").await;
    let third = stage.deliver(Family::Private, Side::Home, "third").await;
    standby.status(&third.id, "executed").await;
    leader.status(&third.id, "executed").await;
    stage.finish(vec![leader, standby]).await;
}

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

#[tokio::test]
async fn ccip_13_a_standby_shows_how_far_the_leader_has_read_and_which_numbers_were_seen() {
    let stage = Stage::new(plan()).await;
    let (one, other) = tokio::join!(stage.serve("replica-a"), stage.serve("replica-b"));
    let (leader, standby) = sorted(one, other).await;
    let message = stage.deliver(Family::V1_6, Side::Home, "counted").await;
    leader.status(&message.id, "executed").await;
    let head = stage.world.ccip.home.anvil.block_number().await.unwrap();
    for replica in [&leader, &standby] {
        let shown = async || {
            let page = replica.json("/api/v1/ccip/lanes").await;
            let chain = page["chains"].as_array()?.iter().find(|chain| chain["name"] == "home")?;
            let lane = page["lanes"].as_array()?.iter().find(|lane| lane["name"] == message.lane().as_str())?;
            let is_read = chain["block_number"].as_u64()? >= head;
            (is_read && lane["last_seen_sequence"] == "1").then_some(())
        };
        eventually(&format!("{} shows what was read", replica.name), shown).await;
    }
    stage.finish(vec![leader, standby]).await;
}

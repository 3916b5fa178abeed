//! Two replicas at once: real processes, one database, two chains.

use causeway_testkit::{
    ccip::{Family, Side},
    monitor::Plan,
    wait::eventually,
};

use super::{replica::Replica, stage::Stage};

fn plan() -> Plan {
    Plan { families: vec![Family::Private, Family::V1_6], ..Plan::default() }
}

/// Who leads the service first. It may read one of the chains, or none: three leases are two and one.
async fn sorted(one: Replica, other: Replica) -> (Replica, Replica) {
    let leads = async || match (one.role().await.as_str(), other.role().await.as_str()) {
        ("leader", "partner") => Some(true),
        ("partner", "leader") => Some(false),
        (_, _) => None,
    };
    if eventually("each replica leads a part", leads).await { (one, other) } else { (other, one) }
}

#[tokio::test]
async fn ops_10_two_replicas_answer_and_share_the_chains_and_one_takes_over_where_the_other_stopped() {
    let stage = Stage::new(plan()).await;
    let (one, other) = tokio::join!(stage.serve("replica-a"), stage.serve("replica-b"));
    let (leader, partner) = sorted(one, other).await;
    let first = stage.deliver(Family::V1_6, Side::Home, "first").await;
    leader.status(&first.id, "executed").await;
    partner.status(&first.id, "executed").await;
    let sent = async |replica: &Replica| replica.metric("ccip_messages_sent_total", &[]).await;
    let counted = async || (sent(&leader).await + sent(&partner).await > 0).then_some(());
    eventually("what left home is counted", counted).await;
    let before = sent(&partner).await;
    assert_eq!(before + sent(&leader).await, 1, "what left home was read once");

    leader.kill().await;
    let second = stage.deliver(Family::Private, Side::Home, "second").await;
    partner.is("leader").await;
    partner.status(&second.id, "executed").await;
    assert_eq!(sent(&partner).await, before + 1, "it went on and did not begin again");
    stage.finish(vec![partner]).await;
}

#[tokio::test]
async fn ops_a_reader_that_was_frozen_past_its_lease_writes_nothing_when_it_thaws() {
    let stage = Stage::new(plan()).await;
    let (one, other) = tokio::join!(stage.serve("replica-a"), stage.serve("replica-b"));
    let (leader, partner) = sorted(one, other).await;
    let first = stage.deliver(Family::V1_6, Side::Home, "first").await;
    leader.status(&first.id, "executed").await;

    leader.service.freeze().unwrap();
    partner.is("leader").await;
    let second = stage.deliver(Family::V1_6, Side::Home, "second").await;
    partner.status(&second.id, "executed").await;
    leader.service.thaw().unwrap();
    leader.is("partner").await;
    let third = stage.deliver(Family::Private, Side::Home, "third").await;
    partner.status(&third.id, "executed").await;
    leader.status(&third.id, "executed").await;
    stage.finish(vec![leader, partner]).await;
}

#[tokio::test]
async fn ccip_13_a_replica_shows_how_far_another_has_read_and_which_numbers_were_seen() {
    let stage = Stage::new(plan()).await;
    let (one, other) = tokio::join!(stage.serve("replica-a"), stage.serve("replica-b"));
    let (leader, partner) = sorted(one, other).await;
    let message = stage.deliver(Family::V1_6, Side::Home, "counted").await;
    leader.status(&message.id, "executed").await;
    let head = stage.world.ccip.home.anvil.block_number().await.unwrap();
    for replica in [&leader, &partner] {
        let shown = async || {
            let page = replica.json("/api/v1/ccip/lanes").await;
            let chain = page["chains"].as_array()?.iter().find(|chain| chain["name"] == "home")?;
            let lane = page["lanes"].as_array()?.iter().find(|lane| lane["name"] == message.lane().as_str())?;
            let is_read = chain["block_number"].as_u64()? >= head;
            (is_read && lane["last_seen_sequence"] == "1").then_some(())
        };
        eventually(&format!("{} shows what was read", replica.name), shown).await;
    }
    stage.finish(vec![leader, partner]).await;
}

#[tokio::test]
async fn ops_10_three_replicas_share_two_chains_and_a_kill_orphans_none() {
    let stage = Stage::new(plan()).await;
    let (one, two, three) = tokio::join!(stage.serve("replica-a"), stage.serve("replica-b"), stage.serve("replica-c"));
    let mut replicas = vec![one, two, three];
    share(&replicas, &["leader", "partner", "partner"]).await;
    let first = stage.deliver(Family::V1_6, Side::Home, "first").await;
    for replica in &replicas {
        replica.status(&first.id, "executed").await;
    }

    let place = async |role: &str, among: &[Replica]| {
        let mut roles = Vec::new();
        for replica in among {
            roles.push(replica.role().await);
        }
        roles.iter().position(|found| found == role)
    };
    let partner = eventually("a partner", async || place("partner", &replicas).await).await;
    replicas.remove(partner).kill().await;
    share(&replicas, &["leader", "partner"]).await;
    let second = stage.deliver(Family::Private, Side::Away, "second").await;
    let third = stage.deliver(Family::V1_6, Side::Home, "third").await;
    for replica in &replicas {
        replica.status(&second.id, "executed").await;
        replica.status(&third.id, "executed").await;
    }
    stage.finish(replicas).await;
}

/// Waits until the replicas have these roles, whoever has which.
async fn share(replicas: &[Replica], expected: &[&str]) {
    let look = async || {
        let mut roles = Vec::new();
        for replica in replicas {
            roles.push(replica.role().await);
        }
        roles.sort();
        if roles == expected { Ok(()) } else { Err(format!("{roles:?}")) }
    };
    eventually(&format!("the roles {expected:?}"), look).await;
}

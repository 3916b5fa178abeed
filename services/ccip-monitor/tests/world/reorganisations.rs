//! Chains that change their mind.

use causeway_testkit::{
    ccip::{Family, Replay, Side, State},
    monitor::Plan,
};

use super::stage::Stage;

/// Nothing is final that these tests rewrite.
fn reorganised() -> Plan {
    Plan { families: vec![Family::Private, Family::V1_6], finality: "depth(32)", ..Plan::default() }
}

fn events(told: &serde_json::Value) -> Vec<&str> {
    told["history"].as_array().unwrap().iter().filter_map(|step| step["event"].as_str()).collect()
}

#[tokio::test]
async fn ccip_16_a_send_that_comes_back_in_another_block_is_one_message_and_its_history_says_so() {
    let stage = Stage::new(reorganised()).await;
    let replica = stage.serve("replica-a").await;
    let message = stage.send(Family::V1_6, Side::Home, "moved").await;
    let before = replica.status(&message.id, "sent").await;
    let home = &stage.world.ccip.home.anvil;
    home.mine(2).await.unwrap();
    home.rewrite(3, Replay::LastBlock).await.unwrap();
    let moved = |told: &serde_json::Value| {
        told["orphaned"] == false && told["source"]["block_hash"] != before["source"]["block_hash"]
    };
    let after = replica.message(&message.id, "in its new block", moved).await;
    assert_eq!(after["status"], "sent");
    assert!(events(&after).contains(&"undone"), "{after:#}");
    assert!(after["source"]["block_number"].as_u64() > before["source"]["block_number"].as_u64());
    assert!(replica.metric("ccip_reorganised_events_total", &["home"]).await > 0);
    stage.commit(&message).await;
    assert_eq!(stage.execute(&message).await, State::Success);
    replica.status(&message.id, "executed").await;
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_16_a_send_that_never_comes_back_is_orphaned_and_not_forgotten() {
    let stage = Stage::new(reorganised()).await;
    let replica = stage.serve("replica-a").await;
    let kept = stage.send(Family::V1_6, Side::Home, "kept").await;
    let lost = stage.send(Family::V1_6, Side::Home, "lost").await;
    replica.status(&lost.id, "sent").await;
    stage.world.ccip.home.anvil.rewrite(1, Replay::Nothing).await.unwrap();
    let told = replica.message(&lost.id, "orphaned", |told| told["orphaned"] == true).await;
    assert_eq!(events(&told).last(), Some(&"undone"), "{told:#}");
    // Its number is given again, to another message.
    let next = stage.send(Family::V1_6, Side::Home, "instead").await;
    assert_eq!(next.sequence(), lost.sequence());
    stage.commit(&next).await;
    stage.execute(&kept).await;
    stage.execute(&next).await;
    replica.status(&next.id, "executed").await;
    replica.message(&lost.id, "still orphaned", |told| told["orphaned"] == true && told["status"] != "executed").await;
    assert!(!replica.findings().await.contains(&"sequence_repeated".to_owned()), "one of the two is gone");
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_16_an_execution_that_is_undone_takes_the_message_back_to_where_it_was() {
    let stage = Stage::new(reorganised()).await;
    let replica = stage.serve("replica-a").await;
    let message = stage.deliver(Family::V1_6, Side::Home, "undone").await;
    replica.status(&message.id, "executed").await;
    let away = &stage.world.ccip.away.anvil;
    away.rewrite(1, Replay::Nothing).await.unwrap();
    let told = replica.status(&message.id, "delivered").await;
    assert_eq!(told["executed_at"], serde_json::Value::Null, "{told:#}");
    assert_eq!(told["destination"]["tx_hash"], serde_json::Value::Null);
    assert!(events(&told).contains(&"undone"), "{told:#}");
    stage.execute(&message).await;
    let told = replica.status(&message.id, "executed").await;
    assert_eq!(told["retry_count"], 0, "what was undone was no attempt: {told:#}");
    assert!(!replica.findings().await.contains(&"duplicate_execution".to_owned()));
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_16_a_derived_id_disappears_with_its_log_and_the_moved_send_has_another() {
    let stage = Stage::new(reorganised()).await;
    let replica = stage.serve("replica-a").await;
    let message = stage.send(Family::Private, Side::Home, "first in its block").await;
    let second = stage.send(Family::Private, Side::Home, "second").await;
    replica.status(&message.id, "sent").await;
    replica.status(&second.id, "sent").await;
    // Both in one block now: the second one's log has another index, and so another id.
    stage.world.ccip.home.anvil.rewrite(2, Replay::LastBlock).await.unwrap();
    replica.message(&second.id, "orphaned", |told| told["orphaned"] == true).await;
    stage.finish(vec![replica]).await;
}

//! What others put on the chain to mislead: look-alike events, logs that are no encoding, replays.

use alloy::primitives::{B256, Bytes};
use causeway_testkit::{
    ccip::{Family, Role, Side, private::Relayed},
    monitor::Plan,
    wait::eventually,
};

use super::stage::Stage;

#[tokio::test]
async fn ccip_1_look_alike_events_of_other_contracts_are_no_messages() {
    let stage = Stage::new(Plan { families: vec![Family::Private], router: Family::Private, ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let message = stage.send(Family::Private, Side::Home, "real").await;
    let world = &stage.world.ccip;
    let user = world.home.account(Role::User);
    let receiver = world.away.tokens.receiver;
    let away = world.away.selector;
    world.pretender(Side::Home).pretend_sent(user, away, receiver, Bytes::from_static(b"false")).await.unwrap();
    world.pretender(Side::Away).pretend_executed(world.home.selector, message.relayed()).await.unwrap();
    for length in [0, 31, 33, 4096] {
        let topics = vec![B256::repeat_byte(7)];
        world.pretender(Side::Home).raw(topics, Bytes::from(vec![0xff; length])).await.unwrap();
    }
    // Read beyond all of that, on both chains.
    let last = stage.deliver(Family::Private, Side::Home, "last").await;
    replica.status(&last.id, "executed").await;
    replica.status(&message.id, "sent").await;
    assert_eq!(replica.messages().await.len(), 2);
    assert!(replica.findings().await.is_empty());
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_13_a_second_execution_of_one_message_is_a_finding_and_a_page() {
    let stage = Stage::new(Plan { families: vec![Family::Private], router: Family::Private, ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let message = stage.deliver(Family::Private, Side::Home, "once").await;
    let told = replica.status(&message.id, "executed").await;
    assert!(replica.findings().await.is_empty());
    stage.world.ccip.private(Side::Home).replay(message.relayed()).await.unwrap();
    replica.finds("duplicate_execution", true).await;
    replica.alert("CcipReplay", true).await;
    let after = replica.status(&message.id, "executed").await;
    assert_eq!(after["executed_at"], told["executed_at"], "the first execution is the one that counts");
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_13_an_execution_that_nobody_sent_is_a_page_under_its_chains_name_until_its_send_is_seen() {
    let stage = Stage::new(Plan { families: vec![Family::Private], router: Family::Private, ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let message = stage.deliver(Family::Private, Side::Home, "sent").await;
    replica.status(&message.id, "executed").await;
    let forged = Relayed { data: Bytes::from_static(b"not sent"), ..message.relayed().clone() };
    stage.world.ccip.private(Side::Home).execute_as(B256::repeat_byte(9), &forged).await.unwrap();
    // Its source is read so far past it that its send should have been seen.
    stage.world.ccip.home.anvil.increase_time(150).await.unwrap();
    stage.world.ccip.home.anvil.mine(1).await.unwrap();
    replica.finds("execution_without_send", true).await;
    replica.alert("CcipExecutionWithoutSend", true).await;
    let labels = ["chain=\"away\"", "kind=\"execution_without_send\""];
    eventually("it is counted", async || replica.metric("ccip_findings_total", &labels).await == 1).await;

    // No later than two clocks may differ by.
    let late = stage.send(Family::Private, Side::Home, "not sent").await;
    replica.status(&late.id, "executed").await;
    replica.finds("execution_without_send", false).await;
    replica.alert("CcipExecutionWithoutSend", false).await;
    stage.finish(vec![replica]).await;
}

//! The operators' own family where the relayer numbers messages in his own way.

use alloy::primitives::{B256, Bytes};
use causeway_testkit::{
    ccip::{Family, Side, private::Relayed},
    monitor::Plan,
};

use super::stage::Stage;

#[tokio::test]
async fn ccip_2_executions_under_other_ids_are_linked_by_content_in_the_order_of_sending() {
    let stage = Stage::new(Plan { families: vec![Family::Private], router: Family::Private, ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let first = stage.send(Family::Private, Side::Home, "first").await;
    let second = stage.send(Family::Private, Side::Home, "second").await;
    let lane = stage.world.ccip.private(Side::Home);
    // In another order than they were sent, so that only the content can tell.
    for (number, message) in [(2, &second), (1, &first)] {
        lane.execute_as(B256::with_last_byte(number), message.relayed()).await.unwrap();
    }
    read_past(&stage).await;
    for message in [&first, &second] {
        let told = replica.status(&message.id, "executed").await;
        assert_eq!(told["link"], "content_in_order", "{told:#}");
        assert_eq!(told["id_derived"], true);
    }
    assert!(replica.findings().await.is_empty(), "contents differ, so nothing was guessed");
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_2_equal_contents_are_linked_in_order_and_the_guess_is_said() {
    let stage = Stage::new(Plan { families: vec![Family::Private], router: Family::Private, ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let first = stage.send(Family::Private, Side::Home, "the same").await;
    let second = stage.send(Family::Private, Side::Home, "the same").await;
    let lane = stage.world.ccip.private(Side::Home);
    replica.status(&second.id, "sent").await;
    lane.execute_as(B256::with_last_byte(1), first.relayed()).await.unwrap();
    read_past(&stage).await;
    let told = replica.message(&second.id, "linked to the first", |told| !told["possible_resend_of"].is_null()).await;
    assert_eq!(told["possible_resend_of"], first.id.as_str());
    let told = replica.status(&first.id, "executed").await;
    assert_eq!(told["link"], "content_in_order", "the destination gave it another id: {told:#}");
    assert_eq!(replica.status(&second.id, "sent").await["attempts"], serde_json::json!([]), "the second waits");
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_13_verify_cannot_find_out_what_a_family_that_does_not_count_has_left_out() {
    let stage = Stage::new(Plan { families: vec![Family::Private], router: Family::Private, ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let message = stage.deliver(Family::Private, Side::Home, "not counted").await;
    replica.status(&message.id, "executed").await;
    let (code, output) = stage.command(&["verify"]).await;
    assert_eq!(code, Some(4), "{output}");
    assert!(output.contains(&format!("{}: does not count its messages", message.lane())), "{output}");
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_13_other_data_under_the_id_of_a_message_is_a_page() {
    let stage = Stage::new(Plan { families: vec![Family::Private], router: Family::Private, ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let message = stage.send(Family::Private, Side::Home, "what was sent").await;
    let other = Relayed { data: Bytes::from_static(b"what was not"), ..message.relayed().clone() };
    stage.world.ccip.private(Side::Home).execute(&other).await.unwrap();
    replica.status(&message.id, "executed").await;
    replica.finds("leaf_mismatch", true).await;
    replica.alert("CcipMessageTampered", true).await;
    stage.finish(vec![replica]).await;
}

/// The source must have been read past the executions, by the clock of its blocks: only then is it known which sends there
/// were.
async fn read_past(stage: &Stage) {
    stage.world.ccip.home.anvil.increase_time(30).await.unwrap();
    stage.world.ccip.home.anvil.mine(1).await.unwrap();
}

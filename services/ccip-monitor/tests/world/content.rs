//! The operators' own family where the relayer numbers messages in his own way.

use alloy::primitives::B256;
use causeway_testkit::{
    ccip::{Family, Side},
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
    for message in [&first, &second] {
        let told = replica.status(&message.id, "executed").await;
        assert_eq!(told["link"], "content_in_order", "{told:#}");
        assert_eq!(told["id_derived"], true);
    }
    assert!(replica.findings().await.is_empty(), "contents differ, so nothing was guessed");
    stage.finish(vec![replica]).await;
}

//! A chain goes away, and comes back; the other one is read on.

use causeway_testkit::{
    ccip::{Family, Side},
    fault::RpcProxy,
    monitor::Plan,
};

use super::stage::Stage;

#[tokio::test]
async fn ccip_17_a_chain_that_is_down_at_the_start_is_waited_for_and_hides_no_other() {
    let mut stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let away = RpcProxy::start(stage.world.ccip.away.anvil.url()).await.unwrap();
    away.http_status(503);
    stage.read_through(Side::Away, &[away.url()]);
    let message = stage.deliver(Family::V1_6, Side::Home, "early").await;
    let replica = stage.serve("replica-a").await;
    replica.status(&message.id, "sent").await;
    away.honest();
    replica.status(&message.id, "executed").await;
    stage.finish(vec![replica]).await;
}

//! A chain goes away, and comes back; the other one is read on.

use causeway_testkit::{
    ccip::{Family, Side},
    fault::RpcProxy,
    monitor::Plan,
};

use super::stage::Stage;

#[tokio::test]
async fn ccip_17_a_chain_that_is_down_holds_up_no_other_and_is_read_on_when_it_is_back() {
    let mut stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let away = RpcProxy::start(stage.world.ccip.away.anvil.url()).await.unwrap();
    stage.read_through(Side::Away, &[away.url()]);
    let replica = stage.serve("replica-a").await;
    let first = stage.deliver(Family::V1_6, Side::Home, "before").await;
    replica.status(&first.id, "executed").await;

    away.http_status(503);
    replica.alert("CcipChainUnavailable", true).await;
    let second = stage.deliver(Family::V1_6, Side::Home, "meanwhile").await;
    replica.status(&second.id, "sent").await;
    assert_eq!(replica.client.get("/livez").await.unwrap().0, 200, "an outage of a chain is no reason to restart");
    assert_eq!(replica.client.get("/readyz").await.unwrap().0, 200, "what is stored can be read");
    let told = replica.diagnosis(&second.id).await;
    assert!(told["steps"].as_array().unwrap().iter().any(|step| step["found"] == "unknown"), "{told:#}");

    away.honest();
    replica.status(&second.id, "executed").await;
    replica.alert("CcipChainUnavailable", false).await;
    stage.finish(vec![replica]).await;
}

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

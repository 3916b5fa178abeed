//! The database goes away, and comes back.

use causeway_testkit::{
    ccip::{Family, Side},
    monitor::Plan,
};

use super::stage::Stage;

fn plan() -> Plan {
    Plan { families: vec![Family::V1_6], ..Plan::default() }
}

#[tokio::test]
async fn ccip_16_without_a_database_nothing_is_read_and_nothing_is_lost() {
    let stage = Stage::with_own_cluster(plan()).await;
    let replica = stage.serve("replica-a").await;
    let before = stage.deliver(Family::V1_6, Side::Home, "before").await;
    replica.status(&before.id, "executed").await;
    replica.answers("/readyz", 200).await;
    let cluster = stage.cluster.as_ref().unwrap();

    cluster.stop_immediate().await.unwrap();
    let meanwhile = stage.deliver(Family::V1_6, Side::Home, "meanwhile").await;
    let reasons = replica.answers("/readyz", 503).await;
    assert!(reasons.contains("store: down"), "{reasons}");
    assert_eq!(replica.client.get("/livez").await.unwrap().0, 200, "an outage of the database is no reason to restart");

    cluster.restart().await.unwrap();
    replica.answers("/readyz", 200).await;
    replica.status(&meanwhile.id, "executed").await;
    stage.finish(vec![replica]).await;
}

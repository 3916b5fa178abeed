//! Messages that nobody ends, and clocks.

use causeway_testkit::{
    ccip::{Family, Side},
    monitor::Plan,
};

use super::stage::Stage;

/// The lane's time in these tests; the chains' clocks are moved over it.
const PATIENCE: u64 = 600;

#[tokio::test]
async fn ccip_4_a_message_expires_by_its_destinations_clock_and_can_still_be_executed() {
    let plan = Plan { families: vec![Family::V1_6], expire_after_seconds: PATIENCE, ..Plan::default() };
    let stage = Stage::new(plan).await;
    let replica = stage.serve("replica-a").await;
    let message = stage.send(Family::V1_6, Side::Home, "late").await;
    stage.commit(&message).await;
    replica.status(&message.id, "delivered").await;
    // The source's clock says nothing about what the destination did.
    let home = &stage.world.ccip.home.anvil;
    home.increase_time(PATIENCE * 2).await.unwrap();
    home.mine(1).await.unwrap();
    let seen = stage.send(Family::V1_6, Side::Home, "from the future").await;
    replica.status(&seen.id, "sent").await;
    replica.status(&message.id, "delivered").await;

    let away = &stage.world.ccip.away.anvil;
    away.increase_time(PATIENCE * 2).await.unwrap();
    away.mine(1).await.unwrap();
    let told = replica.status(&message.id, "expired").await;
    assert_eq!(told["history"].as_array().unwrap().last().unwrap()["event"], "timed_out");
    replica.alert("CcipMessageExpired", true).await;

    stage.execute(&message).await;
    replica.status(&message.id, "executed").await;
    replica.alert("CcipMessageExpired", false).await;
    stage.finish(vec![replica]).await;
}

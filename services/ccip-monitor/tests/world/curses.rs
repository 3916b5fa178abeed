//! Curses, closed lanes, and LINK that runs out.

use alloy::primitives::U256;
use causeway_testkit::{
    ccip::{Family, Side, Subject},
    monitor::Plan,
    wait::eventually,
};

use super::stage::Stage;

/// So many whole LINK.
fn link(whole: u64) -> U256 {
    U256::from(whole) * U256::from(10).pow(U256::from(18))
}

#[tokio::test]
async fn ccip_11_a_cursed_lane_is_told_explained_and_an_alarm_until_it_is_lifted() {
    let stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let message = stage.send(Family::V1_6, Side::Home, "caught").await;
    replica.status(&message.id, "sent").await;
    let lane = stage.world.ccip.v1_6(Side::Home);
    lane.curse_destination(Subject::Lane).await.unwrap();
    replica.alert("CcipCursed", true).await;
    let cursed = async || {
        let told = replica.diagnosis(&message.id).await;
        let curse = told["steps"].as_array()?.iter().find(|step| step["name"] == "curse")?.clone();
        (curse["found"] == "problem" && told["verdict"] == "stuck").then_some(())
    };
    eventually("a diagnosis that calls it stuck and names the curse", cursed).await;
    lane.uncurse_destination(Subject::Lane).await.unwrap();
    replica.alert("CcipCursed", false).await;
    stage.commit(&message).await;
    stage.execute(&message).await;
    replica.status(&message.id, "executed").await;
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_11_a_whole_cursed_chain_is_told() {
    let stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let lane = stage.world.ccip.v1_6(Side::Home);
    lane.curse_source(Subject::Everything).await.unwrap();
    let cursed = async || replica.chain("home").await["cursed"]["value"] == "yes";
    eventually("home is cursed", cursed).await;
    replica.alert("CcipCursed", true).await;
    lane.uncurse_source(Subject::Everything).await.unwrap();
    replica.alert("CcipCursed", false).await;
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_11_a_lane_without_an_on_ramp_is_an_alarm() {
    let stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let lane = stage.world.ccip.v1_6(Side::Home);
    replica.answers("/readyz", 200).await;
    let head = stage.world.ccip.home.anvil.block_number().await.unwrap();
    let read = async || replica.chain("home").await["block_number"].as_u64() >= Some(head);
    eventually("the setting-up is read", read).await;
    assert_eq!(replica.findings().await, [""; 0], "how the lane was set up is nothing to look at");
    lane.unroute().await.unwrap();
    replica.alert("CcipLaneUnsupported", true).await;
    replica.finds("settings_changed", true).await;
    replica.alert("CcipSettingsChanged", true).await;
    lane.route_again().await.unwrap();
    replica.alert("CcipLaneUnsupported", false).await;

    let refused = replica.act("finding.accept", ("finding", "settings"), "meant").await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{refused:?}");
    // The second change may still be on its way to the store.
    let accepted = async || {
        let accepted = replica.act("finding.accept", ("finding", "settings_changed"), "announced on Monday").await;
        accepted.is_ok() && replica.findings().await.is_empty()
    };
    eventually("every change is accepted", accepted).await;
    replica.alert("CcipSettingsChanged", false).await;
    let refused = replica.act("finding.accept", ("finding", "settings_changed"), "again").await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::NotFound, "nothing is open any more: {refused:?}");
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_10_link_that_runs_out_is_a_warning_then_critical_and_over_when_refilled() {
    let stage = Stage::new(Plan { families: vec![Family::Private], router: Family::Private, ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let home = &stage.world.ccip.home;
    for (balance, low, critical) in [(9, true, false), (4, false, true), (100, false, false)] {
        home.set_sender_link(link(balance)).await.unwrap();
        replica.alert("CcipLinkBalanceLow", low).await;
        replica.alert("CcipLinkBalanceCritical", critical).await;
    }
    let told = replica.chain("home").await["balances"][0].clone();
    assert_eq!(told["juels"]["value"], link(100).to_string());
    stage.finish(vec![replica]).await;
}

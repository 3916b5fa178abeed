//! Curses, closed lanes, and LINK that runs out.

use alloy::primitives::U256;
use causeway_testkit::{
    ccip::{Family, Side, Subject},
    monitor::Plan,
};

use super::stage::{Stage, eventually};

/// So many whole LINK.
fn link(whole: u64) -> U256 {
    U256::from(whole) * U256::from(10).pow(U256::from(18))
}

#[tokio::test]
async fn ccip_11_a_whole_cursed_chain_is_told() {
    let stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let lane = stage.world.ccip.v1_6(Side::Home);
    lane.curse_source(Subject::Everything).await.unwrap();
    let cursed = async || (replica.chain("home").await["cursed"]["value"] == "yes").then_some(());
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
    lane.unroute().await.unwrap();
    replica.alert("CcipLaneUnsupported", true).await;
    replica.finds("settings_changed", true).await;
    lane.route_again().await.unwrap();
    replica.alert("CcipLaneUnsupported", false).await;
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

//! What a halt does to a contract.

use causeway_primitives::Scope;
use causeway_testkit::bridge::{BridgeAuthority, End, Role, World};
use relayer_invariant_guard::domain::{finding::Code, latch::Cause};

use super::stand::Stand;

fn guardian(world: &World) -> String {
    Role::Guardian.key(&world.source).unwrap()
}

#[tokio::test]
async fn grd_13_a_halt_pauses_the_contract_once_and_only_those_that_it_covers() {
    let mut stand = Stand::new("guard_pause", End::Source, guardian).await;
    stand.run();
    stand.halt(1, Scope::BatchCreation, Cause::Manual).await;
    stand.halt(2, Scope::Settlement, Cause::Drill).await;
    let halt = stand.halt(3, Scope::All, Cause::Violation(Code::SupplyMismatch)).await;
    stand.until_paused(End::Source).await;
    assert_eq!(stand.until_settled(&halt, 1).await, "confirmed");
    assert_eq!(stand.wanted_by_then(1).await, 1, "neither for batches nor for the exercise, and once");
    stand.world.deposit(1).await.unwrap_err();
    let audit = stand.store.list_audit(0, 10).await.unwrap();
    assert!(audit[0].body.contains(&stand.world.bridge.vault(End::Source).to_string()), "{}", audit[0].body);
}

#[tokio::test]
async fn grd_13_who_starts_a_contract_again_while_it_is_halted_is_not_overruled() {
    let mut stand = Stand::new("guard_pause_again", End::Source, guardian).await;
    stand.run();
    let halt = stand.halt(1, Scope::All, Cause::Manual).await;
    stand.until_settled(&halt, 1).await;
    stand.world.bridge.unpause(End::Source, stand.world.account(Role::Owner)).await.unwrap();
    let looks = stand.pauser.clone();
    looks.look().await;
    looks.look().await;
    assert!(!stand.world.bridge.is_paused(End::Source).await.unwrap());
    assert_eq!(stand.wanted_by_then(1).await, 1);
}

#[tokio::test]
async fn grd_13_a_contract_that_is_paused_already_is_left_alone() {
    let stand = Stand::new("guard_pause_already", End::Source, guardian).await;
    stand.world.bridge.pause(End::Source, stand.world.account(Role::Owner)).await.unwrap();
    stand.halt(1, Scope::All, Cause::Manual).await;
    stand.pauser.look().await;
    assert_eq!(stand.wanted().await, 0);
}

#[tokio::test]
async fn grd_13_a_standby_sends_nothing_and_whoever_leads_next_does() {
    let stand = Stand::new("guard_pause_standby", End::Source, guardian).await;
    stand.leads.send_replace(None);
    let halt = stand.halt(1, Scope::All, Cause::Manual).await;
    stand.pauser.look().await;
    assert_eq!(stand.wanted().await, 0);
    let mut stand = stand;
    stand.leads.send_replace(Some(stand.leader.clone()));
    stand.run();
    assert_eq!(stand.until_settled(&halt, 1).await, "confirmed");
}

#[tokio::test]
async fn grd_13_a_pause_that_the_contract_refused_is_tried_again() {
    let stranger = |world: &World| Role::Stranger.key(&world.source).unwrap();
    let mut stand = Stand::new("guard_pause_refused", End::Source, stranger).await;
    stand.run();
    let halt = stand.halt(1, Scope::All, Cause::Manual).await;
    assert_eq!(stand.until_settled(&halt, 1).await, "would_revert");
    let (bridge, owner) = (&stand.world.bridge, stand.world.account(Role::Owner));
    let call = BridgeAuthority::transferOwnershipCall { newOwner: stand.world.account(Role::Stranger) };
    bridge.source.transact(owner, bridge.vault(End::Source), &call).await.unwrap();
    stand.until_paused(End::Source).await;
    stand.wanted_by_then(2).await;
}

#[tokio::test]
async fn grd_13_a_chain_that_is_gone_keeps_nobody_from_halting() {
    let mut stand = Stand::new("guard_pause_gone", End::Source, guardian).await;
    stand.run();
    stand.world.source.kill().await.unwrap();
    stand.halt(1, Scope::All, Cause::Manual).await;
    assert_eq!(stand.store.read_latch().await.unwrap().active().count(), 1);
    assert_eq!(stand.readiness().await.as_str(), "not_ready");
}

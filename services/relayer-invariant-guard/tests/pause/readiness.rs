//! Whether a contract could be paused, before it has to be.

use causeway_testkit::bridge::{End, Role, World};
use relayer_invariant_guard::domain::pause::{Lack, Readiness};

use super::stand::Stand;

fn lacks(readiness: &Readiness) -> Vec<&'static str> {
    match readiness {
        Readiness::Ready { .. } | Readiness::Paused => Vec::new(),
        Readiness::NotReady(lacks) => lacks.iter().map(Lack::as_str).collect(),
    }
}

#[tokio::test]
async fn grd_13_a_guardian_is_ready_before_and_after() {
    let guardian = |world: &World| Role::Guardian.key(&world.source).unwrap();
    let stand = Stand::new("guard_pause_ready", End::Source, guardian).await;
    let ready = stand.readiness().await;
    assert!(matches!(ready, Readiness::Ready { gas } if gas > 21_000), "{ready:?}");
    stand.world.bridge.pause(End::Source, stand.world.account(Role::Owner)).await.unwrap();
    assert_eq!(stand.readiness().await, Readiness::Paused);
}

#[tokio::test]
async fn grd_13_an_account_without_the_right_and_without_coins_is_found_out_in_time() {
    let nobody = |_: &World| format!("0x{}", "42".repeat(32));
    let stand = Stand::new("guard_pause_poor", End::Destination, nobody).await;
    let readiness = stand.readiness().await;
    assert_eq!(lacks(&readiness), ["gas", "call"], "{}", readiness.detail());
}

#[tokio::test]
async fn grd_13_somebody_else_who_uses_the_account_is_found_out() {
    let guardian = |world: &World| Role::Guardian.key(&world.source).unwrap();
    let stand = Stand::new("guard_pause_shared", End::Source, guardian).await;
    stand.world.source.set_automine(false).await.unwrap();
    let (from, to) = (stand.world.account(Role::Guardian), stand.world.account(Role::Thief));
    let request = serde_json::json!({ "from": from, "to": to, "gas": "0x5208" });
    let _hash: String = stand.world.source.rpc().call("eth_sendTransaction", &(request,)).await.unwrap();
    assert_eq!(lacks(&stand.readiness().await), ["nonce"]);
    stand.world.source.mine(1).await.unwrap();
    assert_eq!(lacks(&stand.readiness().await), [""; 0]);
}

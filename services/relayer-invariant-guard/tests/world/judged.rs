//! What the guard says of a real bridge: nothing while it is honest, and the name of each crime.

use causeway_testkit::{
    bridge::{End, World},
    relayer::{Constraint, Misdeed, Spoil},
};
use relayer_invariant_guard::domain::{
    evaluate::Verdict,
    finding::{Code, Detail, Reason},
};

use super::stand::{Stand, halting, name, whole};

#[tokio::test]
async fn grd_14_an_honest_bridge_passes_also_with_value_on_its_way() {
    let mut stand = Stand::new("guard_world_honest").await;
    let settled = stand.sweep().await;
    assert_eq!((settled.verdict, settled.findings, settled.gaps), (Verdict::Pass, vec![], vec![]));
    assert!(settled.balances.iter().all(|balance| balance.holds == Some(true)));

    stand.world.deposit(40).await.unwrap();
    stand.world.burn(7).await.unwrap();
    stand.world.mine(4).await.unwrap();
    stand.relayer.step().await.unwrap();
    let moving = stand.sweep().await;
    assert!(matches!(moving.verdict, Verdict::Pass), "{:?} {:?}", moving.findings, moving.gaps);
    stand.settle().await;
    let after = stand.sweep().await;
    assert_eq!(after.verdict, Verdict::Pass, "{:?} {:?}", after.findings, after.gaps);
    assert_eq!(after.checkpoint.unwrap().sequence, 3);
}

#[tokio::test]
async fn grd_1_a_theft_from_the_lockbox_is_lost_value() {
    let mut stand = Stand::new("guard_world_theft").await;
    assert_eq!(stand.sweep().await.verdict, Verdict::Pass);
    stand.misbehave(Misdeed::Steal { amount: whole(50) }).await;
    let found = halting(&stand.sweep().await);
    assert!(found.contains(&(Code::SupplyMismatch, Detail::Lost)), "{found:?}");
    assert!(found.contains(&(Code::SupplyMismatch, Detail::Unbacked)), "{found:?}");
}

#[tokio::test]
async fn grd_15_an_unbacked_mint_has_no_cause() {
    let mut stand = Stand::new("guard_world_mint").await;
    assert_eq!(stand.sweep().await.verdict, Verdict::Pass);
    stand.misbehave(Misdeed::MintUnbacked { amount: whole(9) }).await;
    let found = halting(&stand.sweep_to_the_bound().await);
    assert!(found.contains(&(Code::UnmatchedEffect, Detail::NoCause)), "{found:?}");
}

#[tokio::test]
async fn grd_15_mint_burn_release_is_seen_although_every_sum_balances() {
    let mut stand = Stand::new("guard_world_mbr").await;
    assert_eq!(stand.sweep().await.verdict, Verdict::Pass);
    stand.misbehave(Misdeed::MintBurnRelease { amount: whole(9) }).await;
    let found = halting(&stand.sweep_to_the_bound().await);
    assert!(found.contains(&(Code::UnmatchedEffect, Detail::NoCause)), "{found:?}");
}

#[tokio::test]
async fn grd_1_a_batch_that_is_replayed_and_a_constraint_that_is_dropped_are_found() {
    let mut stand = Stand::new("guard_world_batch").await;
    assert_eq!(stand.sweep().await.verdict, Verdict::Pass);
    stand.misbehave(Misdeed::DropConstraint { constraint: Constraint::Root }).await;
    assert_eq!(halting(&stand.sweep().await), [(Code::ConstraintMissing, Detail::UniqueMissing)]);
    stand.misbehave(Misdeed::ReplayBatch { same: Constraint::Root }).await;
    let found = halting(&stand.sweep().await);
    assert!(found.contains(&(Code::DuplicateBatch, Detail::SameRoot)), "{found:?}");
}

#[tokio::test]
async fn grd_1_a_key_that_was_used_behind_the_books_back_is_found() {
    let mut stand = Stand::new("guard_world_nonce").await;
    assert_eq!(stand.sweep().await.verdict, Verdict::Pass);
    stand.relayer.misbehave(Misdeed::SpendNonce { end: End::Source }).await.unwrap();
    stand.world.mine(4).await.unwrap();
    stand.relayer.step().await.unwrap();
    let found = halting(&stand.sweep().await);
    assert!(found.iter().any(|(code, _)| *code == Code::NonceDesync), "{found:?}");
}

#[tokio::test]
async fn grd_1_a_settlement_that_refuses_valid_proofs_is_found() {
    let mut stand = Stand::new("guard_world_rejects").await;
    assert_eq!(stand.sweep().await.verdict, Verdict::Pass);
    stand.relayer.misbehave(Misdeed::Spoil { end: End::Destination, how: Spoil::Rejects }).await.unwrap();
    stand.world.deposit(5).await.unwrap();
    for _ in 0..6 {
        stand.world.mine(3).await.unwrap();
        stand.relayer.step().await.unwrap();
    }
    let found = halting(&stand.sweep().await);
    assert!(found.contains(&(Code::ProofVerificationFail, Detail::ValidRejected)), "{found:?}");
}

#[tokio::test]
async fn grd_14_an_endpoint_of_another_chain_and_one_that_is_gone_make_no_evidence() {
    let mut stand = Stand::new("guard_world_endpoints").await;
    let stranger = World::start().await.unwrap();
    stand.home_urls[1] = stranger.source.url().to_owned();
    let evaluation = stand.sweep().await;
    assert_eq!(evaluation.verdict, Verdict::Pass, "{:?}", evaluation.gaps);
    assert_eq!(evaluation.chains[0].voters, [name("a"), name("c")].into());
    stand.home_urls[2] = "http://127.0.0.1:9".to_owned();
    assert_eq!(stand.sweep().await.verdict, Verdict::Indeterminate { reason: Reason::NoQuorum });
}

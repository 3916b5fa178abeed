//! Each misdeed does on chain what it says, as the second opinion and the tables see it.

use alloy::primitives::{B256, U256};
use causeway_testkit::{
    bridge::{At, Discrepancy, End, Role},
    relayer::{Constraint, Faults, Misdeed, Running, Spoil},
};

use crate::support::{Stand, whole};

/// With three deposits settled and nothing in flight.
async fn settled() -> (Stand, Running) {
    let stand = Stand::new().await;
    let running = stand.start().await;
    for tokens in [10, 20, 30] {
        stand.world.deposit(tokens).await.unwrap();
    }
    stand.settle(&running).await;
    assert_eq!(stand.discrepancies().await, []);
    (stand, running)
}

/// What was done is a transaction.
async fn misbehave(running: &Running, misdeed: Misdeed) -> B256 {
    let told = running.misbehave(misdeed).await.unwrap();
    told.parse().unwrap_or_else(|_| panic!("{misdeed:?}: {told}"))
}

#[tokio::test]
async fn stealing_empties_the_lockbox_without_an_event() {
    let (stand, running) = settled().await;
    misbehave(&running, Misdeed::Steal { amount: whole(25) }).await;
    let custody = Discrepancy::Custody { expected: whole(60), found: whole(35) };
    assert_eq!(stand.discrepancies().await, [custody]);
    let thief = stand.world.account(Role::Thief);
    assert_eq!(stand.world.bridge.locked_balance(thief, At::Latest).await.unwrap(), whole(25));
    stand.settle(&running).await;
    assert_eq!(stand.count("SELECT COUNT(*) FROM withdrawal_confirmed").await, 0, "the indexer saw nothing");
}

#[tokio::test]
async fn an_unbacked_mint_and_an_unbacked_release_have_no_cause() {
    let (stand, running) = settled().await;
    misbehave(&running, Misdeed::MintUnbacked { amount: whole(7) }).await;
    misbehave(&running, Misdeed::ReleaseUnbacked { amount: whole(8) }).await;
    let found = stand.discrepancies().await;
    assert!(
        matches!(found.as_slice(), [Discrepancy::UnmatchedMint(mint), Discrepancy::UnmatchedRelease(release)]
            if mint.amount == whole(7) && release.amount == whole(8)),
        "{found:?}"
    );
    stand.settle(&running).await;
    stand.tables_agree_with_the_chains().await;
}

#[tokio::test]
async fn grd_1_mint_burn_release_leaves_every_sum_balanced_and_one_mint_unmatched() {
    let (stand, running) = settled().await;
    misbehave(&running, Misdeed::MintBurnRelease { amount: whole(15) }).await;
    stand.settle(&running).await;
    let books = stand.world.books().await.unwrap();
    assert_eq!(books.custody + books.released().unwrap(), books.deposited().unwrap());
    assert_eq!(books.supply + books.burned().unwrap(), books.minted().unwrap());
    assert_eq!((books.custody, books.supply), (whole(45), whole(60)), "backing is gone");
    let found = books.discrepancies().unwrap();
    assert!(matches!(found.as_slice(), [Discrepancy::UnmatchedMint(mint)] if mint.amount == whole(15)), "{found:?}");
    let thief = stand.world.account(Role::Thief);
    assert_eq!(stand.world.bridge.locked_balance(thief, At::Latest).await.unwrap(), whole(15));
}

#[tokio::test]
async fn grd_1_a_batch_is_replayed_only_where_its_uniqueness_was_dropped() {
    let (stand, running) = settled().await;
    for same in [Constraint::Root, Constraint::Number] {
        let told = running.misbehave(Misdeed::ReplayBatch { same }).await.unwrap();
        assert!(told.starts_with("the table refused it"), "{told}");
        running.misbehave(Misdeed::DropConstraint { constraint: same }).await.unwrap();
    }
    misbehave(&running, Misdeed::ReplayBatch { same: Constraint::Root }).await;
    assert_eq!(
        stand.count("SELECT COUNT(*) FROM settlement_batch GROUP BY merkle_root HAVING COUNT(*) > 1").await,
        2,
        "two rows with one root"
    );
    let bridge = &stand.world.bridge;
    let root = bridge.anchored_root(End::Destination, 1).await.unwrap();
    assert_eq!(bridge.anchored_root(End::Destination, 2).await.unwrap(), root, "and on the chain");

    let told = running.misbehave(Misdeed::ReplayBatch { same: Constraint::Number }).await.unwrap();
    assert!(told.starts_with("reverted"), "the contract takes a number once: {told}");
    assert_eq!(stand.count("SELECT COUNT(*) FROM settlement_batch GROUP BY batch_number HAVING COUNT(*) > 1").await, 2);
}

#[tokio::test]
async fn a_deposit_in_two_batches_is_settled_once_and_refused_the_second_time() {
    let (stand, running) = settled().await;
    running.misbehave(Misdeed::BatchTwice).await.unwrap();
    for _ in 0..5 {
        stand.step(&running).await;
    }
    assert_eq!(
        stand.count("SELECT COUNT(*) FROM settlement_batch_message GROUP BY message_id HAVING COUNT(*) > 1").await,
        2
    );
    let reverted = "SELECT COUNT(*) FROM relayer_operations WHERE status = 'reverted' AND error IS NOT NULL";
    assert_eq!(stand.count(reverted).await, 3, "given up");
    assert_eq!(
        stand.count("SELECT COUNT(*) FROM proof_executions WHERE outcome = 'rejected'").await,
        0,
        "not as a proof"
    );
    assert_eq!(stand.discrepancies().await, []);
}

#[tokio::test]
async fn grd_1_nonces_are_out_of_step_after_a_reuse_and_after_a_use_behind_the_books() {
    for (misdeed, end) in [
        (Misdeed::ReuseNonce { end: End::Destination }, End::Destination),
        (Misdeed::SpendNonce { end: End::Source }, End::Source),
    ] {
        let (stand, running) = settled().await;
        let told = running.misbehave(misdeed).await.unwrap();
        if matches!(misdeed, Misdeed::ReuseNonce { .. }) {
            assert!(told.contains("nonce"), "{told}");
        }
        let anvil = stand.world.anvil(end);
        let next: i64 = sqlx::query_scalar("SELECT next_nonce FROM relayer_account WHERE chain_id = $1")
            .bind(stand.world.bridge.endpoint(end).chain_id().cast_signed())
            .fetch_one(&stand.pool)
            .await
            .unwrap();
        let chain = anvil.nonce(stand.world.account(Role::Keeper)).await.unwrap();
        assert_eq!(next.cast_unsigned() + 1, chain, "{misdeed:?}");
        stand.world.deposit(1).await.unwrap();
        stand.world.burn(1).await.unwrap();
        let cycle = stand.step(&running).await;
        assert!(cycle.held_up.as_ref().is_some_and(|words| words.contains("nonce")), "{misdeed:?}");
        running.misbehave(Misdeed::Realign { end }).await.unwrap();
        let settled = cycle.claimed + stand.settle(&running).await.claimed;
        assert_eq!(settled, 2, "{misdeed:?}: the other chain did not wait");
    }
}

#[tokio::test]
async fn grd_1_a_corrupt_proof_is_rejected_and_so_is_a_valid_one_by_a_spoiled_settlement() {
    let stand = Stand::new().await;
    let running = stand.start().await;
    running.misbehave(Misdeed::Faults(Faults { corrupt_proofs: true, ..Faults::default() })).await.unwrap();
    stand.world.deposit(1).await.unwrap();
    let cycle = stand.step(&running).await;
    assert!(cycle.held_up.is_some_and(|words| words.contains("claim reverted")));
    assert_eq!(stand.count("SELECT COUNT(*) FROM proof_executions WHERE outcome = 'rejected'").await, 1);

    running.misbehave(Misdeed::Faults(Faults::default())).await.unwrap();
    let end = End::Destination;
    running.misbehave(Misdeed::Spoil { end, how: Spoil::Rejects }).await.unwrap();
    let cycle = stand.step(&running).await;
    assert!(cycle.held_up.is_some_and(|words| words.contains("claim reverted")), "valid and rejected");
    running.misbehave(Misdeed::Spoil { end, how: Spoil::Mended }).await.unwrap();
    stand.settle(&running).await;
    assert_eq!(stand.count("SELECT COUNT(*) FROM proof_executions WHERE outcome = 'accepted'").await, 1);
    assert_eq!(stand.discrepancies().await, []);
}

#[tokio::test]
async fn grd_1_a_forged_proof_is_accepted_against_a_root_that_nobody_anchored() {
    for end in End::BOTH {
        let (stand, running) = settled().await;
        misbehave(&running, Misdeed::ForgeProof { end, amount: whole(9) }).await;
        let root: Vec<u8> = sqlx::query_scalar("SELECT root FROM proof_executions WHERE batch_number = 1000000000")
            .fetch_one(&stand.pool)
            .await
            .unwrap();
        assert_eq!(B256::from_slice(&root), B256::ZERO);
        assert_eq!(stand.discrepancies().await.len(), 1, "{end:?}");
        // Mended again: the next honest message goes through, and a forged one would not.
        stand.world.deposit(1).await.unwrap();
        assert_eq!(stand.settle(&running).await.claimed, 1);
    }
}

#[tokio::test]
async fn a_relayer_ahead_of_its_indexer_settles_what_its_tables_do_not_know_yet() {
    let (stand, running) = settled().await;
    let ahead = Faults { run_ahead: true, lag_blocks: 1_000, ..Faults::default() };
    running.misbehave(Misdeed::Faults(ahead)).await.unwrap();
    let deposited = stand.world.deposit(4).await.unwrap();
    let cycle = running.step().await.unwrap();
    assert_eq!((cycle.indexed, cycle.batches, cycle.claimed), (0, 1, 1));
    assert!(stand.world.bridge.is_consumed(End::Destination, deposited.id).await.unwrap());
    assert_eq!(stand.count("SELECT COUNT(*) FROM deposit_confirmed").await, 3, "an effect whose cause is not visible");
    assert_eq!(stand.discrepancies().await, [], "and nothing is wrong");
    running.misbehave(Misdeed::Faults(Faults::default())).await.unwrap();
    stand.settle(&running).await;
    assert_eq!(stand.count("SELECT COUNT(*) FROM deposit_confirmed").await, 4);
    assert_eq!(stand.count("SELECT COUNT(*) FROM settlement_batch_message").await, 4, "not settled twice");
}

#[tokio::test]
async fn a_lagging_indexer_stands_still_and_catches_up() {
    let (stand, running) = settled().await;
    running.misbehave(Misdeed::Faults(Faults { lag_blocks: 1_000, ..Faults::default() })).await.unwrap();
    stand.world.deposit(1).await.unwrap();
    for _ in 0..3 {
        assert!(stand.step(&running).await.was_idle());
    }
    running.misbehave(Misdeed::Faults(Faults::default())).await.unwrap();
    assert_eq!(stand.settle(&running).await.claimed, 1);
}

#[tokio::test]
async fn grd_14_a_donation_is_value_without_a_message_and_a_phantom_deposit_a_message_without_value() {
    let (stand, running) = settled().await;
    running.misbehave(Misdeed::Donate { amount: whole(5) }).await.unwrap();
    let custody = |found| Discrepancy::Custody { expected: whole(60), found };
    assert_eq!(stand.discrepancies().await, [custody(whole(65))]);
    misbehave(&running, Misdeed::PhantomDeposit { amount: whole(11) }).await;
    let phantom = Discrepancy::Custody { expected: whole(71), found: whole(65) };
    assert_eq!(stand.discrepancies().await, [phantom]);
    assert_eq!(stand.settle(&running).await.claimed, 1, "an honest relayer mints for it");
    assert_eq!(stand.world.bridge.supply(At::Latest).await.unwrap(), whole(71));
    assert!(U256::ZERO < stand.world.bridge.custody(At::Latest).await.unwrap());
}

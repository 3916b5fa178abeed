//! A relayer that is killed anywhere goes on where it was: nothing is lost and nothing is done twice.

use std::time::Duration;

use causeway_testkit::{bridge::Books, relayer::Running, wait::eventually};

use crate::support::{Stand, binary};

/// Every effect of the chain is there once, and the tables say the same.
async fn nothing_is_doubled(stand: &Stand, books: &Books) {
    assert_eq!(books.discrepancies().unwrap(), []);
    stand.tables_agree_with_the_chains().await;
    let doubles = [
        "SELECT COUNT(*) FROM (SELECT message_id FROM settlement_batch_message GROUP BY 1 HAVING COUNT(*) > 1) d",
        "SELECT COUNT(*) FROM (SELECT chain_id, account, nonce FROM relayer_operations GROUP BY 1, 2, 3 HAVING COUNT(*) > 1) d",
        "SELECT COUNT(*) FROM (SELECT message_id FROM proof_executions WHERE outcome = 'accepted' GROUP BY 1 HAVING COUNT(*) > 1) d",
        "SELECT COUNT(*) FROM proof_executions WHERE outcome = 'rejected'",
        "SELECT COUNT(*) FROM relayer_operations WHERE status <> 'confirmed'",
    ];
    for sql in doubles {
        assert_eq!(stand.count(sql).await, 0, "{sql}");
    }
}

#[tokio::test]
async fn grd_13_kill_and_restart_at_any_moment_doubles_nothing() {
    let stand = Stand::new().await;
    for round in 0..12_u64 {
        let running = Running::start(binary(), &stand.settings).await.unwrap();
        for tokens in 1..=3 {
            stand.world.deposit(tokens).await.unwrap();
        }
        stand.world.mine(3).await.unwrap();
        // Another moment of the work in each round: the waiting is the test, not a way to synchronise.
        tokio::time::sleep(Duration::from_millis(20 + 23 * round)).await;
        running.kill().await.unwrap();
    }
    let running = stand.start().await;
    stand.settle(&running).await;
    let books = stand.world.books().await.unwrap();
    assert_eq!((books.deposits.len(), books.in_flight_in()), (36, 0));
    nothing_is_doubled(&stand, &books).await;
}

#[tokio::test]
async fn what_was_signed_and_not_sent_is_sent_as_it_was_signed() {
    let stand = Stand::new().await;
    stand.world.destination.set_automine(false).await.unwrap();
    stand.world.deposit(1).await.unwrap();
    stand.world.source.mine(3).await.unwrap();
    let running = Running::start(binary(), &stand.settings).await.unwrap();
    eventually("an anchor that waits for its block", async || {
        stand.count("SELECT COUNT(*) FROM relayer_operations WHERE status = 'broadcast'").await == 1
    })
    .await;
    running.kill().await.unwrap();
    let hash: Vec<u8> =
        sqlx::query_scalar("SELECT tx_hash FROM relayer_operations").fetch_one(&stand.pool).await.unwrap();
    // The node forgets it, as a restarted one does.
    let hash = alloy::primitives::B256::from_slice(&hash);
    assert!(stand.world.destination.drop_transaction(hash).await.unwrap());
    stand.world.destination.set_automine(true).await.unwrap();

    let running = stand.start().await;
    let done = stand.settle(&running).await;
    assert_eq!((done.recovered, done.anchored, done.claimed), (1, 0, 1));
    let journal = running.journal().unwrap();
    assert_eq!(journal.iter().filter(|entry| entry.tx_hash == hash).count(), 2, "the same bytes, twice");
    nothing_is_doubled(&stand, &stand.world.books().await.unwrap()).await;
}

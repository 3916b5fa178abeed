//! An honest relayer: value goes over and comes back, and nobody's books disagree.

use std::time::Duration;

use causeway_testkit::{
    bridge::{At, End, Plan, Role, World},
    relayer::{ClearanceSettings, Pace, Running, Settings},
    wait::eventually,
};

use crate::support::{Stand, binary, whole};

#[tokio::test]
async fn deposits_are_minted_burns_are_released_and_the_books_balance() {
    let stand = Stand::new().await;
    let running = stand.start().await;
    for tokens in 1..=12 {
        stand.world.deposit(tokens).await.unwrap();
    }
    let done = stand.settle(&running).await;
    assert_eq!((done.batches, done.anchored, done.claimed), (2, 2, 12), "ten and two");
    for tokens in [5, 7] {
        stand.world.burn(tokens).await.unwrap();
    }
    let done = stand.settle(&running).await;
    assert_eq!((done.batches, done.anchored, done.claimed), (1, 1, 2));

    let books = stand.world.books().await.unwrap();
    assert_eq!((books.custody, books.supply), (whole(66), whole(66)));
    assert_eq!((books.in_flight_in(), books.in_flight_out()), (0, 0));
    assert_eq!(stand.discrepancies().await, []);
    stand.tables_agree_with_the_chains().await;
    assert_eq!(stand.count("SELECT COUNT(*) FROM settlement_batch WHERE status = 'settled'").await, 3);
    assert_eq!(stand.count("SELECT COUNT(*) FROM proof_executions WHERE outcome = 'accepted'").await, 14);
}

#[tokio::test]
async fn grd_5_the_rows_are_what_the_chains_say() {
    let stand = Stand::new().await;
    let running = stand.start().await;
    let deposited = stand.world.deposit(3).await.unwrap();
    stand.settle(&running).await;
    let (id, amount, nonce): (Vec<u8>, String, i64) = sqlx::query_as(
        "SELECT d.deposit_id, d.amount::text, d.nonce FROM deposit_confirmed d
         JOIN mint_confirmed m ON m.message_id = d.deposit_id
             AND (m.amount, m.asset, m.recipient) = (d.amount, d.asset, d.recipient)",
    )
    .fetch_one(&stand.pool)
    .await
    .unwrap();
    assert_eq!((id.as_slice(), amount, nonce), (deposited.id.as_slice(), whole(3).to_string(), 1));
    let root: Vec<u8> = sqlx::query_scalar("SELECT merkle_root FROM settlement_batch WHERE batch_number = 1")
        .fetch_one(&stand.pool)
        .await
        .unwrap();
    let anchored = stand.world.bridge.anchored_root(End::Destination, 1).await.unwrap();
    assert_eq!(anchored.as_slice(), root);
    for (end, anvil) in [(End::Source, &stand.world.source), (End::Destination, &stand.world.destination)] {
        let chain_id = stand.world.bridge.endpoint(end).chain_id().cast_signed();
        let (number, hash, head): (i64, Vec<u8>, i64) =
            sqlx::query_as("SELECT block_number, block_hash, head_number FROM indexer_watermark WHERE chain_id = $1")
                .bind(chain_id)
                .fetch_one(&stand.pool)
                .await
                .unwrap();
        let header = stand.world.bridge.endpoint(end).header(At::Block(number.cast_unsigned())).await.unwrap().unwrap();
        assert_eq!(header.hash.as_slice(), hash);
        assert!(head - number == 2 && head.cast_unsigned() <= anvil.block_number().await.unwrap());
    }
    let keeper = stand.world.account(Role::Keeper);
    let next: i64 = sqlx::query_scalar("SELECT next_nonce FROM relayer_account WHERE chain_id = 1337")
        .fetch_one(&stand.pool)
        .await
        .unwrap();
    assert_eq!(next.cast_unsigned(), stand.world.destination.nonce(keeper).await.unwrap());
}

#[tokio::test]
async fn an_event_counts_once_it_is_confirmed_and_not_before() {
    let stand = Stand::new().await;
    let running = stand.start().await;
    stand.settle(&running).await;
    stand.world.deposit(1).await.unwrap();
    stand.world.mine(1).await.unwrap();
    assert_eq!(running.step().await.unwrap().indexed, 0);
    stand.world.mine(1).await.unwrap();
    assert_eq!(running.step().await.unwrap().indexed, 1);
}

#[tokio::test]
async fn a_reorganisation_below_the_confirmations_stops_the_relayer() {
    let stand = Stand::new().await;
    let running = stand.start().await;
    stand.world.deposit(1).await.unwrap();
    stand.settle(&running).await;
    stand.world.source.rewrite(4, causeway_testkit::ccip::Replay::Nothing).await.unwrap();
    let stopped = running.step().await.unwrap_err();
    assert!(stopped.to_string().contains("reorganised"), "{stopped}");
    let status = running.status().await.unwrap();
    assert!(status.failure.is_some_and(|failure| failure.contains("reorganised")));
}

#[tokio::test]
async fn users_move_value_at_the_rate_that_is_told_and_cycles_run_by_themselves() {
    let plan = Plan { heartbeat: Some(Duration::from_millis(50)), ..Plan::default() };
    let world = World::with(plan).await.unwrap();
    let stand = Stand::new().await;
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        database_url: causeway_testkit::postgres::shared().await.unwrap().database("busy").await.unwrap().url().into(),
        ..Settings::of(&world, &stand.settings.database_url, folder.path().join("journal.jsonl")).unwrap()
    };
    let running = Running::start(binary(), &settings).await.unwrap();
    running.traffic(1_200).await.unwrap();
    eventually("a claim", async || running.status().await.unwrap().done.claimed >= 5).await;
    running.traffic(0).await.unwrap();
    eventually("everything is settled", async || {
        let books = world.books().await.unwrap();
        books.in_flight_in() + books.in_flight_out() == 0
    })
    .await;
    let status = running.pause().await.unwrap();
    assert_eq!((status.simulated, status.pace, status.traffic.refused), (true, Pace::Paused, 0));
    assert_eq!(world.books().await.unwrap().discrepancies().unwrap(), []);
    let log = running.log();
    assert!(log.iter().any(|line| line.contains("listening") && line.contains("\"simulated\":true")), "{log:?}");
    assert!(running.terminate(Duration::from_secs(20)).await.unwrap().success());
}

#[tokio::test]
async fn settings_that_cannot_be_used_end_the_process_with_a_line() {
    let stand = Stand::new().await;
    let no_guard = Settings { clearance: ClearanceSettings::guarded_by([]), ..stand.settings.clone() };
    let no_key = Settings { keeper_key: "0x12".to_owned(), ..stand.settings.clone() };
    let other_chain = Settings { source: stand.settings.destination.clone(), ..stand.settings.clone() };
    let mistaken = Settings { holder: "Relayer Nought".to_owned(), ..no_guard.clone() };
    let cases = [(no_guard, "guard"), (no_key, "keeper_key"), (mistaken, "holder"), (other_chain, "destination")];
    for (settings, word) in cases {
        let failed = Running::start(binary(), &settings).await.unwrap_err().to_string();
        assert!(failed.contains(word), "{word}: {failed}");
    }
}

//! A writer that moves value between two of the guard's reads. Read committed sees half of it; the snapshot does not.

use causeway_primitives::U256;
use causeway_testkit::wait::eventually;
use sqlx::{Connection as _, PgConnection};

use super::stand::{Stand, locked};

/// A deposit and its release at once, as one transaction of the relayer: the locked sum is the same before and after.
const MOVE: [&str; 2] = [
    "INSERT INTO deposit_confirmed
     SELECT decode(repeat('77', 32), 'hex'), asset, 12345, sender, recipient, 777777, chain_id, block_number, block_hash,
            block_time, tx_hash, log_index, confirmed_at
     FROM deposit_confirmed LIMIT 1",
    "INSERT INTO withdrawal_confirmed
     SELECT message_id, asset, 12345, recipient, chain_id, block_number, block_hash, block_time,
            decode(repeat('77', 32), 'hex'), log_index, confirmed_at
     FROM withdrawal_confirmed LIMIT 1",
];

const DEPOSITS: &str = "SELECT SUM(amount)::TEXT FROM deposit_confirmed";
const WITHDRAWALS: &str = "SELECT SUM(amount)::TEXT FROM withdrawal_confirmed";

async fn total(connection: &mut PgConnection, sql: &'static str) -> U256 {
    let text: String = sqlx::query_scalar(sql).fetch_one(connection).await.unwrap();
    U256::from_str_radix(&text, 10).unwrap()
}

/// Moves value in a transaction that is open before the reader begins, and commits once the reader waits for the table
/// that it reads second.
async fn move_value(writer: PgConnection, ready: tokio::sync::oneshot::Sender<()>) {
    let mut writer = writer;
    let mut transaction = writer.begin().await.unwrap();
    let lock = "LOCK TABLE withdrawal_confirmed IN ACCESS EXCLUSIVE MODE";
    sqlx::raw_sql(lock).execute(&mut *transaction).await.unwrap();
    for sql in MOVE {
        sqlx::raw_sql(sql).execute(&mut *transaction).await.unwrap();
    }
    ready.send(()).unwrap();
    let waiting =
        "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'withdrawal_confirmed'::regclass)";
    eventually("a reader is between its two reads", async || {
        sqlx::query_scalar::<_, bool>(waiting).fetch_one(&mut *transaction).await.unwrap()
    })
    .await;
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn grd_14_a_move_between_two_reads_does_not_tear_the_snapshot() {
    let stand = Stand::new("guard_books_snapshot", 5_000).await;
    let before = stand.read().await;
    let writer = stand.relayer.acquire().await.unwrap().detach();
    let (ready, begin) = tokio::sync::oneshot::channel();
    let reading = async {
        begin.await.unwrap();
        stand.read().await
    };
    let (during, ()) = tokio::join!(reading, move_value(writer, ready));
    assert_eq!(during, before, "all of the old state");
    let after = stand.read().await;
    assert_eq!(locked(&after), locked(&before));
    assert!(after.sums != before.sums, "the move did happen");
}

/// The same reads without the snapshot: what the guard would halt for.
#[tokio::test]
async fn grd_14_the_same_move_tears_reads_that_are_only_committed() {
    let stand = Stand::new("guard_books_torn", 5_000).await;
    let expected = locked(&stand.read().await);
    let writer = stand.relayer.acquire().await.unwrap().detach();
    let mut reader = stand.relayer.acquire().await.unwrap().detach();
    let (ready, begin) = tokio::sync::oneshot::channel();
    let naive = async {
        begin.await.unwrap();
        let mut transaction = reader.begin().await.unwrap();
        let deposits = total(&mut transaction, DEPOSITS).await;
        deposits - total(&mut transaction, WITHDRAWALS).await
    };
    let (torn, ()) = tokio::join!(naive, move_value(writer, ready));
    assert_eq!(torn + U256::from(12_345), expected, "half of the move");
}

//! Rows by the million agree with each other.

use alloy::primitives::{Address, B256, U256};
use causeway_testkit::{
    bridge::{Leaf, Tree},
    postgres,
    relayer::{self, Volume, generate},
};
use sqlx::{PgPool, Row as _};

async fn filled(volume: &Volume) -> (PgPool, relayer::Totals) {
    let database = postgres::shared().await.unwrap().database("generated").await.unwrap();
    relayer::prepare(database.url()).await.unwrap();
    relayer::prepare(database.url()).await.unwrap();
    let pool = relayer::open(database.url()).await.unwrap();
    let totals = generate(&pool, volume).await.unwrap();
    (pool, totals)
}

async fn number(pool: &PgPool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

async fn sum(pool: &PgPool, sql: &'static str) -> U256 {
    let text: String = sqlx::query_scalar(sql).fetch_one(pool).await.unwrap();
    text.parse().unwrap()
}

fn small() -> Volume {
    Volume { per_batch: 37, burns: 300, ..Volume::of(2_000) }
}

#[tokio::test]
async fn grd_5_generated_rows_add_up_to_what_the_generator_says() {
    let (pool, totals) = filled(&small()).await;
    let sums = [
        ("SELECT COALESCE(SUM(amount), 0)::text FROM deposit_confirmed", totals.deposited),
        ("SELECT COALESCE(SUM(amount), 0)::text FROM mint_confirmed", totals.minted),
        ("SELECT COALESCE(SUM(amount), 0)::text FROM burn_confirmed", totals.burned),
        ("SELECT COALESCE(SUM(amount), 0)::text FROM withdrawal_confirmed", totals.released),
    ];
    for (sql, told) in sums {
        assert_eq!(sum(&pool, sql).await, told, "{sql}");
    }
    assert!(totals.minted < totals.deposited && totals.released < totals.burned, "something is in flight");
    assert_eq!(number(&pool, "SELECT COUNT(*) FROM settlement_batch").await, totals.batches.cast_signed());
    assert_eq!(totals.batches, 2_000_u64.div_ceil(37) + 300_u64.div_ceil(37));
}

#[tokio::test]
async fn grd_5_every_generated_effect_has_its_cause_and_its_settled_batch() {
    let (pool, _) = filled(&small()).await;
    let strays = [
        "SELECT COUNT(*) FROM mint_confirmed m WHERE NOT EXISTS (SELECT 1 FROM deposit_confirmed d WHERE d.deposit_id = m.message_id AND d.amount = m.amount AND d.recipient = m.recipient)",
        "SELECT COUNT(*) FROM withdrawal_confirmed w WHERE NOT EXISTS (SELECT 1 FROM burn_confirmed b WHERE b.burn_id = w.message_id AND b.amount = w.amount AND b.recipient = w.recipient)",
        "SELECT COUNT(*) FROM deposit_confirmed d WHERE (SELECT COUNT(*) FROM settlement_batch_message s WHERE s.message_id = d.deposit_id) <> 1",
        "SELECT COUNT(*) FROM settlement_batch b WHERE size <> (SELECT COUNT(*) FROM settlement_batch_message s WHERE s.batch_id = b.id)",
        "SELECT COUNT(*) FROM settlement_batch b JOIN settlement_batch_message s ON s.batch_id = b.id WHERE direction = 'deposit' AND (status = 'settled') <> EXISTS (SELECT 1 FROM mint_confirmed m WHERE m.message_id = s.message_id)",
        "SELECT COUNT(*) FROM deposit_confirmed d JOIN indexer_watermark w USING (chain_id) WHERE d.block_number > w.block_number",
        "SELECT COUNT(*) FROM settlement_batch WHERE direction NOT IN ('deposit', 'withdrawal')",
    ];
    for sql in strays {
        assert_eq!(number(&pool, sql).await, 0, "{sql}");
    }
    assert!(number(&pool, "SELECT COUNT(*) FROM proof_executions").await > 100);
}

#[tokio::test]
async fn grd_1_a_generated_root_is_that_of_its_members_and_its_proofs_lead_to_it() {
    let volume = small();
    let (pool, _) = filled(&volume).await;
    let rows = sqlx::query(
        "SELECT b.batch_number, b.merkle_root, s.message_id, s.leaf, d.recipient, d.amount::text AS amount
         FROM settlement_batch b JOIN settlement_batch_message s ON s.batch_id = b.id
         JOIN deposit_confirmed d ON d.deposit_id = s.message_id WHERE b.batch_number = 50 ORDER BY s.position",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let leaves: Vec<_> = rows
        .iter()
        .map(|row| Leaf {
            chain_id: 1_337,
            settlement: volume.destination_settlement,
            batch: 50,
            message_id: B256::from_slice(row.get("message_id")),
            asset: volume.asset,
            recipient: Address::from_slice(row.get("recipient")),
            amount: row.get::<String, _>("amount").parse().unwrap(),
        })
        .collect();
    let hashes: Vec<_> = leaves.iter().map(Leaf::hash).collect();
    let tree = Tree::new(&hashes).unwrap();
    let told: Vec<_> = rows.iter().map(|row| B256::from_slice(row.get("leaf"))).collect();
    assert_eq!(told, hashes);
    assert_eq!((rows.len(), tree.root().as_slice()), (37, rows[0].get::<&[u8], _>("merkle_root")));

    let proof: Vec<Vec<u8>> = sqlx::query_scalar("SELECT proof FROM proof_executions WHERE message_id = $1")
        .bind(leaves[5].message_id.as_slice())
        .fetch_one(&pool)
        .await
        .unwrap();
    let proof: Vec<_> = proof.iter().map(|node| B256::from_slice(node)).collect();
    assert_eq!(Some(proof), tree.prove(hashes[5]));
}

#[tokio::test]
async fn a_reader_reads_every_table_and_writes_none() {
    let database = postgres::shared().await.unwrap().database("readable").await.unwrap();
    relayer::prepare(database.url()).await.unwrap();
    let reader = relayer::open(&relayer::reader(database.url()).await.unwrap()).await.unwrap();
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'")
            .fetch_all(&reader)
            .await
            .unwrap();
    assert!(tables.len() >= 10, "{tables:?}");
    // The default of the role is not what protects: it is switched off first.
    let mut connection = reader.acquire().await.unwrap();
    sqlx::query("SET default_transaction_read_only = off").execute(&mut *connection).await.unwrap();
    for table in tables {
        let read = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        sqlx::query(read).execute(&mut *connection).await.unwrap();
        let write = sqlx::AssertSqlSafe(format!("DELETE FROM {table}"));
        let refused = sqlx::query(write).execute(&mut *connection).await.unwrap_err();
        let code = refused.as_database_error().and_then(|error| error.code().map(|code| code.into_owned()));
        assert_eq!(code.as_deref(), Some("42501"), "{table}");
    }
}

#[tokio::test]
async fn more_burns_than_mints_are_refused() {
    let database = postgres::shared().await.unwrap().database("refused").await.unwrap();
    relayer::prepare(database.url()).await.unwrap();
    let pool = relayer::open(database.url()).await.unwrap();
    let volume = Volume { burns: 101, ..Volume::of(100) };
    assert!(matches!(generate(&pool, &volume).await, Err(relayer::Error::Range(_))));
}

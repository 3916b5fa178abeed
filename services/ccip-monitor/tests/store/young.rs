//! Indexes that are laid aside while the first back-fill fills empty tables.

use ccip_monitor::ports::Ledger as _;

use super::stand::{Block, Stand, send, succeed};

/// Every index with its definition, and whether it can be used.
async fn indexes(stand: &Stand) -> Vec<(String, String, bool)> {
    sqlx::query_as(
        "SELECT indexname::TEXT, indexdef, indisvalid FROM pg_indexes
         JOIN pg_index ON indexrelid = indexname::REGCLASS
         WHERE schemaname = 'public' ORDER BY indexname",
    )
    .fetch_all(stand.pool.executor())
    .await
    .unwrap()
}

#[tokio::test]
async fn ccip_17_indexes_that_are_laid_aside_come_back_as_they_were() {
    let stand = Stand::new("young_aside").await;
    let before = indexes(&stand).await;
    assert!(stand.store.begin_backfill(&stand.leader).await.unwrap());
    assert_eq!(indexes(&stand).await.len(), before.len() - 4);

    stand.read(Block::source(10).with(send(1)).with(send(2))).await;
    stand.read(Block::destination(10).with(succeed(1))).await;
    assert_eq!(stand.store.end_backfill(&stand.leader).await.unwrap(), 4);
    assert_eq!(indexes(&stand).await, before);
    assert_eq!(stand.store.end_backfill(&stand.leader).await.unwrap(), 0, "there is nothing left to build");
}

#[tokio::test]
async fn ccip_17_nothing_is_laid_aside_where_something_was_read_or_by_who_does_not_lead() {
    let stand = Stand::new("young_read").await;
    stand.read(Block::source(10)).await;
    assert!(!stand.store.begin_backfill(&stand.leader).await.unwrap());

    let stand = Stand::new("young_deposed").await;
    let before = indexes(&stand).await;
    stand.depose().await;
    stand.store.begin_backfill(&stand.leader).await.unwrap_err();
    assert_eq!(indexes(&stand).await, before);
}

#[tokio::test]
async fn ccip_17_an_index_whose_building_was_interrupted_is_built_anew() {
    let stand = Stand::new("young_broken").await;
    let before = indexes(&stand).await;
    // What an interrupted CREATE INDEX CONCURRENTLY leaves.
    sqlx::query("UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'sent_tx'::REGCLASS")
        .execute(stand.pool.executor())
        .await
        .unwrap();
    assert_eq!(stand.store.end_backfill(&stand.leader).await.unwrap(), 1);
    assert_eq!(indexes(&stand).await, before);
}

//! Bounds and outcomes of queries and transactions.

use std::time::Duration;

use causeway_store::{Class, Error, Metrics, Named as _, Pool, Settings};
use causeway_testkit::postgres::Cluster;

use crate::stand::Stand;

#[tokio::test]
async fn the_server_ends_a_statement_that_runs_too_long() {
    let stand = Stand::new("slow").await;
    let mut settings = Settings::new(stand.url().into(), "slow");
    settings.statement_timeout = Duration::from_millis(50);
    let pool = Pool::open(&settings, Metrics::default()).unwrap();
    let slow = sqlx::query("SELECT pg_sleep(60)").execute(pool.executor()).named("sleep", pool.queries()).await;
    assert!(matches!(slow, Err(Error::Query { class: Class::Cancelled, query: "sleep", .. })), "{slow:?}");
    assert!(slow.unwrap_err().is_retryable());
}

#[tokio::test]
async fn an_exhausted_pool_is_an_error_after_its_timeout() {
    let stand = Stand::new("exhausted").await;
    let mut settings = Settings::new(stand.url().into(), "small");
    settings.max_connections = 1;
    settings.acquire_timeout = Duration::from_millis(50);
    let pool = Pool::open(&settings, Metrics::default()).unwrap();
    let _only = pool.begin().await.unwrap();
    let error = pool.probe().await.unwrap_err();
    assert!(matches!(error, Error::Query { class: Class::PoolExhausted, .. }), "{error:?}");
}

#[tokio::test]
async fn a_commit_after_a_failed_query_is_an_error_and_not_a_silent_rollback() {
    let stand = Stand::new("aborted").await;
    stand.execute("CREATE TABLE item (id INT CONSTRAINT item_once PRIMARY KEY)").await;
    let mut tx = stand.pool.begin().await.unwrap();
    let queries = tx.queries();
    for (id, fits) in [(1, true), (1, false)] {
        let insert = sqlx::query("INSERT INTO item VALUES ($1)").bind(id).execute(&mut *tx);
        let result = insert.named("insert_item", &queries).await;
        assert_eq!(result.is_ok(), fits);
        if let Err(error) = result {
            assert_eq!(error.violated_constraint(), Some("item_once"));
            assert!(!error.is_retryable());
        }
    }
    assert!(tx.commit().await.is_err());
    assert_eq!(stand.number("SELECT count(*) FROM item").await, 0);
}

#[tokio::test]
async fn a_dropped_transaction_leaves_nothing() {
    let stand = Stand::new("dropped").await;
    stand.execute("CREATE TABLE item (id INT)").await;
    let mut tx = stand.pool.begin().await.unwrap();
    sqlx::query("INSERT INTO item VALUES (1)").execute(&mut *tx).await.unwrap();
    drop(tx);
    let mut tx = stand.pool.begin().await.unwrap();
    sqlx::query("INSERT INTO item VALUES (2)").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(stand.number("SELECT sum(id) FROM item").await, 2);
}

#[tokio::test]
async fn a_database_that_went_away_is_retryable_and_comes_back_by_itself() {
    let cluster = Cluster::start().await.unwrap();
    let stand = Stand::on(&cluster.database("gone").await.unwrap());
    stand.pool.probe().await.unwrap();
    stand.execute("CREATE TABLE item (id INT)").await;
    let mut tx = stand.pool.begin().await.unwrap();
    sqlx::query("INSERT INTO item VALUES (1)").execute(&mut *tx).await.unwrap();

    cluster.stop_immediate().await.unwrap();
    assert!(tx.commit().await.is_err());
    let error = stand.pool.probe().await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");

    cluster.restart().await.unwrap();
    stand.pool.probe().await.unwrap();
    assert_eq!(stand.number("SELECT count(*) FROM item").await, 0, "what was not committed is not there");
    let page = stand.metrics();
    assert!(page.contains("store_query_duration_seconds_count{query=\"probe\",outcome=\"ok\"} 2"), "{page}");
}

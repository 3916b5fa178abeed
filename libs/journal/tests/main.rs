//! The journal over a real PostgreSQL: the contract that every journal upholds, and the fence.
#![allow(
    clippy::unwrap_used,
    reason = "a test says what it expects; clippy's own exception does not reach a test's helpers"
)]

use std::{sync::Arc, time::Duration};

use causeway_chain::journal::{Error, Journal as _, contract};
use causeway_journal::FencedJournal;
use causeway_primitives::Timestamp;
use causeway_store::{
    Metrics, Pool, Settings,
    lease::{Leadership, release, try_acquire},
    schema,
};
use causeway_testkit::postgres::shared;
use tokio::sync::watch;

/// Longer than any test.
const TTL: Duration = Duration::from_secs(3_600);

async fn database(label: &str) -> Pool {
    let database = shared().await.unwrap().database(label).await.unwrap();
    let pool = Pool::open(&Settings::new(database.url().into(), "journal-test"), Metrics::default()).unwrap();
    schema::migrate(&pool, &sqlx::migrate!()).await.unwrap();
    pool
}

async fn lead(pool: &Pool, holder: &str) -> Leadership {
    try_acquire(pool, &Arc::from("journal"), &Arc::from(holder), TTL).await.unwrap().unwrap()
}

#[tokio::test]
async fn ora_11_the_journal_in_postgresql_upholds_the_contract() {
    let pool = database("journal_contract").await;
    let (_leads, leadership) = watch::channel(Some(lead(&pool, "one").await));
    contract::uphold(&FencedJournal::new(pool, leadership)).await;
}

#[tokio::test]
async fn ora_11_a_journal_of_somebody_who_leads_no_more_is_fenced() {
    let pool = database("journal_fence").await;
    let first = lead(&pool, "one").await;
    let (leads, leadership) = watch::channel(Some(first.clone()));
    let journal = FencedJournal::new(pool.clone(), leadership);
    journal.insert(&contract::intent("before"), Timestamp::EPOCH).await.unwrap();
    release(&pool, &first).await.unwrap();
    lead(&pool, "two").await;
    let refused = journal.insert(&contract::intent("after"), Timestamp::EPOCH).await;
    assert!(matches!(refused, Err(Error::Fenced)), "{refused:?}");
    leads.send_replace(None);
    let refused = journal.insert(&contract::intent("later"), Timestamp::EPOCH).await;
    assert!(matches!(refused, Err(Error::Fenced)), "{refused:?}");
    assert_eq!(journal.list_open().await.unwrap().len(), 1, "reading needs no lease");
}

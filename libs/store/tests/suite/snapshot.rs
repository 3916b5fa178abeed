//! A document is there with the transaction that wrote it, or not at all.

use causeway_store::snapshot::{self, Snapshot};
use serde_json::json;

use crate::stand::Stand;

#[tokio::test]
async fn a_document_is_replaced_as_a_whole_and_its_version_grows_by_one() {
    let stand = Stand::new("snapshot").await;
    assert_eq!(snapshot::find(&stand.pool, "alerts").await.unwrap(), None);
    for version in 1..=3_u64 {
        let mut tx = stand.pool.begin().await.unwrap();
        let document = json!({ "firing": version });
        assert_eq!(snapshot::put(&mut tx, "alerts", &document).await.unwrap(), version);
        tx.commit().await.unwrap();
        let found = snapshot::find(&stand.another_process(), "alerts").await.unwrap();
        assert_eq!(found, Some(Snapshot { version, document }));
    }
}

#[tokio::test]
async fn a_document_of_a_transaction_that_fails_was_never_written() {
    let stand = Stand::new("snapshot_undone").await;
    let mut tx = stand.pool.begin().await.unwrap();
    snapshot::put(&mut tx, "alerts", &json!({})).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(snapshot::find(&stand.pool, "alerts").await.unwrap(), None);
}

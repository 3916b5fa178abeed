//! Changes of messages that no evidence of their own says: undone, or linked later. Watchers read them with the rest.

use causeway_store::{Error, Named as _};

use super::work::Work;

/// One change for each message.
pub(super) async fn insert(work: &mut Work, messages: &[i64]) -> Result<(), Error> {
    if messages.is_empty() {
        return Ok(());
    }
    let changes: Vec<i64> = messages.iter().map(|_| work.change()).collect();
    let queries = work.tx.queries();
    sqlx::query!(
        "INSERT INTO aside (change, message) SELECT * FROM UNNEST($1::BIGINT[], $2::BIGINT[])",
        &changes,
        messages,
    )
    .execute(&mut *work.tx)
    .named("insert_asides", &queries)
    .await
    .map(drop)
}

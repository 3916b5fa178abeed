//! One view of the database for several queries.

use causeway_primitives::{ChainId, Timestamp};
use causeway_store::{Error, Named as _, Transaction};
use time::OffsetDateTime;

use super::super::{
    Store,
    values::{chain, digest, timestamp, unsigned},
};
use crate::{domain::report::Window, ports::ReadPosition};

/// A transaction that reads, and sees what was committed before its first query and nothing later.
pub(super) async fn begin(store: &Store) -> Result<Transaction, Error> {
    let mut tx = store.pool.begin().await?;
    let queries = tx.queries();
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .execute(&mut *tx)
        .named("set_snapshot", &queries)
        .await?;
    Ok(tx)
}

/// The ends of a window as columns compare with them: at or after the first, before the second.
pub(super) fn ends(window: Window) -> (OffsetDateTime, OffsetDateTime) {
    (window.from().to_datetime(), window.before().to_datetime())
}

/// Up to where each chain was read, with what could not be.
pub(super) async fn list_positions(tx: &mut Transaction) -> Result<Vec<ReadPosition>, Error> {
    let queries = tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT chain, number, hash, time,
               (SELECT count(*) FROM hole WHERE hole.chain = cursor.chain AND closed_at IS NULL) AS "open_holes!"
        FROM cursor ORDER BY chain
        "#,
    )
    .fetch_all(&mut **tx)
    .named("list_read_positions", &queries)
    .await?;
    rows.into_iter()
        .map(|row| {
            let hash = digest(&row.hash, "cursor.hash")?;
            let number = unsigned(row.number, "cursor.number")?;
            Ok(ReadPosition {
                chain: chain(row.chain, "cursor.chain")?,
                position: causeway_chain::logs::Position { number, hash },
                time: timestamp(row.time, "cursor.time")?,
                open_holes: unsigned(row.open_holes, "hole")?,
            })
        })
        .collect()
}

/// A position as a report names it.
pub(super) const fn named(position: &ReadPosition) -> (ChainId, u64, Timestamp) {
    (position.chain, position.position.number, position.time)
}

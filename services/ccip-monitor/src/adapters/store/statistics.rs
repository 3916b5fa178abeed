//! The planner's statistics while the tables grow out of nothing.
//!
//! A back-fill fills empty tables with thousands of rows a second, and autovacuum looks once a minute. Until then the
//! planner takes them for nearly empty (it expects one in two hundred of `unwinding IS NULL`, which is all of them) and
//! joins by comparing everything with everything.

use std::sync::atomic::{AtomicU64, Ordering};

use causeway_store::{Error, Named as _};

use super::Store;
use crate::ports::{Batch, Pace};

/// Batches with events that this process has stored at back-fill pace.
#[derive(Debug, Default)]
pub(super) struct Grown(AtomicU64);

/// After the first batch with events, and each time that there were four times as many. From then on the planner reckons by the
/// tables' sizes.
pub(super) async fn keep_up(store: &Store, batch: &Batch) -> Result<(), Error> {
    match batch.pace {
        Pace::Backfill if !batch.events.is_empty() => {}
        Pace::Backfill | Pace::Live => return Ok(()),
    }
    let count = store.grown.0.fetch_add(1, Ordering::Relaxed).saturating_add(1);
    // 1, 4, 16, 64 …: the powers of two at even places.
    if !count.is_power_of_two() || !count.trailing_zeros().is_multiple_of(2) {
        return Ok(());
    }
    let mut tx = store.pool.begin().await?;
    let queries = tx.queries();
    // A tenth of the usual sample: all that it is to say is how many rows there are and that nearly none is undone.
    sqlx::query!("SELECT set_config('default_statistics_target', '10', TRUE) AS target")
        .fetch_one(&mut *tx)
        .named("sample_little", &queries)
        .await?;
    sqlx::query!("ANALYZE sent, message, attempt, report").execute(&mut *tx).named("analyse", &queries).await?;
    tx.commit().await
}

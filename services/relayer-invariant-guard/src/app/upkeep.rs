//! Housekeeping: what is old goes, a little at a time, on the leader.

use std::{convert::Infallible, time::Duration};

use causeway_runtime::CancellationToken;
use causeway_store::Error as StoreError;
use causeway_telemetry::Chain;

use super::Guard;
use crate::adapters::store::Kept;

/// Between two batches while there is nothing to do.
const EVERY: Duration = Duration::from_secs(300);

/// And while there is.
const WHILE_BEHIND: Duration = Duration::from_secs(1);

impl Guard {
    /// Removes what is old until it is told to stop.
    ///
    /// # Errors
    /// None: what fails is tried again.
    pub async fn keep_house(self, kept: Kept, stop: CancellationToken) -> Result<(), Infallible> {
        loop {
            let removed = self.remove_old(&kept).await.unwrap_or_else(|error| {
                tracing::warn!(error = %Chain(&error), "old rows not removed");
                0
            });
            let pause = if removed > 0 { WHILE_BEHIND } else { EVERY };
            if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return Ok(());
            }
        }
    }

    /// Removes one batch and says how many rows it was; none on a standby.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remove_old(&self, kept: &Kept) -> Result<u64, StoreError> {
        let Some(leadership) = self.leadership() else { return Ok(0) };
        self.parts.store.remove_old(&leadership, kept, self.parts.clock.now()).await
    }
}

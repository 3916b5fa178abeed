//! The end of the first back-fill: what was laid aside for it comes back.

use std::{convert::Infallible, sync::Arc, time::Duration};

use causeway_runtime::CancellationToken;
use causeway_store::lease::Leadership;
use tokio::{sync::watch, time::Instant};

use super::view::Views;
use crate::ports::Ledger;

/// How often chains are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// When what failed is tried again: whatever stands in the way of an index, a full disk or a role, is not gone in a moment.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Once one chain is at its head, the others have so long to get there: readers wait no longer for a chain that is slow or
/// cannot be read.
const OTHERS_MAY_TAKE: Duration = Duration::from_secs(120);

/// Waits for the chains. One on each replica; the leader's works.
#[derive(Debug)]
pub struct Settler {
    /// Where the indexes are.
    pub ledger: Arc<dyn Ledger>,
    /// How far the chains are.
    pub views: Views,
    /// Whether this replica writes.
    pub leadership: watch::Receiver<Option<Leadership>>,
}

impl Settler {
    /// Until it is told to stop.
    ///
    /// # Errors
    /// None: what fails is tried again.
    pub async fn run(self, token: CancellationToken) -> Result<(), Infallible> {
        token.run_until_cancelled(self.settle()).await;
        Ok(())
    }

    async fn settle(&self) {
        let mut first: Option<Instant> = None;
        let mut settled = false;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let leadership = self.leadership.borrow().as_ref().filter(|leadership| leadership.is_valid()).cloned();
            let Some(leadership) = leadership.filter(|_| !settled) else { continue };
            let (at_head, all) = self.at_head();
            if at_head > 0 {
                first.get_or_insert_with(Instant::now);
            }
            let long = first.is_some_and(|first| first.elapsed() > OTHERS_MAY_TAKE);
            if all || long {
                settled = self.build(&leadership).await;
                if !settled {
                    tokio::time::sleep(AGAIN_AFTER).await;
                }
            }
        }
    }

    /// How many chains are read up to their heads, and whether all are.
    fn at_head(&self) -> (usize, bool) {
        let chains = self.views.list_chains();
        let read =
            |position: Option<u64>, head: Option<u64>| position.zip(head).is_some_and(|(read, head)| read >= head);
        let at_head =
            chains.iter().filter(|chain| read(chain.position.map(|position| position.number), chain.head)).count();
        (at_head, at_head == chains.len())
    }

    async fn build(&self, leadership: &Leadership) -> bool {
        match self.ledger.end_backfill(leadership).await {
            Ok(0) => true,
            Ok(built) => {
                tracing::info!(indexes = built, "the first back-fill is over and what readers search by is built");
                true
            }
            Err(error) => {
                tracing::warn!(error = %causeway_telemetry::Chain(&error), "indexes could not be built and are tried again");
                false
            }
        }
    }
}

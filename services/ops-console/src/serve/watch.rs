//! The watch over what the console stands on. A service that is down makes the console no less ready: that is when it is
//! needed.

use std::{convert::Infallible, sync::Arc};

use causeway_runtime::{CancellationToken, clock::Clock, health::Heartbeat};
use causeway_service::vitals::Vitals;
use tokio::time::sleep;

use crate::{app::Board, metrics::Metrics};

/// See the module.
pub(super) struct Watchdog {
    pub(super) vitals: Vitals,
    pub(super) board: Board,
    pub(super) metrics: Metrics,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) heartbeat: Heartbeat,
}

impl Watchdog {
    /// Looks until it is told to stop.
    pub(super) async fn run(mut self, token: CancellationToken) -> Result<(), Infallible> {
        while token.run_until_cancelled(self.vitals.look()).await.is_some() {
            self.metrics.show(&self.board.fleet(), self.clock.now());
            self.heartbeat.beat();
            token.run_until_cancelled(sleep(self.vitals.pause())).await;
        }
        Ok(())
    }
}

//! Looks again and again whether the assets' contracts are what was pinned, and says so to the runner and to alerts.

use std::{convert::Infallible, time::Duration};

use causeway_runtime::CancellationToken;
use causeway_telemetry::Chain;
use tokio::sync::watch;

use crate::{
    adapters::contracts::Contracts,
    app::{Alerts, Differences},
};

/// See the module.
pub(super) struct Inspector {
    pub(super) contracts: Contracts,
    pub(super) seen: watch::Sender<Differences>,
    pub(super) alerts: Alerts,
    pub(super) every: Duration,
}

impl Inspector {
    pub(super) async fn run(self, token: CancellationToken) -> Result<(), Infallible> {
        loop {
            match self.contracts.differences().await {
                Ok(found) => self.tell(found),
                // What was seen last holds until something else is seen.
                Err(error) => tracing::debug!(error = %Chain(&error), "contracts not read; tried again"),
            }
            if token.run_until_cancelled(tokio::time::sleep(self.every)).await.is_none() {
                return Ok(());
            }
        }
    }

    fn tell(&self, found: Differences) {
        for asset in self.contracts.assets() {
            self.alerts.token(asset, found.get(asset).cloned());
        }
        self.seen.send_replace(found);
    }
}

//! The dead-man's switch: somebody outside hears of evaluations, and calls people when it hears nothing any more.
//!
//! It counts evaluations and neither traffic nor life: a guard that answers and looks no more is silent here, and so is a
//! bridge's quiet night no alarm.

use std::{convert::Infallible, time::Duration};

use causeway_alerting::channel::{Endpoint, Outgoing};
use causeway_runtime::CancellationToken;
use causeway_telemetry::Chain;

use super::Guard;

/// Where to, and how often.
#[derive(Debug, Clone)]
pub struct Heartbeat {
    /// Carries it.
    pub outgoing: Outgoing,
    /// The switch's address, which is its credential.
    pub to: Endpoint,
    /// At most so often: the switch waits for a few of them.
    pub every: Duration,
}

impl Guard {
    /// Beats as long as there are new evaluations, until it is told to stop. A standby evaluates nothing and says nothing.
    ///
    /// # Errors
    /// None: the switch is there for what fails.
    pub async fn beat(self, heart: Heartbeat, stop: CancellationToken) -> Result<(), Infallible> {
        let mut told = 0;
        while stop.run_until_cancelled(tokio::time::sleep(heart.every)).await.is_some() {
            let evaluations = self.evaluations();
            if evaluations == told {
                continue;
            }
            match heart.outgoing.beat(&heart.to, &format!("{evaluations} evaluations")).await {
                Ok(()) => told = evaluations,
                Err(error) => tracing::warn!(error = %Chain(&error), "dead-man's switch not told"),
            }
        }
        Ok(())
    }
}

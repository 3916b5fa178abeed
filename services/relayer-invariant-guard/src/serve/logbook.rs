//! Lines that somebody must look at, kept in the database as well (GRD-12): the log that survives the disk it was on.

use std::{convert::Infallible, sync::Arc, time::Duration};

use causeway_runtime::CancellationToken;
use causeway_telemetry::{Chain, Line, Tap};
use serde_json::Value;

use crate::adapters::store::{LogLine, Store};

/// How long a line waits at most.
const EVERY: Duration = Duration::from_secs(1);

/// What stops the relayer is critical; everything else that is wrong is an error.
const CRITICAL: [&str; 2] = ["halted", "violation"];

/// See the module.
pub(super) struct Logbook {
    pub(super) tap: Tap,
    pub(super) store: Arc<Store>,
    pub(super) instance: String,
}

impl Logbook {
    /// Keeps what comes until it is told to stop, and once more then.
    pub(super) async fn run(self, token: CancellationToken) -> Result<(), Infallible> {
        while token.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
            self.keep().await;
        }
        self.keep().await;
        Ok(())
    }

    async fn keep(&self) {
        let lines = self.tap.drain();
        if lines.is_empty() {
            return;
        }
        let rows: Vec<LogLine> = lines.iter().map(|line| self.row(line)).collect();
        if let Err(error) = self.store.insert_log_lines(&rows).await {
            // As a warning it does not feed on itself.
            tracing::warn!(error = %Chain(&error), "log lines not kept yet");
            self.tap.give_back(lines);
        }
    }

    fn row(&self, line: &Line) -> LogLine {
        let is_critical = CRITICAL.contains(&line.message.as_str());
        LogLine {
            at: line.at,
            level: if is_critical { "critical" } else { "error" },
            instance: self.instance.clone(),
            target: line.target.to_owned(),
            message: line.message.clone(),
            fields: Value::Object(line.fields.clone()),
        }
    }
}

//! The loop that offers: the leader's, one batch at a time.

use std::{convert::Infallible, sync::Arc, time::Duration};

use causeway_runtime::{CancellationToken, clock::Clock, health::Component};
use causeway_store::{
    Pool,
    lease::{Leadership, assert_current},
    snapshot,
};
use causeway_telemetry::Chain;
use serde_json::json;
use tokio::sync::watch;

use super::{Broker, Error, Metrics, connection::Connection};
use crate::ops::{EventLog, EventRow};

/// How often the list is looked at while nothing happens.
const POLL: Duration = Duration::from_millis(500);

/// Events on their way at one time: the bound of memory, and of what is offered again.
const BATCH: u32 = 100;

/// After a failure, twice as long each time up to the second.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// Under this name the place is remembered up to which events were acknowledged.
const PLACE: &str = "broker";

/// Where events come from, and who may offer them.
#[derive(Debug, Clone)]
pub struct Source {
    /// The list.
    pub events: Arc<dyn EventLog>,
    /// Where the place is remembered.
    pub pool: Pool,
    /// Only the leader offers.
    pub leadership: watch::Receiver<Option<Leadership>>,
}

/// Offers the events of a service until it is stopped. The first leader begins with what happens from then on.
///
/// # Errors
/// None: a broker or a database that does not answer is waited for.
pub async fn offer(
    source: Source,
    (service, broker): (&'static str, Broker),
    (component, metrics): (Component, Metrics),
    clock: Arc<dyn Clock>,
    token: CancellationToken,
) -> Result<(), Infallible> {
    let mut offering = Offering { source, service, broker, metrics, clock, connection: None };
    let mut wait = WAITS.0;
    while !token.is_cancelled() {
        let pause = match token.run_until_cancelled(offering.turn()).await {
            None => break,
            Some(Ok(taken)) => {
                component.ok();
                wait = WAITS.0;
                if taken < usize::try_from(BATCH).unwrap_or(usize::MAX) { POLL } else { Duration::ZERO }
            }
            Some(Err(error)) => {
                let error = Chain(&error).to_string();
                tracing::warn!(error, "events not offered");
                component.degraded(error);
                offering.connection = None;
                let pause = wait;
                wait = wait.saturating_mul(2).min(WAITS.1);
                pause
            }
        };
        token.run_until_cancelled(tokio::time::sleep(pause)).await;
    }
    Ok(())
}

struct Offering {
    source: Source,
    service: &'static str,
    broker: Broker,
    metrics: Metrics,
    clock: Arc<dyn Clock>,
    connection: Option<Connection>,
}

impl Offering {
    /// One batch; how many were acknowledged.
    async fn turn(&mut self) -> Result<usize, Error> {
        let leads = self.source.leadership.borrow().clone().filter(Leadership::is_valid);
        let Some(leadership) = leads else {
            // Somebody else tells how far behind it is.
            self.metrics.behind(0);
            return Ok(0);
        };
        let after = self.place(&leadership).await?;
        let rows = self.source.events.list_events(after, BATCH).await?;
        let now = self.clock.now();
        self.metrics.behind(rows.first().map_or(0, |row| now.since(row.at).as_secs()));
        if rows.is_empty() {
            return Ok(0);
        }
        let connection = self.connected().await?;
        let mut acknowledgements = Vec::with_capacity(rows.len());
        for row in &rows {
            acknowledgements.push(connection.publish(row).await?);
        }
        let (mut taken, mut failure) = (0_usize, None);
        for acknowledgement in acknowledgements {
            match acknowledgement.await {
                Ok(known) => self.metrics.taken(known.duplicate),
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
            taken = taken.saturating_add(1);
        }
        // Only what was acknowledged with everything before it: what follows a gap is offered again.
        if let Some(last) = taken.checked_sub(1).and_then(|last| rows.get(last)) {
            self.remember(&leadership, last).await?;
        }
        failure.map_or(Ok(taken), |error| Err(error.into()))
    }

    async fn connected(&mut self) -> Result<Connection, Error> {
        match &self.connection {
            Some(connection) => Ok(connection.clone()),
            None => {
                let connection = Connection::open(&self.broker, self.service).await?;
                Ok(self.connection.insert(connection).clone())
            }
        }
    }

    /// The number of the last event that was acknowledged.
    async fn place(&self, leadership: &Leadership) -> Result<u64, Error> {
        let known = snapshot::find(&self.source.pool, PLACE).await?;
        if let Some(known) = known {
            let unreadable = causeway_store::Error::Unreadable { column: "causeway_snapshot.document" };
            return Ok(known.document.get("after").and_then(serde_json::Value::as_u64).ok_or(unreadable)?);
        }
        let now = self.source.events.last_event().await?;
        self.write(leadership, now).await?;
        Ok(now)
    }

    async fn remember(&self, leadership: &Leadership, last: &EventRow) -> Result<(), Error> {
        self.write(leadership, last.sequence).await
    }

    async fn write(&self, leadership: &Leadership, after: u64) -> Result<(), Error> {
        let mut tx = self.source.pool.begin().await?;
        assert_current(&mut tx, leadership).await?;
        snapshot::put(&mut tx, PLACE, &json!({ "after": after })).await?;
        Ok(tx.commit().await?)
    }
}

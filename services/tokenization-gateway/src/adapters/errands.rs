//! What couriers of errands have in common: their journal, and their rounds while this replica leads.

use std::{convert::Infallible, sync::Arc, time::Duration};

use causeway_primitives::Timestamp;
use causeway_runtime::clock::Clock;
use causeway_store::{Error as StoreError, lease::Leadership};
use causeway_telemetry::Chain as Causes;
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::store::{ErrandRow, Moved, Store};
use crate::ports::System;

/// So many errands are looked at in one round.
const BATCH: u32 = 256;

/// Why the journal was of no use. All of it is tried again.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The database did not answer.
    #[error("the journal did not take it")]
    Store(#[from] StoreError),
    /// Somebody else wrote the row.
    #[error("the journaled errand has another form")]
    Row(#[source] serde_json::Error),
}

/// The errands of one system.
#[derive(Debug)]
pub(super) struct Journal {
    store: Store,
    clock: Arc<dyn Clock>,
    system: System,
}

impl Journal {
    pub(super) const fn new(store: Store, clock: Arc<dyn Clock>, system: System) -> Self {
        Self { store, clock, system }
    }

    /// What is not settled; nothing when it cannot be read, which the next round tries again.
    pub(super) async fn open(&self) -> Vec<ErrandRow> {
        self.store.list_open_errands(self.system, BATCH).await.unwrap_or_else(|error| {
            tracing::debug!(system = self.system.as_str(), error = %Causes(&error), "errands could not be read");
            Vec::new()
        })
    }

    /// Moves an errand from the stage that was seen, and hands back the new one as it is stored; `None` when somebody else was
    /// quicker.
    pub(super) async fn advance(
        &self,
        leads: &Leadership,
        (key, from): (&str, &str),
        (stage, settles): (&(impl Serialize + Sync), bool),
    ) -> Result<Option<String>, Error> {
        let to = serde_json::to_string(stage).map_err(Error::Row)?;
        let moved = Moved { from, to: &to, settles };
        let written = self.store.advance_errand(leads, key, moved, self.now()).await?;
        Ok(written.then_some(to))
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// What an errand asks for and how far it is.
pub(super) fn read<B: DeserializeOwned, S: DeserializeOwned>(row: &ErrandRow) -> Result<(B, S), Error> {
    let body = serde_json::from_str(&row.body).map_err(Error::Row)?;
    Ok((body, serde_json::from_str(&row.stage).map_err(Error::Row)?))
}

/// Somebody who runs errands.
pub(super) trait Courier: Send {
    /// Looks once at every open errand. What fails is tried again by the next round.
    fn round(&mut self, leads: &Leadership) -> impl Future<Output = ()> + Send;
}

/// Goes round after round while this replica leads, at once when woken and every so often, until it is told to stop.
pub(super) async fn go_round(
    mut courier: impl Courier,
    (wake, every): (&Notify, Duration),
    mut leadership: watch::Receiver<Option<Leadership>>,
    stop: CancellationToken,
) -> Result<(), Infallible> {
    loop {
        let leads = leadership.borrow_and_update().clone();
        if let Some(leads) = leads {
            stop.run_until_cancelled(courier.round(&leads)).await;
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = wake.notified() => {}
            _ = leadership.changed() => {}
            () = tokio::time::sleep(every) => {}
        }
    }
}

//! Writes down what is on the board, while this replica leads: how each service is, and which versions run.

use std::{convert::Infallible, sync::Arc, time::Duration};

use causeway_primitives::Timestamp;
use causeway_runtime::{CancellationToken, clock::Clock, task::ticks};
use causeway_store::{Error, lease::Leadership};
use causeway_telemetry::Chain;
use tokio::sync::watch;

use super::{board::Board, fleet::Fleet};
use crate::{
    adapters::store::{Deployment, Seen, Store},
    config::History,
    domain::people::Lasting,
};

/// How often what is seen is written down. Fine enough for a minute of downtime on a page of days.
const EVERY: Duration = Duration::from_secs(2);

/// After so many rounds what is too old is forgotten: an hour.
const ROUNDS_TO_FORGET: u32 = 1_800;

/// Whoever has not looked for so long was blind.
const BLIND_AFTER: Duration = Duration::from_secs(30);

/// See the module.
#[derive(Debug)]
pub struct Keeper {
    board: Board,
    store: Store,
    leadership: watch::Receiver<Option<Leadership>>,
    clock: Arc<dyn Clock>,
    history: History,
    /// How long a sign-in lasts.
    lasting: Option<Lasting>,
    /// What was noted already, so that the database is asked for new ones only.
    noted: Vec<Deployment>,
}

impl Keeper {
    /// Writes what is on the board into the store.
    pub fn new(
        (board, store): (Board, Store),
        leadership: watch::Receiver<Option<Leadership>>,
        clock: Arc<dyn Clock>,
        (history, lasting): (History, Option<Lasting>),
    ) -> Self {
        Self { board, store, leadership, clock, history, lasting, noted: Vec::new() }
    }

    /// Keeps until it is told to stop.
    ///
    /// # Errors
    /// None: what could not be written is a gap, which pages show as such.
    pub async fn run(mut self, token: CancellationToken) -> Result<(), Infallible> {
        let mut ticks = ticks(EVERY);
        let mut rounds = 0_u32;
        while token.run_until_cancelled(ticks.tick()).await.is_some() {
            let leadership = self.leadership.borrow().clone().filter(Leadership::is_valid);
            let Some(leadership) = leadership else { continue };
            if let Err(error) = self.keep(&leadership).await {
                tracing::warn!(error = %Chain(&error), "what was seen was not written down");
            }
            rounds = rounds.wrapping_add(1);
            if rounds % ROUNDS_TO_FORGET == 1
                && let Err(error) = self.forget().await
            {
                tracing::warn!(error = %Chain(&error), "what is too old was not forgotten");
            }
        }
        Ok(())
    }

    async fn keep(&mut self, leadership: &Leadership) -> Result<(), Error> {
        let (fleet, now) = (self.board.fleet(), self.clock.now());
        let words: Vec<_> = fleet
            .services
            .iter()
            .map(|service| (service.condition(now, fleet.stale_after), service.reason(now, fleet.stale_after)))
            .collect();
        let seen: Vec<Seen<'_>> = fleet
            .services
            .iter()
            .zip(&words)
            .map(|(service, (condition, reason))| Seen { service: &service.name, condition: *condition, reason })
            .collect();
        self.store.note_seen(leadership, &seen, now, BLIND_AFTER).await?;
        let new: Vec<Deployment> =
            deployments(&fleet, now).into_iter().filter(|one| !is_among(&self.noted, one)).collect();
        if !new.is_empty() {
            if self.store.note_deployments(leadership, &new).await? > 0 {
                self.board.ring();
            }
            self.noted.extend(new);
        }
        Ok(())
    }

    async fn forget(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let spans = self.store.forget_spans(before(now, self.history.spans)).await?;
        let events = self.store.forget_events(before(now, self.history.events)).await?;
        let sessions = match self.lasting {
            Some(Lasting { idle, whole }) => self.store.forget_sessions(before(now, whole), before(now, idle)).await?,
            None => 0,
        };
        if sessions > 0 {
            tracing::info!(sessions, "forgot sign-ins that are over");
        }
        if spans > 0 || events > 0 {
            tracing::info!(spans, events, "forgot what is too old");
        }
        Ok(())
    }
}

fn before(now: Timestamp, keep: Duration) -> Timestamp {
    let millis = u64::try_from(keep.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(millis)).unwrap_or(now)
}

fn deployments(fleet: &Fleet, now: Timestamp) -> Vec<Deployment> {
    let statuses = fleet.services.iter().flat_map(|service| &service.replicas).filter_map(|seen| seen.status.as_ref());
    let mut running: Vec<Deployment> = Vec::new();
    for status in statuses {
        let one = Deployment {
            service: status.service.clone(),
            version: status.version.clone(),
            config_hash: status.config_hash.clone(),
            first_seen_at: now,
        };
        if !is_among(&running, &one) {
            running.push(one);
        }
    }
    running
}

/// But for the time: what runs in several replicas, or was seen before, is one deployment.
fn is_among(deployments: &[Deployment], one: &Deployment) -> bool {
    deployments.iter().any(|other| {
        (&other.service, &other.version, &other.config_hash) == (&one.service, &one.version, &one.config_hash)
    })
}

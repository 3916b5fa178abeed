//! Runs transfers: when Cacti is asked, when it is asked again, and when a transfer is over.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_primitives::Timestamp;
use causeway_runtime::clock::Clock;
use causeway_store::lease::Leadership;
use causeway_telemetry::Chain as Causes;
use serde_json::Value;
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use super::{
    api::{Api, Error, Session},
    path::{Body, Ends, lane},
    stage::{Flows, Shown, Since, Stage},
};
use crate::{
    adapters::{
        errands::{self, Courier as Rounds, Journal, go_round},
        store::{ErrandRow, Store},
    },
    ports::{Guard, System},
};

/// What the courier works with.
#[derive(Debug)]
pub struct Parts {
    /// The journal.
    pub store: Store,
    /// Cacti.
    pub api: Api,
    /// Whose leave a repetition needs as well.
    pub guard: Arc<dyn Guard>,
    /// Wall time.
    pub clock: Arc<dyn Clock>,
    /// Makes it look at once.
    pub wake: Arc<Notify>,
}

/// How it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How often open transfers are looked at.
    pub poll: Duration,
    /// How long nothing may be heard of a transfer before what the chains show is taken for its end: longer than the
    /// longest call, so that none is on its way.
    pub quiet: Duration,
}

/// See the module.
#[derive(Debug)]
pub struct Courier {
    journal: Journal,
    parts: Parts,
    ends: BTreeMap<String, Ends>,
    pace: Pace,
    /// Calls that go on: each takes as long as its transfer.
    calls: JoinSet<()>,
}

/// Why a transfer did not move. All of it is tried again.
#[derive(Debug, thiserror::Error)]
enum Stuck {
    #[error(transparent)]
    Cacti(#[from] Error),
    #[error(transparent)]
    Journal(#[from] errands::Error),
}

impl Courier {
    /// For these ways, each an asset and where it goes.
    pub fn new(
        parts: Parts,
        ends: impl IntoIterator<Item = ((String, causeway_primitives::ChainSelector), Ends)>,
        pace: Pace,
    ) -> Self {
        let ends = ends.into_iter().map(|((asset, destination), ends)| (lane(&asset, destination), ends)).collect();
        let journal = Journal::new(parts.store.clone(), Arc::clone(&parts.clock), System::Cacti);
        Self { journal, parts, ends, pace, calls: JoinSet::new() }
    }

    /// Works while this replica leads, until it is told to stop.
    ///
    /// # Errors
    /// None: what fails is tried again.
    pub async fn run(
        self,
        leadership: watch::Receiver<Option<Leadership>>,
        stop: CancellationToken,
    ) -> Result<(), std::convert::Infallible> {
        let (wake, every) = (Arc::clone(&self.parts.wake), self.pace.poll);
        go_round(self, (&wake, every), leadership, stop).await
    }

    async fn attend(&mut self, leads: &Leadership, row: &ErrandRow) -> Result<(), Stuck> {
        let (body, stage): (Body, Stage) = errands::read(row)?;
        let Some(ends) = self.ends.get(&body.lane).cloned() else { return Ok(()) };
        let next = match stage {
            Stage::Journaled => self.begin(row, &ends).await,
            Stage::Sending(since) => self.follow(row, &body, (&ends, since)).await?,
            Stage::Stranded(since) => self.judge(&row.key, &body, (&ends, since)).await?.filter(|next| *next != stage),
            Stage::Arrived | Stage::Returned | Stage::Lapsed => None,
        };
        let Some(next) = next else { return Ok(()) };
        let moved = self.journal.advance(leads, (&row.key, &row.stage), (&next, next.is_settled())).await?;
        let written = moved.is_some();
        match next {
            // Written down before it is done, with what is needed to see what it did; and again for each repetition.
            Stage::Sending(_) if written => self.ask(body.transact),
            Stage::Stranded(_) if written => {
                tracing::error!(errand = row.key, "a transfer is over and the chains do not show it whole");
            }
            Stage::Journaled
            | Stage::Sending(_)
            | Stage::Stranded(_)
            | Stage::Arrived
            | Stage::Returned
            | Stage::Lapsed => {}
        }
        Ok(())
    }

    async fn begin(&self, row: &ErrandRow, ends: &Ends) -> Option<Stage> {
        if self.now() >= row.expires_at {
            return Some(Stage::Lapsed);
        }
        let home = ends.home.chain.final_block().await?.number;
        let far = ends.far.chain.final_block().await?.number;
        Some(Stage::Sending(Since { home, far }))
    }

    /// Whether it is over. As long as a call may be on its way, only a whole transfer is.
    async fn follow(
        &self,
        row: &ErrandRow,
        body: &Body,
        (ends, since): (&Ends, Since),
    ) -> Result<Option<Stage>, Stuck> {
        let Some(flows) = flows(body, ends, since).await else { return Ok(None) };
        if flows.shown(body.units) == Shown::Moved {
            return Ok(Some(Stage::Arrived));
        }
        if self.now().since(row.updated_at) < self.pace.quiet {
            return Ok(None);
        }
        let unheard_of = self.parts.api.sessions(&row.key).await?.is_empty();
        if unheard_of && flows.shown(body.units) == Shown::Nothing {
            // Nothing was ever begun: asked once more, under the guard's leave.
            return Ok(self.parts.guard.stands().is_ok().then_some(Stage::Sending(since)));
        }
        self.judge(&row.key, body, (ends, since)).await
    }

    /// Of a transfer that nothing is heard of any more: what its sessions and both chains say together.
    async fn judge(&self, key: &str, body: &Body, (ends, since): (&Ends, Since)) -> Result<Option<Stage>, Stuck> {
        let sessions = self.parts.api.sessions(key).await?;
        let mut failed = !sessions.is_empty();
        for session in sessions {
            match self.parts.api.session(&session).await? {
                Session::Open => return Ok(None),
                Session::Failed => {}
                Session::Done => failed = false,
            }
        }
        // Read behind the sessions: what they did is final by now, or they lie.
        let Some(flows) = flows(body, ends, since).await else { return Ok(None) };
        Ok(Some(match flows.shown(body.units) {
            Shown::Moved => Stage::Arrived,
            Shown::Nothing if failed => Stage::Returned,
            Shown::Nothing | Shown::Other => Stage::Stranded(since),
        }))
    }

    fn ask(&mut self, transact: Value) {
        let (api, wake) = (self.parts.api.clone(), Arc::clone(&self.parts.wake));
        self.calls.spawn(async move {
            if let Err(error) = api.transact(&transact).await {
                tracing::debug!(error = %Causes(&error), "a transfer's call ended without an answer");
            }
            wake.notify_one();
        });
    }

    fn now(&self) -> Timestamp {
        self.journal.now()
    }
}

impl Rounds for Courier {
    async fn round(&mut self, leads: &Leadership) {
        for row in self.journal.open().await {
            if let Err(stuck) = self.attend(leads, &row).await {
                tracing::debug!(errand = row.key, error = %Causes(&stuck), "a transfer did not move");
            }
        }
        // What is over is let go of.
        while self.calls.try_join_next().is_some() {}
    }
}

/// What both chains show of a transfer; `None` when nobody could say with evidence.
async fn flows(body: &Body, ends: &Ends, since: Since) -> Option<Flows> {
    let Ends { home, far, escrow } = ends;
    let taken = home.chain.taken_from(home.token, *escrow, since.home).await?;
    let given = far.chain.minted_for(far.token, body.to, since.far).await?;
    Some(Flows { taken, given })
}

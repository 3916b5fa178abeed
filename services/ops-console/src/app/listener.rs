//! Listens to what one service tells, and keeps it. The leader writes; it goes on after the last event that is stored, so
//! that a restart, a broken stream or another leader loses nothing that the service still has.

use std::{convert::Infallible, time::Duration};

use causeway_runtime::CancellationToken;
use causeway_store::lease::Leadership;
use causeway_telemetry::Chain;
use futures_util::StreamExt as _;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::board::Board;
use crate::{
    adapters::{
        services::Remotes,
        store::{EventRow, Store},
    },
    ports::{Replica, Stories, Told},
};

/// Before a broken stream is begun again.
const PAUSE: Duration = Duration::from_secs(2);

/// Events that are stored together.
const BATCH: usize = 200;

/// So long events are gathered before they are stored: a page is to show them within a second.
const GATHER: Duration = Duration::from_millis(100);

/// How often a lost lease is noticed while nothing is told.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// The ear on one service.
#[derive(Debug)]
pub struct Listener {
    service: String,
    remotes: Remotes,
    store: Store,
    board: Board,
    leadership: watch::Receiver<Option<Leadership>>,
}

/// Why a stream is not listened to any more.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the service told nothing")]
    Silence(#[from] crate::ports::Silence),
    #[error("what it told was not stored")]
    Store(#[from] causeway_store::Error),
    #[error("the stream ended")]
    Ended,
    #[error("the lead has changed")]
    Followed,
}

impl Listener {
    /// On any of these replicas: their events are the same.
    pub fn new(
        service: String,
        remotes: Remotes,
        (store, board): (Store, Board),
        leadership: watch::Receiver<Option<Leadership>>,
    ) -> Self {
        Self { service, remotes, store, board, leadership }
    }

    /// Listens until it is told to stop.
    ///
    /// # Errors
    /// None: a service that tells nothing is shown as silent by those who look at it.
    pub async fn run(self, token: CancellationToken) -> Result<(), Infallible> {
        for turn in 0_usize.. {
            let replicas = self.remotes.now();
            if let Some(replica) = turn.checked_rem(replicas.len()).and_then(|place| replicas.get(place)) {
                tokio::select! {
                    () = token.cancelled() => return Ok(()),
                    broken = self.listen(replica.as_ref()) => {
                        tracing::debug!(service = self.service, error = %Chain(&broken), "events are listened to again");
                    }
                }
            }
            tokio::select! {
                () = token.cancelled() => return Ok(()),
                () = sleep(PAUSE) => {}
            }
        }
        Ok(())
    }

    async fn listen(&self, replica: &dyn Replica) -> Broken {
        match self.follow(replica).await {
            Ok(never) => match never {},
            Err(broken) => broken,
        }
    }

    /// The replica that leads reads on from what is stored; the others only hear that there is something new, for the pages
    /// that are open with them.
    async fn follow(&self, replica: &dyn Replica) -> Result<Infallible, Broken> {
        let led = self.leads().is_some();
        let after = if led { self.store.newest_event(&self.service).await? } else { 0 };
        let mut stories = replica.events(after).await?;
        let mut leadership = self.leadership.clone();
        loop {
            let first = tokio::select! {
                first = stories.next() => first.ok_or(Broken::Ended)??,
                _ = leadership.changed() => {
                    self.stays(led)?;
                    continue;
                }
                () = sleep(CHECK_EVERY) => {
                    self.stays(led)?;
                    continue;
                }
            };
            let mut told = vec![first];
            gather(&mut stories, &mut told).await?;
            if led {
                self.keep(told).await?;
            } else {
                self.stays(led)?;
                self.board.ring();
            }
        }
    }

    fn stays(&self, led: bool) -> Result<(), Broken> {
        if self.leads().is_some() == led { Ok(()) } else { Err(Broken::Followed) }
    }

    async fn keep(&self, told: Vec<Told>) -> Result<(), Broken> {
        let leadership = self.leads().ok_or(Broken::Followed)?;
        let rows: Vec<EventRow> = told.into_iter().map(|told| row(&self.service, told)).collect();
        self.store.store_events(&leadership, &rows).await?;
        self.board.ring();
        Ok(())
    }

    fn leads(&self) -> Option<Leadership> {
        self.leadership.borrow().clone().filter(Leadership::is_valid)
    }
}

async fn gather(stories: &mut Stories, told: &mut Vec<Told>) -> Result<(), Broken> {
    let more = async {
        while told.len() < BATCH {
            match stories.next().await {
                Some(next) => told.push(next?),
                None => return Ok(()),
            }
        }
        Ok(())
    };
    timeout(GATHER, more).await.unwrap_or(Ok(()))
}

fn row(service: &str, told: Told) -> EventRow {
    let Told { sequence, at, kind, subject, summary, trace_id } = told;
    EventRow { service: service.to_owned(), sequence, at, kind, subject, summary, trace_id }
}

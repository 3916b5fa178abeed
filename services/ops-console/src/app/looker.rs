//! Asks the replicas of a service how they are, again and again. A slow one delays nobody else.

use std::{convert::Infallible, sync::Arc, time::Duration};

use causeway_runtime::{CancellationToken, clock::Clock, task::ticks};
use futures_util::future::join_all;

use super::{board::Board, fleet::Seen};
use crate::{adapters::services::Remotes, domain::condition::Look, ports::Replica};

/// The eyes on one service, an eye on each of its replicas.
#[derive(Debug)]
pub struct Lookers {
    remotes: Remotes,
    board: Board,
    /// Where the service stands on the board.
    service: usize,
    clock: Arc<dyn Clock>,
}

impl Lookers {
    /// On the service at this place of the board.
    pub const fn new(remotes: Remotes, board: Board, service: usize, clock: Arc<dyn Clock>) -> Self {
        Self { remotes, board, service, clock }
    }

    /// Looks until it is told to stop.
    ///
    /// # Errors
    /// None: a replica that cannot be seen is what it is there to tell.
    pub async fn run(self, every: Duration, token: CancellationToken) -> Result<(), Infallible> {
        let mut news = self.remotes.news();
        loop {
            news.mark_unchanged();
            let replicas = self.remotes.now();
            let addresses: Vec<_> = replicas.iter().map(|replica| replica.address()).collect();
            self.board.found(self.service, &addresses);
            let eyes = replicas.iter().map(|replica| self.eye(Arc::clone(replica)).run(every));
            tokio::select! {
                () = token.cancelled() => return Ok(()),
                // Others are there: whoever was looked at just now is looked at again.
                Ok(()) = news.changed() => {}
                _ = join_all(eyes), if !replicas.is_empty() => {}
            }
        }
    }

    fn eye(&self, replica: Arc<dyn Replica>) -> Looker {
        let seen = self.board.seen(self.service, replica.address());
        let (board, clock) = (self.board.clone(), Arc::clone(&self.clock));
        Looker { replica, board, service: self.service, clock, seen }
    }
}

#[derive(Debug)]
struct Looker {
    replica: Arc<dyn Replica>,
    board: Board,
    service: usize,
    clock: Arc<dyn Clock>,
    seen: Seen,
}

impl Looker {
    /// Looks for ever.
    async fn run(mut self, every: Duration) -> Infallible {
        let mut ticks = ticks(every);
        loop {
            ticks.tick().await;
            self.look().await;
        }
    }

    async fn look(&mut self) {
        let (status, alerts) = tokio::join!(self.replica.status(), self.replica.alerts());
        let now = self.clock.now();
        // Alerts that could not be had are those that were there: silence ends no alarm.
        let told = status.and_then(|status| alerts.map(|alerts| (status, alerts)));
        match told {
            Ok((status, alerts)) => {
                if !self.seen.silence.is_empty() {
                    tracing::info!(
                        service = status.service,
                        address = self.replica.address(),
                        "replica is heard again"
                    );
                }
                self.seen.look = Some(Look { said: Some(status.condition), at: now });
                self.seen.heard_at = Some(now);
                self.seen.silence.clear();
                self.seen.alerts = alerts.into();
                self.seen.status = Some(status);
            }
            Err(silence) => {
                if self.seen.silence.is_empty() {
                    tracing::warn!(address = self.replica.address(), error = %silence, "replica is silent");
                }
                self.seen.look = Some(Look { said: None, at: now });
                self.seen.silence = silence.to_string();
            }
        }
        self.board.put(self.service, self.seen.clone());
    }
}

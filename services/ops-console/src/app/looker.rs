//! Asks one replica how it is, again and again. A slow replica delays nobody else.

use std::{convert::Infallible, sync::Arc, time::Duration};

use causeway_runtime::{CancellationToken, clock::Clock};
use tokio::time::{MissedTickBehavior, interval};

use super::{board::Board, fleet::Seen};
use crate::{domain::condition::Look, ports::Replica};

/// The eye on one replica.
#[derive(Debug)]
pub struct Looker {
    replica: Arc<dyn Replica>,
    board: Board,
    /// Where it stands on the board.
    place: (usize, usize),
    clock: Arc<dyn Clock>,
    seen: Seen,
}

impl Looker {
    /// On the replica at this place of the board.
    pub fn new(replica: Arc<dyn Replica>, board: Board, place: (usize, usize), clock: Arc<dyn Clock>) -> Self {
        let seen = Seen { address: replica.address().to_owned(), ..Seen::default() };
        Self { replica, board, place, clock, seen }
    }

    /// Looks until it is told to stop.
    ///
    /// # Errors
    /// None: a replica that cannot be seen is what it is there to tell.
    pub async fn run(mut self, every: Duration, token: CancellationToken) -> Result<(), Infallible> {
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = token.cancelled() => return Ok(()),
                _ = ticks.tick() => {}
            }
            tokio::select! {
                () = token.cancelled() => return Ok(()),
                () = self.look() => {}
            }
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
        let (service, replica) = self.place;
        self.board.put(service, replica, self.seen.clone());
    }
}

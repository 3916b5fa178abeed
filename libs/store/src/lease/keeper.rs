//! The loop that stands for election, holds the lease while it can, and says so to the rest of the process.

use std::{convert::Infallible, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::{Leadership, release, renew, try_acquire};
use causeway_telemetry::Chain;

use crate::{Error, Pool};

/// Releasing is a courtesy: the lease ends by itself.
const RELEASE_LIMIT: Duration = Duration::from_secs(1);

/// For what a keeper stands for election.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The same for all replicas that exclude each other.
    pub lease: Arc<str>,
    /// Different for every process, also for two runs of the same replica.
    pub holder: Arc<str>,
    /// A dead leader is replaced after this long. Renewals come three times as often.
    pub ttl: Duration,
}

/// Stands for election until it is told to stop.
#[derive(Debug)]
pub struct Keeper {
    pool: Pool,
    settings: Settings,
    leadership: watch::Sender<Option<Leadership>>,
}

/// What the keeper was last able to do, so that each change is logged once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Unknown,
    Answering,
    Failing,
}

impl Keeper {
    /// The receiver holds `Some` while this process leads.
    pub fn new(pool: Pool, settings: Settings) -> (Self, watch::Receiver<Option<Leadership>>) {
        let (leadership, receiver) = watch::channel(None);
        pool.queries().metrics().lease(&settings.lease, None);
        (Self { pool, settings, leadership }, receiver)
    }

    /// Ends when the token is cancelled, after it has given the lease back.
    ///
    /// # Errors
    /// None: a database that does not answer makes a standby, not an exit.
    pub async fn run(self, token: CancellationToken) -> Result<(), Infallible> {
        tokio::select! {
            () = token.cancelled() => {}
            never = self.stand() => match never {},
        }
        let last = self.leadership.send_replace(None);
        if let Some(leadership) = last {
            self.pool.queries().metrics().lease(&self.settings.lease, None);
            match timeout(RELEASE_LIMIT, release(&self.pool, &leadership)).await {
                Ok(Ok(())) => tracing::info!(lease = leadership.lease(), epoch = leadership.epoch(), "lease released"),
                Ok(Err(_)) | Err(_) => tracing::info!(lease = leadership.lease(), "lease left to expire"),
            }
        }
        Ok(())
    }

    async fn stand(&self) -> Infallible {
        let mut reach = Reach::Unknown;
        loop {
            let won = self.elected(&mut reach).await;
            tracing::info!(lease = won.lease(), epoch = won.epoch(), holder = won.holder(), "leadership acquired");
            let epoch = won.epoch();
            self.publish(Some(won.clone()));
            self.hold(won, &mut reach).await;
            self.publish(None);
            tracing::warn!(lease = &*self.settings.lease, epoch, "leadership lost");
        }
    }

    /// Asks until the lease is free. Jitter keeps the standbys from asking in step.
    async fn elected(&self, reach: &mut Reach) -> Leadership {
        let Settings { lease, holder, ttl } = &self.settings;
        loop {
            let answer = try_acquire(&self.pool, lease, holder, *ttl).await;
            self.note(reach, answer.as_ref().err());
            match answer {
                // An answer that took longer than the lease lasts is no leadership any more.
                Ok(Some(leadership)) if leadership.is_valid() => return leadership,
                Ok(_) | Err(_) => sleep(jittered(*ttl / 3)).await,
            }
        }
    }

    /// Returns when the lease is lost, or might be: at the latest at the local end of its validity, also
    /// while a renewal is under way.
    async fn hold(&self, mut leadership: Leadership, reach: &mut Reach) {
        let pause = self.settings.ttl / 3;
        let mut next = Instant::now() + pause;
        loop {
            tokio::time::sleep_until(next.min(leadership.valid_until())).await;
            let renewal = renew(&self.pool, &leadership, self.settings.ttl);
            match timeout_at(leadership.valid_until(), renewal).await {
                Ok(Ok(Some(renewed))) => {
                    self.note(reach, None);
                    leadership = renewed;
                    self.publish(Some(leadership.clone()));
                    next = Instant::now() + pause;
                }
                Ok(Ok(None)) | Err(_) => return,
                Ok(Err(error)) => {
                    self.note(reach, Some(&error));
                    // More often than usual: what is left of the lease is short.
                    next = Instant::now() + pause / 3;
                }
            }
            if !leadership.is_valid() {
                return;
            }
        }
    }

    fn publish(&self, leadership: Option<Leadership>) {
        let epoch = leadership.as_ref().map(Leadership::epoch);
        self.pool.queries().metrics().lease(&self.settings.lease, epoch);
        self.leadership.send_replace(leadership);
    }

    fn note(&self, reach: &mut Reach, error: Option<&Error>) {
        let now = if error.is_none() { Reach::Answering } else { Reach::Failing };
        if now == std::mem::replace(reach, now) {
            return;
        }
        match error {
            None => tracing::info!(lease = &*self.settings.lease, "lease can be asked for"),
            Some(error) => {
                tracing::warn!(lease = &*self.settings.lease, error = %Chain(error), "lease cannot be asked for");
            }
        }
    }
}

/// Between half and the whole of it.
fn jittered(span: Duration) -> Duration {
    span / 2 + rand::random_range(Duration::ZERO..=span / 2)
}

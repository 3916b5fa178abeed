//! One lease at a replica: taken when it is the replica's own, held while that lasts, and given back.

use std::{collections::BTreeSet, convert::Infallible, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{Leadership, Settings, keeper::jittered, release, renew, try_acquire};
use crate::Pool;

/// Releasing is a courtesy: the lease ends by itself.
const RELEASE_LIMIT: Duration = Duration::from_secs(1);

/// The leases that are this replica's by the division.
type Own = watch::Receiver<BTreeSet<Arc<str>>>;

/// See the module.
#[derive(Debug)]
pub(super) struct Post {
    pool: Pool,
    lease: Arc<str>,
    holder: Arc<str>,
    ttl: Duration,
    leadership: watch::Sender<Option<Leadership>>,
}

/// Why a lease is held no more.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    /// It could not be renewed, or not in time.
    Lost,
    /// Another replica should have it.
    GivenBack(Leadership),
}

impl Post {
    pub(super) fn new(pool: Pool, lease: Arc<str>, settings: &Settings) -> (Self, watch::Receiver<Option<Leadership>>) {
        let (leadership, receiver) = watch::channel(None);
        pool.queries().metrics().lease(&lease, None);
        (Self { pool, lease, holder: Arc::clone(&settings.holder), ttl: settings.ttl, leadership }, receiver)
    }

    pub(super) const fn lease(&self) -> &Arc<str> {
        &self.lease
    }

    /// Takes the lease and holds it whenever it is the replica's own.
    pub(super) async fn attend(&self, mut own: Own) -> Infallible {
        loop {
            self.until_own(&mut own, true).await;
            let Some(won) = self.elected(&mut own).await else { continue };
            let epoch = won.epoch();
            tracing::info!(lease = won.lease(), epoch, holder = won.holder(), "leadership acquired");
            self.publish(Some(won.clone()));
            let end = self.hold(won, &mut own).await;
            // First whoever works in its name stops, then somebody else may begin.
            self.publish(None);
            match end {
                End::Lost => tracing::warn!(lease = &*self.lease, epoch, "leadership lost"),
                End::GivenBack(leadership) => self.give_back(&leadership).await,
            }
        }
    }

    /// Gives the lease back at the end of the process.
    pub(super) async fn vacate(&self) {
        if let Some(leadership) = self.leadership.send_replace(None) {
            self.pool.queries().metrics().lease(&self.lease, None);
            self.give_back(&leadership).await;
        }
    }

    async fn give_back(&self, leadership: &Leadership) {
        match timeout(RELEASE_LIMIT, release(&self.pool, leadership)).await {
            Ok(Ok(())) => tracing::info!(lease = leadership.lease(), epoch = leadership.epoch(), "lease released"),
            Ok(Err(_)) | Err(_) => tracing::info!(lease = leadership.lease(), "lease left to expire"),
        }
    }

    /// Waits for the division to change. Its other end is the keeper's, which outlives this.
    async fn until_own(&self, own: &mut Own, is_own: bool) {
        if own.wait_for(|leases| leases.contains(&self.lease) == is_own).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Asks until the lease is free; `None` when it is another's by the division.
    async fn elected(&self, own: &mut Own) -> Option<Leadership> {
        loop {
            match try_acquire(&self.pool, &self.lease, &self.holder, self.ttl).await {
                // An answer that took longer than the lease lasts is no leadership any more.
                Ok(Some(leadership)) if leadership.is_valid() => return Some(leadership),
                // That the database does not answer is the keeper's to say.
                Ok(_) | Err(_) => {}
            }
            tokio::select! {
                () = self.until_own(own, false) => return None,
                () = sleep(jittered(self.ttl / 3)) => {}
            }
        }
    }

    /// Returns when the lease is lost, or might be: at the latest at the local end of its validity, also
    /// while a renewal is under way. And when it is another's by the division.
    async fn hold(&self, mut leadership: Leadership, own: &mut Own) -> End {
        let pause = self.ttl / 3;
        let mut next = Instant::now() + pause;
        loop {
            tokio::select! {
                () = self.until_own(own, false) => return End::GivenBack(leadership),
                () = tokio::time::sleep_until(next.min(leadership.valid_until())) => {}
            }
            let renewal = renew(&self.pool, &leadership, self.ttl);
            match timeout_at(leadership.valid_until(), renewal).await {
                Ok(Ok(Some(renewed))) => {
                    leadership = renewed;
                    self.publish(Some(leadership.clone()));
                    next = Instant::now() + pause;
                }
                Ok(Ok(None)) | Err(_) => return End::Lost,
                // More often than usual: what is left of the lease is short.
                Ok(Err(_)) => next = Instant::now() + pause / 3,
            }
            if !leadership.is_valid() {
                return End::Lost;
            }
        }
    }

    fn publish(&self, leadership: Option<Leadership>) {
        let epoch = leadership.as_ref().map(Leadership::epoch);
        self.pool.queries().metrics().lease(&self.lease, epoch);
        self.leadership.send_replace(leadership);
    }
}

//! One lease at a replica: taken when it is the replica's own, held while that lasts, and given back.

use std::{collections::BTreeSet, convert::Infallible, pin::pin, sync::Arc, time::Duration};

use causeway_telemetry::Chain;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout, timeout_at},
};

use super::{
    Leadership, Settings,
    blockers::{end_blockers, session_of},
    keeper::jittered,
    release, renew,
    row::acquire_on,
};
use crate::{Error, Named as _, Pool};

/// Releasing is a courtesy: the lease ends by itself.
const RELEASE_LIMIT: Duration = Duration::from_secs(1);

/// Between two looks at who holds up a takeover.
const BLOCKER_PAUSE: Duration = Duration::from_millis(500);

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
        // A statement may end before the patience does, so it is counted from the last answer.
        let mut patient_until = Instant::now() + self.ttl;
        loop {
            match self.ask(patient_until).await {
                Ok(Some(leadership)) if leadership.is_valid() => return Some(leadership),
                // An answer that took longer than the lease lasts is no leadership any more; but the database has counted
                // from the answer and not from the question.
                Ok(Some(late)) => match renew(&self.pool, &late, self.ttl).await {
                    Ok(Some(leadership)) if leadership.is_valid() => return Some(leadership),
                    Ok(_) | Err(_) => {}
                },
                Ok(None) => patient_until = Instant::now() + self.ttl,
                // That the database does not answer is the keeper's to say.
                Err(_) => {}
            }
            tokio::select! {
                () = self.until_own(own, false) => return None,
                () = sleep(jittered(self.ttl / 3)) => {}
            }
        }
    }

    /// Asks once. Open write transactions of the former holder are waited for, but not for ever: the holder may have
    /// vanished or stand still in the middle of one, and the server's own limits do not end a COPY that it waits for. Whoever
    /// is in the way after that is sent away, as a crash would have it; the epoch has not changed yet, so its work is done
    /// anew by whoever holds the lease next.
    async fn ask(&self, patient_until: Instant) -> Result<Option<Leadership>, Error> {
        let queries = self.pool.queries();
        let mut connection = self.pool.executor().acquire().named("connect", queries).await?;
        let session = session_of(&mut connection, queries).await?;
        let mut asking = pin!(acquire_on(&mut connection, queries, (&self.lease, &self.holder), self.ttl));
        let mut look_at = patient_until;
        loop {
            tokio::select! {
                answer = &mut asking => return answer,
                () = sleep_until(look_at) => self.end_blockers_of(session).await,
            }
            look_at = Instant::now() + BLOCKER_PAUSE;
        }
    }

    async fn end_blockers_of(&self, session: i32) {
        match end_blockers(&self.pool, &self.lease, session).await {
            Ok(ended) => {
                for blocker in ended {
                    self.pool.queries().metrics().lease_blocker_ended(&self.lease);
                    tracing::warn!(lease = &*self.lease, session = blocker, "session ended that held up a takeover");
                }
            }
            Err(error) => {
                tracing::warn!(lease = &*self.lease, error = %Chain(&error), "what holds up a takeover cannot be ended");
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
                () = sleep_until(next.min(leadership.valid_until())) => {}
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

//! A replica among its like: says that it stands, sees who else does, and lets each of its posts know whether the lease
//! there is its own.

use std::{collections::BTreeSet, convert::Infallible, sync::Arc, time::Duration};

use causeway_telemetry::Chain;
use futures_util::future::join_all;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    Candidate, Leadership, divide,
    post::Post,
    roster::{enter, leave, list_candidates, list_holders},
};
use crate::{Error, Pool};

/// Withdrawing is a courtesy: the row ends by itself.
const LEAVE_LIMIT: Duration = Duration::from_secs(1);

/// In which contest a keeper stands, and as whom.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The same for all replicas that share leases.
    pub contest: Arc<str>,
    /// Different for every process, also for two runs of the same replica.
    pub holder: Arc<str>,
    /// A dead holder is replaced after this long. Renewals come three times as often.
    pub ttl: Duration,
}

/// Stands for leases until it is told to stop, holds its share of them while it can, and says so to the rest of the
/// process.
#[derive(Debug)]
pub struct Keeper {
    pool: Pool,
    settings: Settings,
    posts: Vec<Post>,
    /// The leases that are this replica's by the division.
    own: watch::Sender<BTreeSet<Arc<str>>>,
}

/// What the keeper was last able to do, so that each change is logged once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Unknown,
    Answering,
    Failing,
}

impl Keeper {
    /// Stands for nothing yet.
    pub fn new(pool: Pool, settings: Settings) -> Self {
        Self { pool, settings, posts: Vec::new(), own: watch::Sender::new(BTreeSet::new()) }
    }

    /// Stands for one more lease, less important than those before. The receiver holds `Some` while this process leads
    /// there.
    pub fn stand_for(&mut self, lease: impl Into<Arc<str>>) -> watch::Receiver<Option<Leadership>> {
        let (post, leadership) = Post::new(self.pool.clone(), lease.into(), &self.settings);
        self.posts.push(post);
        leadership
    }

    /// Ends when the token is cancelled, after it has given the leases back.
    ///
    /// # Errors
    /// None: a database that does not answer makes a standby, not an exit.
    pub async fn run(self, token: CancellationToken) -> Result<(), Infallible> {
        let posts = join_all(self.posts.iter().map(|post| post.attend(self.own.subscribe())));
        tokio::select! {
            () = token.cancelled() => {}
            never = self.look_around() => match never {},
            _never = posts, if !self.posts.is_empty() => {}
        }
        join_all(self.posts.iter().map(Post::vacate)).await;
        // Whoever reads the roster now divides without us.
        let _ = timeout(LEAVE_LIMIT, leave(&self.pool, &self.settings.contest, &self.settings.holder)).await;
        Ok(())
    }

    async fn look_around(&self) -> Infallible {
        let mut reach = Reach::Unknown;
        loop {
            match self.own_share().await {
                Ok(share) => {
                    self.note(&mut reach, None);
                    self.own.send_if_modified(|own| std::mem::replace(own, share.clone()) != share);
                }
                // What is held is still held, until it ends.
                Err(error) => self.note(&mut reach, Some(&error)),
            }
            sleep(jittered(self.settings.ttl / 3)).await;
        }
    }

    async fn own_share(&self) -> Result<BTreeSet<Arc<str>>, Error> {
        let Settings { contest, holder, ttl } = &self.settings;
        let leases: Vec<Arc<str>> = self.posts.iter().map(|post| Arc::clone(post.lease())).collect();
        let candidate = Candidate { holder: Arc::clone(holder), leases };
        // Gone before the leases are: what a dead replica leaves is divided without it. Who only misses a beat keeps
        // what it holds.
        enter(&self.pool, contest, &candidate, *ttl * 2 / 3).await?;
        let candidates = list_candidates(&self.pool, contest).await?;
        let leases: BTreeSet<Arc<str>> = candidates.iter().flat_map(|one| one.leases.iter().cloned()).collect();
        let held = list_holders(&self.pool, &leases.into_iter().collect::<Vec<_>>()).await?;
        let division = divide(&candidates, &held);
        Ok(division.into_iter().filter(|(_, owner)| owner == holder).map(|(lease, _)| lease).collect())
    }

    fn note(&self, reach: &mut Reach, error: Option<&Error>) {
        let now = if error.is_none() { Reach::Answering } else { Reach::Failing };
        if now == std::mem::replace(reach, now) {
            return;
        }
        match error {
            None => tracing::info!(contest = &*self.settings.contest, "leases can be asked for"),
            Some(error) => {
                tracing::warn!(contest = &*self.settings.contest, error = %Chain(error), "leases cannot be asked for");
            }
        }
    }
}

/// Between half and the whole of it, so that replicas do not ask in step.
pub(super) fn jittered(span: Duration) -> Duration {
    span / 2 + rand::random_range(Duration::ZERO..=span / 2)
}

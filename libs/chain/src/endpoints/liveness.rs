//! The face that gets an answer from somebody.

use std::{future::Future, time::Duration};

use alloy::primitives::{B256, Bytes};
use futures_util::{StreamExt, stream::FuturesUnordered};
use rand::RngExt;

use super::{Block, EndpointIndex, EndpointSet, Error, Session};

/// Reads with fail-over, and the broadcast.
#[derive(Debug, Clone, Copy)]
pub struct Liveness<'a> {
    set: &'a EndpointSet,
}

/// What the endpoints said to a broadcast.
#[derive(Debug)]
pub struct Broadcast {
    /// The endpoints that took the transaction, or held it already.
    pub accepted: Vec<EndpointIndex>,
    /// The endpoints that did not, in the order in which they answered.
    pub refused: Vec<Error>,
}

impl<'a> Liveness<'a> {
    pub(super) const fn new(set: &'a EndpointSet) -> Self {
        Self { set }
    }

    /// Runs `read` against one endpoint. When the endpoint is to blame for a failure, runs it anew, from its
    /// beginning, against the next: all calls of one run see one node's view of the chain.
    ///
    /// # Errors
    /// What `read` gave when the endpoint is not to blame (a revert is the same everywhere); otherwise
    /// [`Error::AllFailed`] after the last round.
    pub async fn run<T, F, Fut>(&self, read: F) -> Result<T, Error>
    where
        F: Fn(Session) -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        let mut last = Error::NoEndpoints;
        let mut tried = 0_usize;
        for round in 0..self.set.policy().rounds.max(1) {
            if round > 0 {
                tokio::time::sleep(jittered(self.set.policy().round_pause, round)).await;
            }
            for index in self.set.by_preference() {
                tried = tried.saturating_add(1);
                match read(self.set.session(index)).await {
                    Ok(value) => {
                        self.set.prefer(index);
                        return Ok(value);
                    }
                    Err(error) if error.blames_endpoint() => last = error,
                    Err(answer) => return Err(answer),
                }
            }
        }
        Err(Error::AllFailed { tried, last: Box::new(last) })
    }

    /// The last block.
    ///
    /// # Errors
    /// As [`Liveness::run`].
    pub async fn head(&self) -> Result<Block, Error> {
        self.run(|session| async move { session.head().await }).await
    }

    /// Sends a signed transaction to every endpoint at once. The same bytes may be sent any number of times:
    /// an endpoint that holds them already has accepted.
    ///
    /// Waits for the first acceptance and then a short grace; a dead endpoint does not hold up a live one.
    pub async fn broadcast(&self, raw: &Bytes, hash: B256) -> Broadcast {
        let mut sends: FuturesUnordered<_> = (0..self.set.len())
            .map(|index| {
                let session = self.set.session(index);
                async move { (index, session.send_raw(raw, hash).await) }
            })
            .collect();
        let mut outcome = Broadcast { accepted: Vec::new(), refused: Vec::new() };
        let mut deadline = None;
        loop {
            let next = match deadline {
                None => sends.next().await,
                Some(deadline) => tokio::time::timeout_at(deadline, sends.next()).await.unwrap_or(None),
            };
            match next {
                None => return outcome,
                Some((index, Ok(()))) => {
                    outcome.accepted.push(index);
                    let grace = self.set.policy().broadcast_grace;
                    deadline.get_or_insert_with(|| tokio::time::Instant::now() + grace);
                }
                Some((_, Err(error))) => outcome.refused.push(error),
            }
        }
    }
}

/// Full jitter around a pause that doubles with the round: between half of it and all of it.
pub(crate) fn jittered(pause: Duration, round: u32) -> Duration {
    let doubled = pause.saturating_mul(1_u32.checked_shl(round.saturating_sub(1)).unwrap_or(u32::MAX));
    let half = doubled / 2;
    let span = u64::try_from(half.as_millis()).unwrap_or(u64::MAX);
    half + Duration::from_millis(rand::rng().random_range(0..=span))
}

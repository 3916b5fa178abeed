//! Several RPC endpoints of one chain as one object with two faces.
//!
//! [`Liveness`] gets an answer from somebody: it fails over, backs off and leaves broken endpoints alone.
//! [`EvidenceReads`] gets an answer that k of n endpoints agree on at one block, or none. They are two
//! types because fail-over never produces evidence: an answer that was merely available must not be
//! mistaken for one that was checked.
//!
//! Every endpoint's chain id is checked before its first answer counts, and again after each interruption:
//! behind the same URL there may be another chain after a restart.

mod block;
mod circuit;
mod endpoint;
mod evidence;
mod liveness;
mod metrics;
mod session;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use causeway_primitives::{ChainId, Monotonic};
use tokio::time::Instant;

use self::endpoint::Endpoint;
pub(crate) use self::liveness::jittered;
pub use self::{
    block::{Block, BlockTag},
    circuit::{Circuit, CircuitPolicy, CircuitState},
    endpoint::EndpointHealth,
    evidence::{Evidence, EvidenceReads, Gap, Query},
    liveness::{Broadcast, Liveness},
    metrics::Metrics,
    session::{CallRequest, Session},
};
use crate::rpc::{self, EndpointUrl, RpcClient};

/// Which endpoint of the set, counted from 0 in the order of the configuration. Bounded, so it serves as a
/// metric label where a host name would be too much.
pub type EndpointIndex = usize;

/// Why the set gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A set needs an endpoint.
    #[error("no endpoint is configured")]
    NoEndpoints,
    /// The call to one endpoint failed.
    #[error("endpoint {endpoint} ({host}) failed in {method}")]
    Call {
        /// Which one.
        endpoint: EndpointIndex,
        /// Scheme and host.
        host: String,
        /// The JSON-RPC method.
        method: &'static str,
        /// Why.
        #[source]
        source: rpc::Error,
    },
    /// The endpoint serves another chain. It is left alone until it serves the right one.
    #[error("endpoint {endpoint} ({host}) serves chain {found}, expected {expected}")]
    WrongChain {
        /// Which one.
        endpoint: EndpointIndex,
        /// Scheme and host.
        host: String,
        /// The pinned chain id.
        expected: ChainId,
        /// What it says.
        found: u64,
    },
    /// The endpoint's last block is further behind what it, or another, told before than is allowed.
    #[error("endpoint {endpoint} went back from block {from} to {to}")]
    HeadWentBack {
        /// Which one.
        endpoint: EndpointIndex,
        /// The head that it should have reached.
        from: u64,
        /// The head now.
        to: u64,
    },
    /// The endpoint failed too often and is left alone for a while.
    #[error("endpoint {endpoint} is left alone after repeated failures")]
    CircuitOpen {
        /// Which one.
        endpoint: EndpointIndex,
    },
    /// Every endpoint failed, in every round.
    #[error("all {tried} endpoint calls failed")]
    AllFailed {
        /// How many calls were made.
        tried: usize,
        /// What the last one said.
        #[source]
        last: Box<Error>,
    },
}

impl Error {
    /// True when another endpoint may do better.
    pub fn blames_endpoint(&self) -> bool {
        match self {
            Self::Call { source, .. } => source.blames_endpoint(),
            Self::WrongChain { .. } | Self::HeadWentBack { .. } | Self::CircuitOpen { .. } => true,
            Self::NoEndpoints | Self::AllFailed { .. } => false,
        }
    }

    /// The refusal at the bottom, if an endpoint understood and said no.
    pub fn refusal(&self) -> Option<&rpc::Refusal> {
        match self {
            Self::Call { source: rpc::Error::Refused(refusal), .. } => Some(refusal),
            Self::AllFailed { last, .. } => last.refusal(),
            Self::Call { .. }
            | Self::NoEndpoints
            | Self::WrongChain { .. }
            | Self::HeadWentBack { .. }
            | Self::CircuitOpen { .. } => None,
        }
    }

    /// True when an endpoint answered with nothing where there must be something.
    pub fn is_empty_answer(&self) -> bool {
        match self {
            Self::Call { source: rpc::Error::Empty, .. } => true,
            Self::AllFailed { last, .. } => last.is_empty_answer(),
            Self::Call { .. }
            | Self::NoEndpoints
            | Self::WrongChain { .. }
            | Self::HeadWentBack { .. }
            | Self::CircuitOpen { .. } => false,
        }
    }
}

/// How endpoints are called and judged.
#[derive(Debug, Clone, Copy)]
pub struct EndpointPolicy {
    /// How long one call may take.
    pub call_timeout: Duration,
    /// When an endpoint is left alone, and for how long.
    pub circuit: CircuitPolicy,
    /// How many blocks an endpoint may be behind the highest head that was seen. Covers the blocks that are
    /// on their way between nodes; on a chain with reorganisations, also their depth.
    pub max_head_regress: u64,
    /// How often the whole set is tried before a liveness read fails.
    pub rounds: u32,
    /// The pause before the second round; it doubles from round to round, with jitter.
    pub round_pause: Duration,
    /// How long a broadcast waits for the other endpoints after the first one accepted.
    pub broadcast_grace: Duration,
}

impl Default for EndpointPolicy {
    /// For a chain with two-second blocks: a call is given up before the second block after it.
    fn default() -> Self {
        Self {
            call_timeout: Duration::from_secs(3),
            circuit: CircuitPolicy::default(),
            max_head_regress: 3,
            rounds: 2,
            round_pause: Duration::from_millis(100),
            broadcast_grace: Duration::from_millis(250),
        }
    }
}

/// The endpoints of one chain. Cheap to clone; clones share health and circuits.
#[derive(Debug, Clone)]
pub struct EndpointSet(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    endpoints: Vec<Endpoint>,
    chain_id: ChainId,
    policy: EndpointPolicy,
    /// The endpoint that answered last: tried first, so that consecutive reads see one node's view.
    preferred: AtomicUsize,
    started: Instant,
}

impl EndpointSet {
    /// A set of the endpoints of `chain_id`, in the order of preference. Calls nobody yet; see
    /// [`EndpointSet::verify`].
    ///
    /// # Errors
    /// [`Error::NoEndpoints`].
    pub fn new(
        urls: Vec<EndpointUrl>,
        chain_id: ChainId,
        policy: EndpointPolicy,
        http: &reqwest::Client,
        metrics: &Metrics,
    ) -> Result<Self, Error> {
        if urls.is_empty() {
            return Err(Error::NoEndpoints);
        }
        let endpoints = urls
            .into_iter()
            .enumerate()
            .map(|(index, url)| {
                let client = RpcClient::new(http.clone(), url, policy.call_timeout);
                Endpoint::new(index, client, policy.circuit, metrics.clone())
            })
            .collect();
        Ok(Self(Arc::new(Shared {
            endpoints,
            chain_id,
            policy,
            preferred: AtomicUsize::new(0),
            started: Instant::now(),
        })))
    }

    /// The pinned chain id.
    pub fn chain_id(&self) -> ChainId {
        self.0.chain_id
    }

    /// How many endpoints there are.
    pub fn len(&self) -> usize {
        self.0.endpoints.len()
    }

    /// Never true: an empty set cannot be made.
    pub fn is_empty(&self) -> bool {
        self.0.endpoints.is_empty()
    }

    /// Calls every endpoint, for the start of a service. An endpoint on another chain is an error even if
    /// the others are right: it is a mistake in the configuration. One that is merely down is not.
    ///
    /// # Errors
    /// [`Error::WrongChain`], or [`Error::AllFailed`] when none answers.
    pub async fn verify(&self) -> Result<(), Error> {
        let heads = self.0.endpoints.iter().map(|endpoint| async move { self.session(endpoint.index()).head().await });
        let mut last = None;
        let mut usable = 0_usize;
        for outcome in futures_util::future::join_all(heads).await {
            match outcome {
                Ok(_) => usable = usable.saturating_add(1),
                Err(wrong @ Error::WrongChain { .. }) => return Err(wrong),
                Err(other) => last = Some(other),
            }
        }
        match last {
            Some(last) if usable == 0 => Err(Error::AllFailed { tried: self.len(), last: Box::new(last) }),
            Some(_) | None => Ok(()),
        }
    }

    /// The face that gets an answer from somebody.
    pub const fn liveness(&self) -> Liveness<'_> {
        Liveness::new(self)
    }

    /// The face that gets an answer that `quorum` endpoints agree on. A quorum above the number of endpoints
    /// answers [`Gap::TooFewEndpoints`] to everything.
    pub const fn evidence(&self, quorum: usize) -> EvidenceReads<'_> {
        EvidenceReads::new(self, quorum)
    }

    /// What is known of each endpoint, for health pages.
    pub fn health(&self) -> Vec<EndpointHealth> {
        let now = self.now();
        self.0.endpoints.iter().map(|endpoint| endpoint.health(now)).collect()
    }

    /// The time on the set's own monotonic clock, which follows a paused runtime.
    fn now(&self) -> Monotonic {
        Monotonic::new(self.0.started.elapsed())
    }

    fn endpoint(&self, index: EndpointIndex) -> Option<&Endpoint> {
        self.0.endpoints.get(index)
    }

    /// Every endpoint on its own, in the order of the configuration: for a caller who keeps each answer with its name.
    pub fn sessions(&self) -> impl Iterator<Item = Session> {
        (0..self.len()).map(|index| self.session(index))
    }

    /// One endpoint by its index, for a question that each is to answer for itself.
    pub(crate) fn session(&self, index: EndpointIndex) -> Session {
        Session::new(self.clone(), index)
    }

    fn policy(&self) -> &EndpointPolicy {
        &self.0.policy
    }

    /// The endpoint answered: it is tried first from now on.
    pub(crate) fn prefer(&self, index: EndpointIndex) {
        self.0.preferred.store(index, Ordering::Relaxed);
    }

    /// All indices, beginning with the one that answered last.
    pub(crate) fn by_preference(&self) -> Vec<EndpointIndex> {
        let first = self.0.preferred.load(Ordering::Relaxed);
        (first..self.len()).chain(0..first.min(self.len())).collect()
    }

    /// Takes note of a head; an error when it is too far behind what is known.
    fn observe_head(&self, index: EndpointIndex, number: u64) -> Result<(), Error> {
        let heads: Vec<_> = self.0.endpoints.iter().map(Endpoint::head).collect();
        let bound = self.0.policy.max_head_regress;
        match too_far_behind(&heads, index, number, bound) {
            Some(from) => Err(Error::HeadWentBack { endpoint: index, from, to: number }),
            None => Ok(()),
        }
    }
}

/// The head that makes `number` too low: the endpoint's own last one, or what the others tell.
///
/// Of three and more endpoints the second-highest head counts, so that one endpoint that claims to be far
/// ahead does not make all the others look lagging. Of two the higher one counts: a node that lags is
/// common, one that runs ahead of the chain is not.
fn too_far_behind(heads: &[Option<u64>], index: EndpointIndex, number: u64, bound: u64) -> Option<u64> {
    let own = heads.get(index).copied().flatten();
    let mut known: Vec<u64> = heads.iter().copied().flatten().collect();
    known.sort_unstable_by(|a, b| b.cmp(a));
    let agreed = if heads.len() > 2 { known.get(1) } else { known.first() };
    let reference = own.max(agreed.copied())?;
    (number.saturating_add(bound) < reference).then_some(reference)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ora_11_an_endpoint_may_lag_within_the_bound_and_no_further() {
        assert_eq!(too_far_behind(&[Some(10), None], 1, 7, 3), None);
        assert_eq!(too_far_behind(&[Some(10), None], 1, 6, 3), Some(10));
        assert_eq!(too_far_behind(&[Some(10)], 0, 6, 3), Some(10), "its own past counts");
        assert_eq!(too_far_behind(&[None, None], 0, 0, 0), None);
    }

    #[test]
    fn ora_11_one_endpoint_that_claims_to_be_far_ahead_does_not_disqualify_the_others() {
        let heads = [Some(1_000_000), Some(10), Some(10)];
        assert_eq!(too_far_behind(&heads, 1, 11, 3), None);
        assert_eq!(too_far_behind(&heads, 0, 11, 3), Some(1_000_000), "only itself, once it is honest again");
        assert_eq!(too_far_behind(&[Some(1_000_000), None, None], 1, 10, 3), None);
    }
}

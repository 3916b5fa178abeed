//! What a running guard has, and what it remembers between two sweeps.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use causeway_primitives::{ChainName, Scope};
use causeway_runtime::clock::Clock;
use causeway_store::lease::Leadership;
use tokio::sync::{Notify, watch};

use super::{ask::Asked, desk::CapSetting, latching::Unlatched, look::Sight, recount::Recounts};
use crate::{
    adapters::{
        chain::ChainReader,
        store::{Store, books::BooksReader},
    },
    domain::{
        evidence::Approved,
        lease::{Granted, Pass, Policy, Progress},
        resume,
        rules::Rules,
    },
};

/// How a guard looks and grants.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Between two sweeps (GRD-4: 60 s).
    pub sweep_every: Duration,
    /// Between two sweeps while the last verdict is Indeterminate.
    pub retry_every: Duration,
    /// Between two sweeps that count the books from the first row.
    pub recount_every: Duration,
    /// For gathering the evidence of one sweep: below the age at which a Pass is stale.
    pub gather_within: Duration,
    /// Leases.
    pub lease: Policy,
    /// What one grant may move, per asset.
    pub caps: Vec<CapSetting>,
    /// What it takes to get out of a halt.
    pub resume: resume::Policy,
    /// How a resumed relayer is kept.
    pub probation: Probation,
}

/// A resumed relayer is watched more closely until it has passed often enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probation {
    /// The longest lease.
    pub ttl: Duration,
    /// What one grant may move, per asset.
    pub caps: Vec<CapSetting>,
}

/// What a guard is made of.
#[derive(Debug)]
pub struct Parts {
    /// Its own database.
    pub store: Store,
    /// The relayer's.
    pub books: BooksReader,
    /// The chains of the rules.
    pub chains: BTreeMap<ChainName, ChainReader>,
    /// What must be true.
    pub rules: Rules,
    /// What people approved to be different.
    pub approved: Approved,
    /// How it looks and grants.
    pub settings: Settings,
    /// Whether this replica leads.
    pub leadership: watch::Receiver<Option<Leadership>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// A guard. Clones share it.
#[derive(Clone)]
pub struct Guard {
    pub(super) parts: Arc<Parts>,
    state: Arc<Mutex<State>>,
    wake: Arc<Notify>,
    /// Something was halted: what follows from it has to be done.
    halted: Arc<Notify>,
    /// And said.
    latched: Arc<Notify>,
}

/// What is remembered. Nothing of it outlives the process, and nothing of it need: a new process has no Pass.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The leadership that the rest is of, and the epoch of leases under it.
    pub(super) term: Option<Term>,
    /// The newest Pass of this term.
    pub(super) pass: Option<Pass>,
    /// Who may act.
    pub(super) granted: Granted,
    /// How the books were counted.
    pub(super) recounts: Recounts,
    /// Halts that could not be latched yet: in force here, and tried again.
    pub(super) unlatched: Vec<Unlatched>,
    /// What is on probation, as of this term's newest verdict.
    pub(super) probation: Vec<Scope>,
    /// Who waits for an evaluation.
    pub(super) asked: Vec<Asked>,
    /// What this replica last saw.
    pub(super) sight: Sight,
}

/// A time of leading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) leadership: u64,
    pub(super) epoch: u64,
}

impl State {
    pub(super) const fn progress(&self) -> Progress {
        match self.pass {
            Some(_) => Progress::Ready,
            None => Progress::Starting,
        }
    }
}

impl Guard {
    /// A guard that has not looked yet: it grants nothing.
    pub fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            state: Arc::default(),
            wake: Arc::default(),
            halted: Arc::default(),
            latched: Arc::default(),
        }
    }

    /// Has a sweep begin now instead of at its time.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    pub(super) fn tell_of_halt(&self) {
        self.halted.notify_one();
        self.latched.notify_one();
    }

    pub(super) async fn told_of_latched(&self) {
        self.latched.notified().await;
    }

    pub(super) async fn told_of_halt(&self) {
        self.halted.notified().await;
    }

    /// How often this replica has evaluated since it started.
    pub fn evaluations(&self) -> u64 {
        self.state().sight.evaluations
    }

    /// The leadership while this replica believes to have it. Each write asks the database again.
    pub(super) fn leadership(&self) -> Option<Leadership> {
        self.parts.leadership.borrow().clone().filter(Leadership::is_valid)
    }

    /// Nothing in the state is ever half changed, so a poisoned lock is as good as any.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("state", &*self.state()).finish_non_exhaustive()
    }
}

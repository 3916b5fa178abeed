//! The read model of what is watched: chains and lanes as they were last looked at. In memory, made anew at each start.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use causeway_chain::logs::Position;
use causeway_primitives::{Address, ChainId, ChainName, ChainSelector, LaneName, Timestamp, U256};
use tokio::sync::watch;

use crate::domain::lane::LaneKey;

/// A value that was read, or why it could not be. Not knowing is never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known<T> {
    /// It was not asked for yet, or nobody said whom to ask.
    NotAsked,
    /// It could not be found out: why, in words without secrets.
    Unknown(String),
    /// It is this.
    Is(T),
}

impl<T> Known<T> {
    /// The value, if it is known.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::NotAsked | Self::Unknown(_) => None,
        }
    }
}

/// How a chain's router serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Router {
    /// There is code and it answers.
    Serves {
        /// What `typeAndVersion()` says; empty where the contract has none.
        version: String,
    },
    /// There is no code at its address.
    NoCode,
    /// There is code that does not answer as a router.
    Refuses(String),
}

/// LINK of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// Whose.
    pub account: Address,
    /// In juels.
    pub juels: Known<U256>,
    /// Days it lasts at the present spend; `None`: nothing is spent, or not enough is known.
    pub days_left: Option<u32>,
}

/// A chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainView {
    /// The operators' word for it.
    pub name: ChainName,
    /// Its id.
    pub id: ChainId,
    /// CCIP's number of it.
    pub selector: ChainSelector,
    /// Up to where its logs were read.
    pub position: Option<Position>,
    /// The time of that block.
    pub position_time: Option<Timestamp>,
    /// Its last block.
    pub head: Option<u64>,
    /// The time of its last block.
    pub head_time: Option<Timestamp>,
    /// Its last final block.
    pub final_head: Option<u64>,
    /// How its router serves.
    pub router: Known<Router>,
    /// Whether the whole chain is cursed.
    pub cursed: Known<bool>,
    /// LINK of each watched account.
    pub balances: Vec<Balance>,
    /// When all of this was last looked at.
    pub looked_at: Option<Timestamp>,
}

/// A lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneView {
    /// Its name.
    pub name: LaneName,
    /// What its events are known by.
    pub key: LaneKey,
    /// The source chain's name.
    pub source: ChainName,
    /// The destination chain's name.
    pub destination: ChainName,
    /// `isChainSupported` of the source's router.
    pub supported: Known<bool>,
    /// Whether either side curses the other.
    pub cursed: Known<bool>,
    /// What the newest ramp will give the next message.
    pub expected_next: Known<u64>,
    /// The highest number of that ramp that was seen.
    pub last_seen: Option<u64>,
}

#[derive(Debug, Default)]
struct Inner {
    chains: BTreeMap<ChainId, ChainView>,
    lanes: BTreeMap<LaneKey, LaneView>,
    /// Chains that wait for others, with blocks up to this time.
    waiting: BTreeMap<ChainId, Timestamp>,
}

/// All of it. Cheap to clone; a reader gets copies and holds no lock.
#[derive(Debug, Clone, Default)]
pub struct Views {
    inner: Arc<RwLock<Inner>>,
    /// Told of each change of a chain.
    moved: watch::Sender<()>,
}

impl Views {
    /// A model of these chains and lanes.
    pub fn new(chains: impl IntoIterator<Item = ChainView>, lanes: impl IntoIterator<Item = LaneView>) -> Self {
        let chains = chains.into_iter().map(|chain| (chain.id, chain)).collect();
        let lanes = lanes.into_iter().map(|lane| (lane.key.clone(), lane)).collect();
        Self {
            inner: Arc::new(RwLock::new(Inner { chains, lanes, waiting: BTreeMap::new() })),
            moved: watch::Sender::default(),
        }
    }

    /// Tells of each change of a chain from now on.
    pub fn watch(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }

    /// True when a chain has more blocks to read, as far as is known, is not read up to `time`, and does not itself wait
    /// with blocks that go so far.
    pub fn is_behind(&self, id: ChainId, time: Timestamp) -> bool {
        self.read(|inner| {
            let waits = inner.waiting.get(&id).is_some_and(|until| *until >= time);
            let unread = |chain: &ChainView| {
                let position = chain.position.map(|position| position.number);
                let caught_up = position.is_some_and(|position| chain.head.is_some_and(|head| position >= head));
                !caught_up && chain.position_time.is_none_or(|read| read < time)
            };
            !waits && inner.chains.get(&id).is_some_and(unread)
        })
    }

    /// A chain waits for others with blocks up to this time, or does not any more.
    pub fn wait(&self, id: ChainId, until: Option<Timestamp>) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        match until {
            Some(until) => inner.waiting.insert(id, until),
            None => inner.waiting.remove(&id),
        };
        drop(inner);
        self.moved.send_replace(());
    }

    /// The chains, in the order of their ids.
    pub fn list_chains(&self) -> Vec<ChainView> {
        self.read(|inner| inner.chains.values().cloned().collect())
    }

    /// One chain.
    pub fn find_chain(&self, id: ChainId) -> Option<ChainView> {
        self.read(|inner| inner.chains.get(&id).cloned())
    }

    /// The lanes.
    pub fn list_lanes(&self) -> Vec<LaneView> {
        self.read(|inner| inner.lanes.values().cloned().collect())
    }

    /// Changes a chain; nothing when it is not watched.
    pub fn change_chain(&self, id: ChainId, change: impl FnOnce(&mut ChainView)) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(chain) = inner.chains.get_mut(&id) {
            change(chain);
        }
        drop(inner);
        self.moved.send_replace(());
    }

    /// Changes a lane; nothing when it is not listed.
    pub fn change_lane(&self, key: &LaneKey, change: impl FnOnce(&mut LaneView)) {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = inner.lanes.get_mut(key) {
            change(lane);
        }
    }

    fn read<T>(&self, look: impl FnOnce(&Inner) -> T) -> T {
        look(&self.inner.read().unwrap_or_else(PoisonError::into_inner))
    }
}

//! The read model: what REST, gRPC and pages show of feeds and sources, kept in memory by the feed tasks.
//!
//! Writers replace whole values; readers take cheap clones. A reader that is slow to follow misses
//! intermediate values, never the last one. Nothing here decides anything.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use causeway_primitives::{
    Address, Answer, B256, Decimals, FeedId, Pair, Ppm, Price, RoundId, SourceId, Timestamp, VenueId,
};
use tokio::sync::broadcast;

/// Whether a consumer may use the answer on chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Younger than the heartbeat.
    Fresh,
    /// Older than the heartbeat.
    Stale,
    /// The feed's breaker is open.
    Halted,
    /// No answer on chain, or it could not be read.
    Unavailable,
}

impl Status {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Stale => "stale",
            Self::Halted => "halted",
            Self::Unavailable => "unavailable",
        }
    }
}

/// The answer on chain, as it was last read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnChainView {
    /// Round of the answer.
    pub round_id: RoundId,
    /// The answer.
    pub answer: Answer,
    /// When it was written, by block time.
    pub updated_at: Timestamp,
}

/// The block of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PositionView {
    /// EIP-155 id.
    pub chain_id: u64,
    /// Height.
    pub block_number: u64,
    /// Hash.
    pub block_hash: B256,
    /// The block's own time.
    pub block_time: Timestamp,
}

/// The latest decision of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionView {
    /// `publish`, `hold` or `refuse`.
    pub kind: Cow<'static, str>,
    /// The reason's label.
    pub reason: Cow<'static, str>,
    /// When.
    pub decided_at: Timestamp,
}

/// A feed, as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedView {
    /// Id.
    pub id: FeedId,
    /// What is priced.
    pub pair: Pair,
    /// Decimals of the answer.
    pub decimals: Decimals,
    /// Where it is published; `None` for a feed that only serves others.
    pub aggregator: Option<Address>,
    /// Deviation that publishes.
    pub deviation_threshold: Ppm,
    /// The age that an answer does not reach.
    pub heartbeat: Duration,
    /// Its sources.
    pub sources: Vec<SourceId>,
    /// Feeds that it is computed from.
    pub derived_from: Vec<FeedId>,
    /// State of the breaker: `closed`, `open`, `half_open`.
    pub breaker: &'static str,
    /// What an operator forced it to: `forced_open`, `forced_closed`, `none`.
    pub forced: &'static str,
    /// The answer on chain; `None` for an empty feed or before the first read.
    pub on_chain: Option<OnChainView>,
    /// Where it was read; `None` before the first read or when the chain cannot be read.
    pub position: Option<PositionView>,
    /// The median of the sources; `None` without a quorum.
    pub market: Option<Price>,
    /// Venues that count in it.
    pub venues_counted: u32,
    /// Venues needed.
    pub quorum: u32,
    /// The latest decision.
    pub decision: Option<DecisionView>,
}

impl FeedView {
    /// How old the answer is by the time of the latest block read, or by `now` when that is later: a chain
    /// that stands still must not keep an answer young.
    pub fn age(&self, now: Timestamp) -> Option<Duration> {
        let latest = self.position.map_or(now, |position| position.block_time.max(now));
        self.on_chain.as_ref().map(|round| latest.since(round.updated_at))
    }

    /// Whether a consumer may use the answer.
    pub fn status(&self, now: Timestamp) -> Status {
        let usable = self.on_chain.as_ref().is_some_and(|round| round.answer.is_positive());
        match self.age(now) {
            Some(_) if usable && self.breaker == "open" => Status::Halted,
            Some(age) if usable && age <= self.heartbeat => Status::Fresh,
            Some(_) if usable => Status::Stale,
            Some(_) | None => Status::Unavailable,
        }
    }
}

/// A source, as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceView {
    /// Id.
    pub id: SourceId,
    /// Its venue.
    pub venue: VenueId,
    /// The feed that it serves.
    pub feed: FeedId,
    /// The venue's market.
    pub market: Pair,
    /// State of the life cycle.
    pub state: &'static str,
    /// Why; empty when healthy.
    pub cause: String,
    /// Since when.
    pub since: Timestamp,
    /// Weight in the median.
    pub weight: Ppm,
    /// Counts only while the quorum is short.
    pub backup: bool,
    /// The last price.
    pub last_price: Option<Price>,
    /// When it came.
    pub last_received_at: Option<Timestamp>,
    /// The last fault's label; empty when none.
    pub last_fault: &'static str,
    /// Used share of the quota.
    pub quota_used: Option<Ppm>,
    /// When the quota is used up at the present rate.
    pub quota_exhausted_at: Option<Timestamp>,
    /// Days until the credential expires.
    pub credential_days_left: Option<i32>,
}

/// All views. Cheap to clone: one set, shared.
#[derive(Debug, Clone)]
pub struct Views {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    feeds: RwLock<BTreeMap<FeedId, Arc<FeedView>>>,
    sources: RwLock<BTreeMap<SourceId, Arc<SourceView>>>,
    changed: broadcast::Sender<FeedId>,
}

/// How many changes a watcher may be behind before it is told to read everything again.
const WATCH_DEPTH: usize = 1_024;

impl Default for Views {
    fn default() -> Self {
        let (changed, _) = broadcast::channel(WATCH_DEPTH);
        Self { inner: Arc::new(Inner { feeds: RwLock::default(), sources: RwLock::default(), changed }) }
    }
}

impl Views {
    /// Replaces a feed's view and tells watchers when it differs.
    pub fn put_feed(&self, view: FeedView) {
        let id = view.id.clone();
        let mut feeds = self.inner.feeds.write().unwrap_or_else(PoisonError::into_inner);
        let differs = feeds.get(&id).is_none_or(|old| **old != view);
        feeds.insert(id.clone(), Arc::new(view));
        drop(feeds);
        if differs {
            // Nobody watching is no error.
            let _ = self.inner.changed.send(id);
        }
    }

    /// Replaces a source's view.
    pub fn put_source(&self, view: SourceView) {
        let mut sources = self.inner.sources.write().unwrap_or_else(PoisonError::into_inner);
        sources.insert(view.id.clone(), Arc::new(view));
    }

    /// One feed.
    pub fn find_feed(&self, id: &FeedId) -> Option<Arc<FeedView>> {
        self.inner.feeds.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// One source.
    pub fn find_source(&self, id: &SourceId) -> Option<Arc<SourceView>> {
        self.inner.sources.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// All feeds by id.
    pub fn list_feeds(&self) -> Vec<Arc<FeedView>> {
        self.inner.feeds.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// All sources by id.
    pub fn list_sources(&self) -> Vec<Arc<SourceView>> {
        self.inner.sources.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The ids of feeds whose view changes from now on.
    pub fn watch(&self) -> broadcast::Receiver<FeedId> {
        self.inner.changed.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(updated_at: u64, breaker: &'static str) -> FeedView {
        FeedView {
            id: "eur-usd".parse().unwrap(),
            pair: "EUR/USD".parse().unwrap(),
            decimals: Decimals::new(8).unwrap(),
            aggregator: None,
            deviation_threshold: Ppm::new(5_000),
            heartbeat: Duration::from_secs(60),
            sources: vec![],
            derived_from: vec![],
            breaker,
            forced: "none",
            on_chain: Some(OnChainView {
                round_id: RoundId::new(7),
                answer: Answer::from_price("1.07".parse().unwrap(), Decimals::new(8).unwrap()).unwrap(),
                updated_at: Timestamp::from_secs(updated_at).unwrap(),
            }),
            position: None,
            market: None,
            venues_counted: 0,
            quorum: 3,
            decision: None,
        }
    }

    #[test]
    fn ora_3_status_follows_age_breaker_and_answer() {
        let now = Timestamp::from_secs(1_000).unwrap();
        assert_eq!(feed(940, "closed").status(now), Status::Fresh, "as old as the heartbeat is still fresh");
        assert_eq!(feed(939, "closed").status(now), Status::Stale);
        assert_eq!(feed(990, "open").status(now), Status::Halted);
        let empty = FeedView { on_chain: None, ..feed(0, "closed") };
        assert_eq!(empty.status(now), Status::Unavailable);
    }

    #[test]
    fn a_chain_that_stands_still_does_not_keep_an_answer_young() {
        let block_time = Timestamp::from_secs(950).unwrap();
        let position = PositionView { chain_id: 138, block_number: 9, block_hash: B256::ZERO, block_time };
        let view = FeedView { position: Some(position), ..feed(940, "closed") };
        assert_eq!(view.status(Timestamp::from_secs(1_001).unwrap()), Status::Stale);
    }

    #[test]
    fn watchers_hear_of_changes_only() {
        let views = Views::default();
        let mut watcher = views.watch();
        views.put_feed(feed(1, "closed"));
        views.put_feed(feed(1, "closed"));
        views.put_feed(feed(2, "closed"));
        assert!(watcher.try_recv().is_ok());
        assert!(watcher.try_recv().is_ok());
        assert!(watcher.try_recv().is_err());
    }
}

//! What each feed is worth now, for the feeds that are computed from it.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use causeway_primitives::{FeedId, Monotonic};
use tokio::sync::Notify;

use crate::domain::{
    aggregate::Aggregate,
    route::{Conversions, Leg},
};

/// A feed's worth and when it was computed.
#[derive(Debug, Clone, Copy)]
struct Worth {
    aggregate: Option<Aggregate>,
    at: Monotonic,
}

/// All worths. Cheap to clone: one set, shared.
#[derive(Debug, Clone, Default)]
pub struct Worths {
    worths: Arc<RwLock<HashMap<FeedId, Worth>>>,
    dependents: Arc<HashMap<FeedId, Vec<Arc<Notify>>>>,
    valid_for: Duration,
}

impl Worths {
    /// For each feed, the doors of the feeds that are computed from it. A worth that was not computed again within
    /// `valid_for` counts as none: its feed hangs.
    pub fn new(dependents: HashMap<FeedId, Vec<Arc<Notify>>>, valid_for: Duration) -> Self {
        Self { worths: Arc::default(), dependents: Arc::new(dependents), valid_for }
    }

    /// Notes what a feed is worth, and knocks at its dependents' doors when that has changed.
    pub fn put(&self, feed: &FeedId, aggregate: Option<Aggregate>, at: Monotonic) {
        let Some(doors) = self.dependents.get(feed).filter(|doors| !doors.is_empty()) else { return };
        let mut worths = self.worths.write().unwrap_or_else(PoisonError::into_inner);
        let before = worths.insert(feed.clone(), Worth { aggregate, at });
        drop(worths);
        if before.is_none_or(|before| before.aggregate != aggregate) {
            doors.iter().for_each(|door| door.notify_one());
        }
    }

    /// What the feeds on these legs are worth: those that are worth something now, and only those.
    pub fn conversions<'a>(&self, legs: impl Iterator<Item = &'a Leg>, now: Monotonic) -> Conversions {
        let worths = self.worths.read().unwrap_or_else(PoisonError::into_inner);
        legs.filter_map(|leg| {
            let worth = worths.get(&leg.feed).filter(|worth| now.since(worth.at) <= self.valid_for)?;
            Some((leg.feed.clone(), worth.aggregate?))
        })
        .collect()
    }
}

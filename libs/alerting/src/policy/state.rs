//! What the policy remembers: what fires, which rule has said what about it, and what waits for company.
//!
//! Everything is bounded: the number of alerts that fire at once, and with it groups and pending lists.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use causeway_primitives::{Monotonic, Timestamp};

use super::mute::{Window, WindowId};
use crate::{
    alert::{Alert, Fingerprint, Text},
    notification::ChannelId,
};

/// Somebody has taken an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// Who.
    pub by: Text,
    /// When.
    pub at: Timestamp,
}

/// An alert that fires now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    /// With the latest severity and words, and the time of the first.
    pub alert: Arc<Alert>,
    /// How often it was raised since it began.
    pub failures: u32,
    /// Who has taken it.
    pub acknowledged: Option<Acknowledgement>,
    /// The window that keeps it quiet.
    pub muted_by: Option<WindowId>,
    pub(super) since: Monotonic,
    /// By position of the rule in the policy.
    pub(super) tracks: BTreeMap<usize, Track>,
    /// Every channel that has heard of it, and so must hear how it goes on.
    pub(super) told: BTreeSet<ChannelId>,
}

/// How far one rule has come with one alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Track {
    /// Waits in a group.
    Waiting,
    /// Said, and perhaps said again.
    Said {
        /// For escalation.
        first: Monotonic,
        /// For repetition.
        last: Monotonic,
        /// How many escalation steps were taken.
        steps: usize,
    },
}

/// Which group of which rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct GroupKey {
    pub(super) rule: usize,
    pub(super) values: Vec<String>,
}

/// Alerts that wait for a common message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Group {
    /// When the message goes out; `None` when nothing waits.
    pub(super) due: Option<Monotonic>,
    pub(super) last_sent: Option<Monotonic>,
    /// Kept whole, because a report also lists what is over.
    pub(super) waiting: BTreeMap<Fingerprint, Arc<Alert>>,
}

/// Alerts that are over, of which one channel has not heard yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endings {
    pub(super) due: Monotonic,
    pub(super) alerts: BTreeMap<Fingerprint, Arc<Alert>>,
}

/// What the policy remembers between two events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub(super) capacity: usize,
    pub(super) sequence: u64,
    pub(super) firing: BTreeMap<Fingerprint, Firing>,
    pub(super) groups: BTreeMap<GroupKey, Group>,
    pub(super) endings: BTreeMap<ChannelId, Endings>,
    pub(super) windows: BTreeMap<WindowId, Window>,
}

impl State {
    /// Nothing fires. At most `capacity` alerts will fire at once; beyond it only Tier 1 gets in.
    pub const fn new(capacity: usize) -> Self {
        Self {
            capacity,
            sequence: 0,
            firing: BTreeMap::new(),
            groups: BTreeMap::new(),
            endings: BTreeMap::new(),
            windows: BTreeMap::new(),
        }
    }

    /// What fires now, muted alerts included: most urgent first, then oldest.
    pub fn firing(&self) -> Vec<&Firing> {
        let mut firing: Vec<_> = self.firing.values().collect();
        firing.sort_by_key(|one| (std::cmp::Reverse(one.alert.severity), one.alert.fired_at));
        firing
    }

    /// What fires now, in no order that means anything.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Firing> {
        self.firing.values()
    }

    /// The alert of this identity, when it fires.
    pub fn find_firing(&self, alert: Fingerprint) -> Option<&Firing> {
        self.firing.get(&alert)
    }

    /// Takes over what another state has said and this one does not know, as of now: who was told of it must hear how it
    /// goes on. Its own ages start anew.
    pub(crate) fn adopt(&mut self, other: Self, now: Monotonic) {
        for (fingerprint, mut firing) in other.firing {
            firing.since = now;
            for track in firing.tracks.values_mut() {
                if let Track::Said { first, last, .. } = track {
                    (*first, *last) = (now, now);
                }
            }
            firing.tracks.retain(|_, track| *track != Track::Waiting);
            self.firing.entry(fingerprint).or_insert(firing);
        }
    }

    /// Forgets that an alert fires, without a word.
    pub(crate) fn forget(&mut self, alert: Fingerprint) {
        self.firing.remove(&alert);
    }

    /// The windows that are open or will open.
    pub fn windows(&self) -> impl Iterator<Item = &Window> {
        self.windows.values()
    }
}

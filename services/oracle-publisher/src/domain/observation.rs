//! What one source said, as plain data: everything a decision may depend on, and nothing it may not.
//!
//! Ages are spans that the shell measured on the monotonic clock before it asked; there is no instant
//! here that would mean something else on another machine. That is why a stored observation replays.

use std::time::Duration;

use causeway_primitives::{Ppm, Price, SourceId, Timestamp, VenueId};

use super::route::Route;

/// A share of a full vote: above zero, at most one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight(Ppm);

impl Weight {
    /// A full vote.
    pub const FULL: Self = Self(Ppm::WHOLE);

    /// `None` for nothing and for more than a full vote: a source that must not count is in another
    /// [`Standing`], never at weight zero.
    pub const fn new(share: Ppm) -> Option<Self> {
        if share.get() == 0 || share.get() > Ppm::WHOLE.get() { None } else { Some(Self(share)) }
    }

    /// The share.
    pub const fn share(self) -> Ppm {
        self.0
    }

    /// True for a full vote. Only such a vote fills the quorum.
    pub fn is_full(self) -> bool {
        self == Self::FULL
    }
}

/// Why a source has no vote, independent of what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Inactive {
    /// A backup that is not needed now.
    Standby,
    /// It misled us, and serves its time.
    Quarantined,
    /// An operator took it out.
    Excluded,
}

/// What a source's word is worth now. Comes from its life cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It votes.
    Active(Weight),
    /// It is compared with the answer, but has no vote: the first stage of probation.
    Shadow,
    /// It has no vote. Still compared, so that its record is there when somebody asks.
    Inactive(Inactive),
}

/// The last word of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Who said it.
    pub source: SourceId,
    /// Whose voice that is: sources of one venue share one vote.
    pub venue: VenueId,
    /// The price of the venue's own market.
    pub price: Price,
    /// How that becomes a price of the feed.
    pub route: Route,
    /// When the venue says it was; `None` where it gives no time.
    pub venue_time: Option<Timestamp>,
    /// When we heard it, by wall clock: for people, and for venues without a time.
    pub received_at: Timestamp,
    /// How long ago that is, by the monotonic clock: what staleness is judged by.
    pub age: Duration,
    /// How long the source has repeated this very price.
    pub unchanged_for: Duration,
    /// What its word is worth.
    pub standing: Standing,
}

impl Observation {
    /// The time that the price is of: the venue's own where it gives one.
    pub fn as_of(&self) -> Timestamp {
        self.venue_time.unwrap_or(self.received_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vote_is_never_nothing_and_never_more_than_one() {
        assert_eq!(Weight::new(Ppm::ZERO), None);
        assert_eq!(Weight::new(Ppm::new(1_000_001)), None);
        assert_eq!(Weight::new(Ppm::WHOLE), Some(Weight::FULL));
        assert!(!Weight::new(Ppm::new(250_000)).unwrap().is_full());
    }
}

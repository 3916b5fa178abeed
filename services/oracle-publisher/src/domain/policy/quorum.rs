//! How many independent venues it takes to speak for a market.
//!
//! Fewer than three cannot: with two, the median is the mean, and one venue at a thousand times the
//! price moves the answer to five hundred times the price. Whoever wants that must say so in words.

use super::Error;

/// Whether a feed has all its sources in good standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Every primary source counts.
    Normal,
    /// A primary source is out or on probation, or most of the market is affected: more agreement is
    /// asked of the rest.
    Degraded,
}

impl Condition {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Degraded => "degraded",
        }
    }
}

/// The operator's word that a feed may publish on fewer than three independent venues. Nothing but an
/// explicit setting may make one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuorumBelowThree;

/// The number of independent venues that must agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quorum {
    venues: usize,
    degraded_increase: usize,
}

/// The fewest venues of which one may lie without moving the answer out of the honest range.
const INDEPENDENT: usize = 3;

impl Quorum {
    /// # Errors
    /// [`Error::QuorumBelowThree`] for fewer than three venues.
    pub const fn new(venues: usize, degraded_increase: usize) -> Result<Self, Error> {
        if venues < INDEPENDENT {
            return Err(Error::QuorumBelowThree { venues });
        }
        Ok(Self { venues, degraded_increase })
    }

    /// A quorum that may be one or two, because the operator said so.
    ///
    /// # Errors
    /// [`Error::QuorumZero`] for none.
    pub const fn acknowledged(venues: usize, degraded_increase: usize, _: QuorumBelowThree) -> Result<Self, Error> {
        if venues == 0 { Err(Error::QuorumZero) } else { Ok(Self { venues, degraded_increase }) }
    }

    /// How many venues are needed in this condition.
    pub const fn needed(self, condition: Condition) -> usize {
        match condition {
            Condition::Normal => self.venues,
            Condition::Degraded => self.venues.saturating_add(self.degraded_increase),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ora_5_fewer_than_three_venues_need_the_operators_word() {
        assert_eq!(Quorum::new(2, 0), Err(Error::QuorumBelowThree { venues: 2 }));
        assert!(Quorum::new(3, 0).is_ok());
        assert_eq!(Quorum::acknowledged(0, 0, QuorumBelowThree), Err(Error::QuorumZero));
        assert_eq!(Quorum::acknowledged(1, 0, QuorumBelowThree).unwrap().needed(Condition::Normal), 1);
    }

    #[test]
    fn ora_5_the_quorum_rises_while_the_feed_is_degraded() {
        let quorum = Quorum::new(3, 1).unwrap();
        assert_eq!((quorum.needed(Condition::Normal), quorum.needed(Condition::Degraded)), (3, 4));
    }
}

//! What an asset is worth, by whom, and whether that may be relied upon now.

use std::time::Duration;

use causeway_primitives::{FeedId, Price, RoundId};

/// A price as the oracle told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Valuation {
    /// Which feed.
    pub feed: FeedId,
    /// The round of the answer.
    pub round: RoundId,
    /// Of one whole token.
    pub price: Price,
    /// How old the answer was when it was told.
    pub age: Duration,
    /// Independent venues behind it.
    pub venues: u32,
}

/// What the oracle says of a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quote {
    /// It vouches for it.
    Fresh(Valuation),
    /// The answer on chain is older than its heartbeat.
    Stale,
    /// The feed's circuit breaker is open.
    Halted,
    /// There is no answer on chain.
    Missing,
    /// The oracle did not answer.
    Unreachable,
}

/// What a price must be like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// No older than this.
    pub max_age: Duration,
    /// From at least so many venues.
    pub min_venues: u32,
}

/// Why a request waits for a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unvalued {
    /// Too old.
    Stale,
    /// The oracle itself does not trust it.
    Halted,
    /// There is none, or from too few venues.
    Missing,
    /// Nobody could be asked.
    Unreachable,
}

/// Takes a price or says why not. There is no default for a price.
///
/// # Errors
/// [`Unvalued`].
pub fn value(quote: Quote, demand: Demand) -> Result<Valuation, Unvalued> {
    match quote {
        Quote::Fresh(valuation) if valuation.age > demand.max_age => Err(Unvalued::Stale),
        Quote::Fresh(valuation) if valuation.venues < demand.min_venues => Err(Unvalued::Missing),
        Quote::Fresh(valuation) => Ok(valuation),
        Quote::Stale => Err(Unvalued::Stale),
        Quote::Halted => Err(Unvalued::Halted),
        Quote::Missing => Err(Unvalued::Missing),
        Quote::Unreachable => Err(Unvalued::Unreachable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh(seconds: u64, venues: u32) -> Quote {
        Quote::Fresh(Valuation {
            feed: "eur-usd".parse().unwrap(),
            round: RoundId::new(1),
            price: "1.07".parse().unwrap(),
            age: Duration::from_secs(seconds),
            venues,
        })
    }

    #[test]
    fn tok_8_a_price_is_fresh_and_from_enough_venues_or_there_is_none() {
        let demand = Demand { max_age: Duration::from_secs(60), min_venues: 3 };
        let judge = |quote| value(quote, demand).map(drop);
        assert_eq!(judge(fresh(60, 3)), Ok(()));
        assert_eq!(judge(fresh(61, 3)), Err(Unvalued::Stale));
        assert_eq!(judge(fresh(1, 2)), Err(Unvalued::Missing));
        for (quote, why) in [
            (Quote::Stale, Unvalued::Stale),
            (Quote::Halted, Unvalued::Halted),
            (Quote::Missing, Unvalued::Missing),
            (Quote::Unreachable, Unvalued::Unreachable),
        ] {
            assert_eq!(judge(quote), Err(why));
        }
    }
}

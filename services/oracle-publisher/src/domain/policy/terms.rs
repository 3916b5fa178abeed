//! The settings of a feed as plain data, grouped by the rule that reads them. Units are in the types.
//!
//! [`Terms`] may hold nonsense; [`FeedPolicy`](super::FeedPolicy) is the same after it was checked.

use std::time::Duration;

use causeway_primitives::{Decimals, FeedId, Pair, Ppm};

use super::{Bounds, Quorum};
use crate::domain::{decide::Profile, observation::Weight};

/// When a new answer is worth a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trigger {
    /// Whose boundary semantics apply.
    pub profile: Profile,
    /// The deviation from the answer on chain that publishes.
    pub deviation: Ppm,
    /// The age that an answer on chain must not reach.
    pub heartbeat: Duration,
    /// How much earlier to publish, so that the transaction is mined before the heartbeat is over:
    /// one polling interval, two blocks and one retry is a good measure.
    pub lead: Duration,
}

/// When a word is too old, or from the future, or repeated for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// Longest time since receipt.
    pub max_age: Duration,
    /// Longest time since the venue's own stamp, where it gives one.
    pub max_venue_age: Duration,
    /// How far a venue's clock may run ahead of ours.
    pub max_future_skew: Duration,
    /// When an unchanged price is no price any more; `None` for markets that stand still for hours.
    pub frozen: Option<Frozen>,
}

/// A source is frozen when it repeats one price for long *and* the market has left that price: quiet
/// markets alone freeze nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frozen {
    /// How long the price must have stood still.
    pub after: Duration,
    /// How far the moving venues must have gone from it.
    pub market_move: Ppm,
}

/// When a venue's voice is not of this market: further from the median than a multiple of the median
/// absolute deviation, and further than the floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlier {
    /// The multiple; 3,000,000 is three times. At least one, so that the voices that make the median
    /// are never outliers.
    pub mad_multiple: Ppm,
    /// Distance from the median that is always tolerated. Needed where venues agree to the last digit
    /// (stablecoins), because there the median absolute deviation is zero.
    pub floor: Ppm,
}

/// A move so large that size alone is suspicious. It is published when every fresh voice confirms it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jump {
    /// The distance from the answer on chain from which on a move is a jump.
    pub threshold: Ppm,
    /// How many independent venues must show it.
    pub confirmations: usize,
}

/// How long a breaker stays open, and what closes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// How long nothing is tried after it opened.
    pub cooldown: Duration,
    /// Consecutive agreeing evaluations that close it again.
    pub agreeing: u32,
    /// The shortest time that these evaluations must span: without it, a burst of ticks within a
    /// millisecond would count as agreement over time.
    pub agreeing_for: Duration,
}

/// How a source loses its vote, and how it gets it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LifecyclePolicy {
    /// Bad findings until quarantine; the first makes it suspect.
    pub strikes: u32,
    /// Consecutive clean findings that clear a suspect.
    pub clears: u32,
    /// The first quarantine. Each further one within the window takes twice as long.
    pub quarantine: Duration,
    /// The longest quarantine.
    pub quarantine_cap: Duration,
    /// How long a quarantine is remembered.
    pub flapping_window: Duration,
    /// Consecutive clean findings in the shadow before it votes again.
    pub shadow_rounds: u32,
    /// Consecutive clean findings at reduced weight before its vote is whole.
    pub reduced_rounds: u32,
    /// What its vote is worth in between.
    pub reduced_weight: Weight,
}

/// All settings of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The feed.
    pub feed: FeedId,
    /// What is priced in what.
    pub pair: Pair,
    /// The decimals of its aggregator.
    pub decimals: Decimals,
    /// When a new answer is worth a transaction.
    pub trigger: Trigger,
    /// How many venues it takes.
    pub quorum: Quorum,
    /// When a word is too old.
    pub freshness: Freshness,
    /// When a voice is not of this market.
    pub outlier: Outlier,
    /// The largest distance between the lowest and the highest voice, relative to the median, at which
    /// the venues still agree.
    pub max_spread: Ppm,
    /// When a move needs everybody's word.
    pub jump: Jump,
    /// The range of answers.
    pub bounds: Bounds,
    /// How far a new answer must be from a sent but unmined one to replace it.
    pub pending_accept: Ppm,
    /// The feed's breaker.
    pub breaker: BreakerPolicy,
    /// The life cycle of its sources.
    pub lifecycle: LifecyclePolicy,
}

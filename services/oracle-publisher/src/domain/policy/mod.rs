//! What an operator decided about a feed: thresholds, limits and times, checked once and then trusted.

mod bounds;
mod feed;
mod quorum;
mod terms;

pub use bounds::{Bounds, Breach};
pub use feed::{Error, FeedPolicy};
pub use quorum::{Condition, Quorum, QuorumBelowThree};
pub use terms::{BreakerPolicy, Freshness, Frozen, Jump, LifecyclePolicy, Outlier, Terms, Trigger};

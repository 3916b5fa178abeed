//! The policy of a back-test: one recorded series, so one voice, and everything else as the service's defaults have it.

use std::time::Duration;

use causeway_primitives::{Decimals, FeedId, Pair, Ppm};

use crate::domain::{
    decide::Profile,
    observation::Weight,
    policy::{
        Bounds, BreakerPolicy, FeedPolicy, Freshness, Jump, LifecyclePolicy, Outlier, Quorum, QuorumBelowThree, Terms,
        Trigger,
    },
};

/// A history may stand still for a weekend.
const ANY_AGE: Duration = Duration::from_secs(366 * 24 * 3_600);

/// The policy; what is wrong with the arguments is said in words.
///
/// # Errors
/// What was expected.
pub fn backtest_policy(
    deviation_percent: &str,
    heartbeat: Duration,
    lead: Duration,
    decimals: u8,
) -> Result<FeedPolicy, String> {
    let deviation = Ppm::from_percent(deviation_percent).map_err(|error| error.to_string())?;
    let decimals = Decimals::new(decimals).map_err(|error| error.to_string())?;
    let feed: FeedId = "back-test".parse().map_err(|_| "an id".to_owned())?;
    let pair: Pair = "BASE/QUOTE".parse().map_err(|_| "a pair".to_owned())?;
    let quorum = Quorum::acknowledged(1, 0, QuorumBelowThree).map_err(|error| error.to_string())?;
    FeedPolicy::try_new(Terms {
        feed,
        pair,
        decimals,
        trigger: Trigger { profile: Profile::Causeway, deviation, heartbeat, lead },
        quorum,
        freshness: Freshness {
            max_age: ANY_AGE,
            max_venue_age: ANY_AGE,
            max_future_skew: Duration::ZERO,
            frozen: None,
        },
        outlier: Outlier { mad_multiple: Ppm::new(5_000_000), floor: Ppm::new(1_000) },
        max_spread: Ppm::WHOLE,
        // One voice cannot be confirmed by others: every move is the market's.
        jump: Jump { threshold: Ppm::new(u64::MAX), confirmations: 1 },
        bounds: Bounds::NONE,
        pending_accept: Ppm::new(u64::MAX),
        breaker: BreakerPolicy { cooldown: Duration::from_secs(60), agreeing: 1, agreeing_for: Duration::ZERO },
        lifecycle: LifecyclePolicy {
            strikes: 5,
            clears: 3,
            quarantine: Duration::from_secs(300),
            quarantine_cap: Duration::from_secs(300),
            flapping_window: Duration::from_secs(86_400),
            shadow_rounds: 1,
            reduced_rounds: 1,
            reduced_weight: Weight::FULL,
        },
    })
    .map_err(|error| error.to_string())
}

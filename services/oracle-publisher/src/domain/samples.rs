//! Values that the tests of this module start from, and change one thing of.

use std::time::Duration;

use causeway_primitives::{Answer, B256, Decimals, I256, Ppm, Price, RoundId, Timestamp};

use super::{
    aggregate::{Aggregate, Aggregation, Headcount, Outcome},
    decide::{Block, OnChain, Profile, Round},
    observation::{Observation, Standing, Weight},
    policy::{
        Bounds, BreakerPolicy, FeedPolicy, Freshness, Frozen, Jump, LifecyclePolicy, Outlier, Quorum, Terms, Trigger,
    },
    route::Route,
};

/// A wall-clock time so many seconds after an arbitrary start.
pub(crate) fn at(second: u64) -> Timestamp {
    Timestamp::from_secs(1_700_000_000 + second).unwrap()
}

pub(crate) fn price(text: &str) -> Price {
    text.parse().unwrap()
}

pub(crate) fn answer(value: i64) -> Answer {
    Answer::new(I256::try_from(value).unwrap())
}

/// 0.5 %, 60 s with 3 s of lead, three of any number of venues, MAD × 3 with a floor of 0.5 %, spread
/// 2 %, jump 10 %, 8 decimals.
pub(crate) fn terms() -> Terms {
    Terms {
        feed: "eth-usd".parse().unwrap(),
        pair: "ETH/USD".parse().unwrap(),
        decimals: Decimals::new(8).unwrap(),
        trigger: Trigger {
            profile: Profile::Causeway,
            deviation: Ppm::new(5_000),
            heartbeat: Duration::from_secs(60),
            lead: Duration::from_secs(3),
        },
        quorum: Quorum::new(3, 1).unwrap(),
        freshness: Freshness {
            max_age: Duration::from_secs(30),
            max_venue_age: Duration::from_secs(60),
            max_future_skew: Duration::from_secs(2),
            frozen: Some(Frozen { after: Duration::from_secs(20), market_move: Ppm::new(2_000) }),
        },
        outlier: Outlier { mad_multiple: Ppm::new(3_000_000), floor: Ppm::new(5_000) },
        max_spread: Ppm::new(20_000),
        jump: Jump { threshold: Ppm::new(100_000), confirmations: 3 },
        bounds: Bounds::NONE,
        pending_accept: Ppm::new(2_500),
        breaker: BreakerPolicy { cooldown: Duration::from_secs(60), agreeing: 3, agreeing_for: Duration::from_secs(4) },
        lifecycle: LifecyclePolicy {
            strikes: 3,
            clears: 2,
            quarantine: Duration::from_secs(100),
            quarantine_cap: Duration::from_secs(350),
            flapping_window: Duration::from_secs(10_000),
            shadow_rounds: 2,
            reduced_rounds: 3,
            reduced_weight: Weight::new(Ppm::new(250_000)).unwrap(),
        },
    }
}

pub(crate) fn policy() -> FeedPolicy {
    FeedPolicy::try_new(terms()).unwrap()
}

/// The sample policy with something changed.
pub(crate) fn policy_with(change: impl FnOnce(&mut Terms)) -> FeedPolicy {
    let mut terms = terms();
    change(&mut terms);
    FeedPolicy::try_new(terms).unwrap()
}

/// A fresh word with a full vote, from the venue `venue-<n>`.
pub(crate) fn word(venue: usize, text: &str) -> Observation {
    word_at(venue, price(text))
}

pub(crate) fn word_at(venue: usize, price: Price) -> Observation {
    Observation {
        source: format!("venue-{venue}-eth-usd").parse().unwrap(),
        venue: format!("venue-{venue}").parse().unwrap(),
        price,
        route: Route::direct(),
        venue_time: Some(at(0)),
        received_at: at(0),
        age: Duration::ZERO,
        unchanged_for: Duration::ZERO,
        standing: Standing::Active(Weight::FULL),
    }
}

/// Fresh words of as many venues.
pub(crate) fn words(prices: &[&str]) -> Vec<Observation> {
    prices.iter().enumerate().map(|(venue, text)| word(venue, text)).collect()
}

/// A price with impeccable credentials: five venues, no spread, nobody dissenting.
pub(crate) fn aggregate(text: &str) -> Aggregate {
    Aggregate {
        exact: price(text),
        price: price(text),
        answer: Answer::from_price(price(text), Decimals::new(8).unwrap()).unwrap_or(answer(1)),
        spread: Ppm::ZERO,
        voices: 5,
        dissenting: 0,
        as_of: at(0),
    }
}

/// The aggregation that such a price comes from.
pub(crate) fn agreed(aggregate: Aggregate) -> Aggregation {
    Aggregation {
        contributions: Vec::new(),
        headcount: Headcount { needed: 3, had: aggregate.voices },
        outcome: Outcome::Answer(aggregate),
    }
}

/// The feed with this answer, `age` seconds old at a block at second zero.
pub(crate) fn on_chain(latest: i64, age: u64) -> OnChain {
    let written = Timestamp::from_secs(1_700_000_000 - age).unwrap();
    let round = Round { id: RoundId::new(7), answer: answer(latest), started_at: written, updated_at: written };
    OnChain { block: Block { number: 1_000, hash: Some(B256::repeat_byte(0xb1)), time: at(0) }, latest: Some(round) }
}

/// The feed without a round.
pub(crate) fn empty_feed() -> OnChain {
    OnChain { block: Block { number: 1_000, hash: Some(B256::repeat_byte(0xb1)), time: at(0) }, latest: None }
}

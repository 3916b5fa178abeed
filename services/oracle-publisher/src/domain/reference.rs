//! The feed's own median against somebody who has no vote in it: an external reference.
//!
//! A reference never moves an answer and never stops one. It tells people that the venues that vote may be wrong
//! together, which no comparison among themselves can show. "Could not compare" is a verdict of its own: it neither
//! raises nor ends a deviation.

use std::{cmp::Ordering, time::Duration};

use causeway_primitives::{Answer, Ppm, Timestamp};

use super::exact::{compare_share, share_rounded_up};

/// When a reference is worth a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferencePolicy {
    /// A distance from the reference of at least this share of it is a deviation.
    pub deviation: Ppm,
    /// A reference that was not confirmed for longer than this says nothing.
    pub max_age: Duration,
    /// The deviation must last at least so long: a reference that is slower than the venues is late in every move.
    pub lasting: Duration,
}

/// Why nothing can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gap {
    /// The feed has no median now.
    NoMarket,
    /// The reference never gave a price.
    Silent,
    /// Its price is too old.
    Stale,
    /// Its price cannot be turned into the feed's now.
    Unconverted,
}

impl Gap {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoMarket => "no_market",
            Self::Silent => "silent",
            Self::Stale => "stale",
            Self::Unconverted => "unconverted",
        }
    }
}

/// What a comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Close enough.
    Agrees,
    /// Too far, for long enough.
    Deviates,
    /// Nothing to compare.
    Unknown(Gap),
}

impl Verdict {
    /// The label: metric label, event value and the state that people see.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Deviates => "deviates",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// What the reference says, in the feed's own units, and how long ago it last said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The price.
    pub answer: Answer,
    /// Its age.
    pub age: Duration,
}

/// What is remembered of one reference between two comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The last verdict.
    pub verdict: Verdict,
    /// Since when.
    pub since: Timestamp,
    /// The distance, rounded up; `None` when nothing was compared.
    pub distance: Option<Ppm>,
    /// Since when the distance is too large without a gap.
    beyond_since: Option<Timestamp>,
}

impl Standing {
    /// Nothing was ever heard.
    pub const fn new(now: Timestamp) -> Self {
        Self { verdict: Verdict::Unknown(Gap::Silent), since: now, distance: None, beyond_since: None }
    }
}

/// What one comparison makes of the standing.
pub fn next(
    before: &Standing,
    market: Option<Answer>,
    reading: Result<Reading, Gap>,
    now: Timestamp,
    policy: &ReferencePolicy,
) -> Standing {
    let reading = reading.and_then(|reading| if reading.age > policy.max_age { Err(Gap::Stale) } else { Ok(reading) });
    let (verdict, distance, beyond_since) = match (market, reading) {
        (_, Err(gap)) => (Verdict::Unknown(gap), None, None),
        (None, Ok(_)) => (Verdict::Unknown(Gap::NoMarket), None, None),
        (Some(market), Ok(reading)) => {
            let (part, whole) = (market.distance(reading.answer), reading.answer.magnitude());
            let distance = Some(share_rounded_up(part, whole));
            if compare_share(part, whole, policy.deviation) == Ordering::Less {
                (Verdict::Agrees, distance, None)
            } else {
                let since = before.beyond_since.unwrap_or(now);
                let lasts = before.verdict == Verdict::Deviates || now.since(since) >= policy.lasting;
                // A deviation that does not last yet is no agreement either: what was said before still holds.
                (if lasts { Verdict::Deviates } else { before.verdict }, distance, Some(since))
            }
        }
    };
    let since = if verdict == before.verdict { before.since } else { now };
    Standing { verdict, since, distance, beyond_since }
}

#[cfg(test)]
mod tests {
    use causeway_primitives::I256;
    use proptest::prelude::*;

    use super::*;

    const POLICY: ReferencePolicy = ReferencePolicy {
        deviation: Ppm::new(20_000),
        max_age: Duration::from_secs(60),
        lasting: Duration::from_secs(30),
    };

    fn at(second: u64) -> Timestamp {
        Timestamp::from_secs(second).unwrap()
    }

    fn answer(value: i64) -> Answer {
        Answer::new(I256::try_from(value).unwrap())
    }

    fn says(value: i64) -> Result<Reading, Gap> {
        Ok(Reading { answer: answer(value), age: Duration::from_secs(60) })
    }

    #[test]
    fn ora_5_a_deviation_of_exactly_the_threshold_counts_and_must_last() {
        let start = next(&Standing::new(at(0)), Some(answer(1_000_000)), says(1_000_000), at(1), &POLICY);
        assert_eq!((start.verdict, start.since, start.distance), (Verdict::Agrees, at(1), Some(Ppm::ZERO)));
        let near = next(&start, Some(answer(1_019_999)), says(1_000_000), at(2), &POLICY);
        assert_eq!((near.verdict, near.distance), (Verdict::Agrees, Some(Ppm::new(19_999))));
        let far = next(&near, Some(answer(1_020_000)), says(1_000_000), at(10), &POLICY);
        assert_eq!((far.verdict, far.distance), (Verdict::Agrees, Some(Ppm::new(20_000))), "not for long enough");
        let early = next(&far, Some(answer(980_000)), says(1_000_000), at(39), &POLICY);
        assert_eq!(early.verdict, Verdict::Agrees);
        let lasting = next(&early, Some(answer(980_000)), says(1_000_000), at(40), &POLICY);
        assert_eq!((lasting.verdict, lasting.since), (Verdict::Deviates, at(40)));
        let over = next(&lasting, Some(answer(1_000_000)), says(1_000_000), at(41), &POLICY);
        assert_eq!((over.verdict, over.since), (Verdict::Agrees, at(41)));
    }

    #[test]
    fn ora_5_what_cannot_be_compared_is_neither_agreement_nor_deviation() {
        let before = Standing::new(at(0));
        let old = Ok(Reading { answer: answer(1), age: Duration::from_millis(60_001) });
        for (market, reading, gap) in [
            (None, says(1), Gap::NoMarket),
            (Some(answer(1)), Err(Gap::Silent), Gap::Silent),
            (Some(answer(1)), Err(Gap::Unconverted), Gap::Unconverted),
            (Some(answer(1)), old, Gap::Stale),
        ] {
            let after = next(&before, market, reading, at(100), &POLICY);
            assert_eq!((after.verdict, after.distance), (Verdict::Unknown(gap), None));
        }
        let far = next(&before, Some(answer(2)), says(1), at(1), &POLICY);
        let gap = next(&far, None, says(1), at(20), &POLICY);
        let again = next(&gap, Some(answer(2)), says(1), at(31), &POLICY);
        assert_ne!(again.verdict, Verdict::Deviates, "a gap begins the wait anew");
    }

    proptest! {
        #[test]
        fn ora_9_the_comparison_is_exact_for_every_pair(market in 1..i64::MAX, reference in 1..i64::MAX) {
            let sure = ReferencePolicy { lasting: Duration::ZERO, ..POLICY };
            let after = next(&Standing::new(at(0)), Some(answer(market)), says(reference), at(1), &sure);
            let distance = i128::from(market).abs_diff(i128::from(reference));
            let deviates = distance * 1_000_000 >= 20_000 * u128::try_from(reference).unwrap();
            prop_assert_eq!(after.verdict == Verdict::Deviates, deviates);
        }
    }
}

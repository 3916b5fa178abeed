//! The first look at each word on its own: is it recent, can it be converted, may its source vote.
//! Sorts by venue and source, so that nothing after it depends on the order of arrival.

use causeway_primitives::{Price, Timestamp, U256};

use super::{Contribution, Exclusion, Flaw, Verdict};
use crate::domain::{
    exact::{Grid, distance, share_rounded_up},
    observation::{Observation, Standing, Weight},
    policy::Freshness,
    route::{Conversions, ConvertError},
};

/// A word under examination.
#[derive(Debug)]
pub(super) struct Candidate<'a> {
    pub(super) observation: &'a Observation,
    pub(super) converted: Option<Price>,
    /// The converted price on the round's grid; zero when there is none.
    pub(super) units: U256,
    pub(super) flaw: Option<Flaw>,
    pub(super) verdict: Verdict,
}

impl Candidate<'_> {
    /// The weight of its vote; `None` when it has none.
    pub(super) fn vote(&self) -> Option<Weight> {
        match (self.verdict.is_counted(), self.observation.standing) {
            (true, Standing::Active(weight)) => Some(weight),
            (true, Standing::Shadow | Standing::Inactive(_)) | (false, _) => None,
        }
    }

    /// Notes what is wrong with it, and takes its vote if it had one. The first flaw found stays.
    pub(super) fn fault(&mut self, flaw: Flaw) {
        self.flaw.get_or_insert(flaw);
        self.silence(flaw);
    }

    /// Takes its vote if it had one, without blaming it.
    pub(super) fn silence(&mut self, flaw: Flaw) {
        if self.verdict.is_counted() {
            self.verdict = Verdict::Excluded(Exclusion::Flawed(flaw));
        }
    }

    /// The record of it, once the median is known.
    pub(super) fn into_contribution(self, centre: Option<U256>) -> Contribution {
        let from_centre = |centre| share_rounded_up(distance(self.units, centre), centre);
        Contribution {
            source: self.observation.source.clone(),
            venue: self.observation.venue.clone(),
            standing: self.observation.standing,
            quoted: self.observation.price,
            converted: self.converted,
            verdict: self.verdict,
            flaw: self.flaw,
            distance: self.converted.and(centre).map(from_centre),
        }
    }
}

/// Every word with the first look's verdict, ordered by venue, source and age.
pub(super) fn screen<'a>(
    freshness: &Freshness,
    now: Timestamp,
    observations: &'a [Observation],
    conversions: &Conversions,
) -> Vec<Candidate<'a>> {
    let mut candidates: Vec<Candidate<'a>> =
        observations.iter().map(|observation| examine(freshness, now, observation, conversions)).collect();
    let grid = Grid::over(candidates.iter().filter_map(|candidate| candidate.converted));
    for candidate in &mut candidates {
        candidate.units = candidate.converted.map_or(U256::ZERO, |price| grid.units(price));
    }
    candidates.sort_unstable_by(|a, b| order(a.observation, b.observation));
    supersede(&mut candidates);
    candidates
}

fn examine<'a>(
    freshness: &Freshness,
    now: Timestamp,
    observation: &'a Observation,
    conversions: &Conversions,
) -> Candidate<'a> {
    let converted = observation.route.convert(observation.price, conversions);
    let conversion_flaw = converted.as_ref().err().map(|error| match error {
        ConvertError::Unavailable(_) => Flaw::ConversionUnavailable,
        ConvertError::OutOfRange => Flaw::ConversionOutOfRange,
    });
    let flaw = age_flaw(freshness, now, observation).or(conversion_flaw);
    let barred = match observation.standing {
        Standing::Active(_) => flaw.map(Exclusion::Flawed),
        Standing::Shadow => Some(Exclusion::Shadow),
        Standing::Inactive(inactive) => Some(Exclusion::Inactive(inactive)),
    };
    Candidate {
        observation,
        converted: converted.ok(),
        units: U256::ZERO,
        flaw,
        verdict: barred.map_or(Verdict::Counted, Verdict::Excluded),
    }
}

/// The limits are inclusive: a word exactly as old as allowed is allowed.
fn age_flaw(freshness: &Freshness, now: Timestamp, observation: &Observation) -> Option<Flaw> {
    if let Some(venue_time) = observation.venue_time {
        if venue_time.since(now) > freshness.max_future_skew {
            return Some(Flaw::Future);
        }
        if now.since(venue_time) > freshness.max_venue_age {
            return Some(Flaw::VenueStale);
        }
    }
    (observation.age > freshness.max_age).then_some(Flaw::Stale)
}

/// A total order on everything that distinguishes two words, so that no permutation can be seen.
fn order(a: &Observation, b: &Observation) -> std::cmp::Ordering {
    let by_source = (&a.venue, &a.source, a.age).cmp(&(&b.venue, &b.source, b.age));
    by_source.then_with(|| (a.price, a.venue_time, a.received_at).cmp(&(b.price, b.venue_time, b.received_at)))
}

/// Of several words of one source only the youngest counts.
fn supersede(candidates: &mut [Candidate<'_>]) {
    for words in candidates.chunk_by_mut(|a, b| a.observation.source == b.observation.source) {
        for older in words.iter_mut().skip(1) {
            older.verdict = Verdict::Excluded(Exclusion::Superseded);
        }
    }
}

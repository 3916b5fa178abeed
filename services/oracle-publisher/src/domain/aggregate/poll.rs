//! Votes and their median. A venue has one vote, however many sources it has.

use std::{cmp::Ordering, ops::Range};

use causeway_primitives::{Price, U256};

use super::{Flaw, Verdict, screen::Candidate};
use crate::domain::{
    exact::{compare_share, distance, middle},
    observation::Weight,
    policy::Outlier,
};

/// A price in a vote.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ballot {
    /// On the round's grid.
    pub(super) units: U256,
    pub(super) price: Price,
    pub(super) weight: Weight,
}

/// A venue's one vote, and the candidates that it was made of.
#[derive(Debug)]
pub(super) struct Vote {
    pub(super) members: Range<usize>,
    pub(super) ballot: Ballot,
}

/// A point between the voices.
#[derive(Debug, Clone, Copy)]
pub(super) struct Centre {
    pub(super) units: U256,
    pub(super) price: Price,
}

/// One vote for each venue with an eligible source: the median of its eligible sources, with the
/// weight of the weightiest of them. Candidates are ordered by venue.
pub(super) fn poll(candidates: &[Candidate<'_>], eligible: impl Fn(&Candidate<'_>) -> Option<Weight>) -> Vec<Vote> {
    let mut votes = Vec::with_capacity(candidates.len());
    let mut ballots = Vec::with_capacity(candidates.len());
    let mut start = 0_usize;
    for venue in candidates.chunk_by(|a, b| a.observation.venue == b.observation.venue) {
        let end = start.saturating_add(venue.len());
        ballots.clear();
        ballots.extend(venue.iter().filter_map(|candidate| {
            let (price, weight) = (candidate.converted?, eligible(candidate)?);
            Some(Ballot { units: candidate.units, price, weight })
        }));
        let weight = ballots.iter().map(|ballot| ballot.weight).max();
        if let (Some(weight), Some(centre)) = (weight, median(&mut ballots)) {
            let ballot = Ballot { units: centre.units, price: centre.price, weight };
            votes.push(Vote { members: start..end, ballot });
        }
        start = end;
    }
    votes
}

/// The weighted median: the voice at which half of all weight is reached. Where a voice reaches the
/// half exactly, the mean of it and the next; so equal weights give the plain median. Sorts in place.
pub(super) fn median(ballots: &mut [Ballot]) -> Option<Centre> {
    ballots.sort_unstable_by_key(|ballot| ballot.units);
    let total = ballots.iter().fold(0_u64, |sum, ballot| sum.saturating_add(ballot.weight.share().get()));
    let mut reached = 0_u64;
    let mut upwards = ballots.iter().peekable();
    while let Some(low) = upwards.next() {
        reached = reached.saturating_add(low.weight.share().get());
        let high = match reached.saturating_mul(2).cmp(&total) {
            Ordering::Less => continue,
            Ordering::Equal => upwards.peek().copied().unwrap_or(low),
            Ordering::Greater => low,
        };
        return Some(Centre { units: middle(low.units, high.units), price: low.price.midpoint(high.price) });
    }
    None
}

/// Which voices are not of this market.
///
/// A band of standard deviations cannot find one bad voice of five: the distance of a single outlier
/// is exactly √(n−1) standard deviations, two for n = 5, so a filter at two never fires. The median
/// absolute deviation is not moved by the outlier that it is to find.
#[derive(Debug)]
pub(super) struct Limit {
    centre: U256,
    deviation: U256,
    rule: Outlier,
}

impl Limit {
    pub(super) fn around(centre: U256, ballots: &[Ballot], rule: Outlier) -> Self {
        let mut distances: Vec<U256> = ballots.iter().map(|ballot| distance(ballot.units, centre)).collect();
        distances.sort_unstable();
        let upper = distances.len() / 2;
        let lower = if distances.len().is_multiple_of(2) { upper.saturating_sub(1) } else { upper };
        let deviation = match (distances.get(lower), distances.get(upper)) {
            (Some(low), Some(high)) => middle(*low, *high),
            (_, _) => U256::ZERO,
        };
        Self { centre, deviation, rule }
    }

    /// True beyond both the multiple of the deviation and the floor. The limit itself is allowed.
    pub(super) fn is_outlier(&self, units: U256) -> bool {
        let from_centre = distance(units, self.centre);
        compare_share(from_centre, self.deviation, self.rule.mad_multiple) == Ordering::Greater
            && compare_share(from_centre, self.centre, self.rule.floor) == Ordering::Greater
    }
}

/// Takes outliers out of the vote and returns those that stay. Where a venue's voice is the median of
/// several sources, all of them lose the vote, but only those that are themselves too far are blamed.
pub(super) fn reject_outliers<'v>(
    limit: &Limit,
    votes: &'v [Vote],
    candidates: &mut [Candidate<'_>],
) -> Vec<&'v Ballot> {
    let mut accepted = Vec::with_capacity(votes.len());
    for vote in votes {
        if limit.is_outlier(vote.ballot.units) {
            for member in candidates.get_mut(vote.members.clone()).unwrap_or_default() {
                member.silence(Flaw::Outlier);
            }
        } else {
            accepted.push(&vote.ballot);
        }
    }
    // Also of sources without a vote: that is what they are judged by before they get it back.
    for candidate in candidates.iter_mut().filter(|candidate| candidate.converted.is_some() && candidate.flaw.is_none())
    {
        if limit.is_outlier(candidate.units) && !candidate.verdict.is_counted() {
            candidate.flaw = Some(Flaw::Outlier);
        }
    }
    accepted
}

/// Marks the sources that share their venue's voice.
pub(super) fn mark_merged(votes: &[Vote], candidates: &mut [Candidate<'_>]) {
    for vote in votes {
        let Some(members) = candidates.get_mut(vote.members.clone()) else { continue };
        if members.iter().filter(|member| member.verdict.is_counted()).count() > 1 {
            for member in members.iter_mut().filter(|member| member.verdict.is_counted()) {
                member.verdict = Verdict::Merged;
            }
        }
    }
}

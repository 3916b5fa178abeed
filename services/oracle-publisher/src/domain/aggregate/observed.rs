//! A feed of venues: screen, find the frozen, let venues vote, find outliers, count heads.

use causeway_primitives::{Answer, Decimals, Ppm, Price, Timestamp, U256};

use super::{
    Aggregate, Aggregation, Headcount, NoAnswer, Outcome,
    frozen::reject_frozen,
    poll::{Ballot, Centre, Limit, mark_merged, median, poll, reject_outliers},
    screen::{Candidate, screen},
};
use crate::domain::{
    exact::share_rounded_up,
    observation::Observation,
    policy::{Condition, FeedPolicy},
    route::Conversions,
};

/// The price of a feed, from what its sources said.
///
/// The result does not depend on the order of `observations`, and names every one of them.
pub fn aggregate(
    policy: &FeedPolicy,
    now: Timestamp,
    condition: Condition,
    observations: &[Observation],
    conversions: &Conversions,
) -> Aggregation {
    let terms = policy.terms();
    let needed = terms.quorum.needed(condition);
    let mut candidates = screen(&terms.freshness, now, observations, conversions);
    if let Some(rule) = &terms.freshness.frozen {
        reject_frozen(rule, terms.quorum.needed(Condition::Normal), &mut candidates);
    }
    let votes = poll(&candidates, |candidate| candidate.vote());
    let mut ballots: Vec<Ballot> = votes.iter().map(|vote| vote.ballot).collect();
    let Some(centre) = median(&mut ballots) else {
        return conclude(candidates, None, Headcount { needed, had: 0 }, Err(NoAnswer::NothingUsable));
    };
    let limit = Limit::around(centre.units, &ballots, terms.outlier);
    let accepted = reject_outliers(&limit, &votes, &mut candidates);
    mark_merged(&votes, &mut candidates);

    let full = |ballot: &&Ballot| ballot.weight.is_full();
    let headcount = Headcount { needed, had: accepted.iter().copied().filter(full).count() };
    let outcome = if headcount.had >= needed {
        let voices = Voices {
            spread: spread(&accepted, centre.units),
            counted: headcount.had,
            dissenting: votes.len().saturating_sub(accepted.len()),
            as_of: newest(&candidates),
        };
        credentials(centre, terms.decimals, voices)
    } else if ballots.iter().filter(full).count() >= needed {
        Err(NoAnswer::NoQuorumWithoutOutliers)
    } else {
        Err(NoAnswer::NoQuorum)
    };
    conclude(candidates, Some(centre.units), headcount, outcome)
}

fn conclude(
    candidates: Vec<Candidate<'_>>,
    centre: Option<U256>,
    headcount: Headcount,
    outcome: Result<Aggregate, NoAnswer>,
) -> Aggregation {
    Aggregation {
        contributions: candidates.into_iter().map(|candidate| candidate.into_contribution(centre)).collect(),
        headcount,
        outcome: outcome.map_or_else(Outcome::NoAnswer, Outcome::Answer),
    }
}

/// What is known of the voices behind a price.
struct Voices {
    spread: Ppm,
    counted: usize,
    dissenting: usize,
    as_of: Timestamp,
}

fn credentials(centre: Centre, decimals: Decimals, voices: Voices) -> Result<Aggregate, NoAnswer> {
    let (price, answer) = rounded(centre.price, decimals)?;
    Ok(Aggregate {
        exact: centre.price,
        price,
        answer,
        spread: voices.spread,
        voices: voices.counted,
        dissenting: voices.dissenting,
        as_of: voices.as_of,
    })
}

/// A price at the feed's decimals, and the integer that it is there.
pub(super) fn rounded(exact: Price, decimals: Decimals) -> Result<(Price, Answer), NoAnswer> {
    let price = exact.round(u32::from(decimals.get())).ok_or(NoAnswer::Unrepresentable)?;
    let answer = Answer::from_price(price, decimals).map_err(|_| NoAnswer::Unrepresentable)?;
    Ok((price, answer))
}

fn spread(accepted: &[&Ballot], centre: U256) -> Ppm {
    let units = || accepted.iter().map(|ballot| ballot.units);
    let (low, high) = (units().min().unwrap_or_default(), units().max().unwrap_or_default());
    share_rounded_up(high.saturating_sub(low), centre)
}

fn newest(candidates: &[Candidate<'_>]) -> Timestamp {
    let counted = candidates.iter().filter(|candidate| candidate.verdict.is_counted());
    counted.map(|candidate| candidate.observation.as_of()).max().unwrap_or(Timestamp::EPOCH)
}

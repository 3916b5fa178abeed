//! What the evidence is worth, apart from whether a transaction is due: the part of the decision that
//! the breaker listens to.

use std::cmp::Ordering;

use super::{OnChain, RefuseReason};
use crate::domain::{
    aggregate::{Aggregate, Aggregation, NoAnswer, Outcome},
    exact::compare_share,
    policy::{Breach, FeedPolicy},
};

/// What the evidence is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assessment {
    /// An answer that may be published as far as the market is concerned.
    Agreement,
    /// No answer: neither for nor against.
    Unknown(NoAnswer),
    /// An answer that must not be published.
    Suspicious(RefuseReason),
}

impl Assessment {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agreement => "agreement",
            Self::Unknown(reason) => reason.as_str(),
            Self::Suspicious(reason) => reason.as_str(),
        }
    }
}

/// Looks at the evidence: range first, then agreement, then the size of the move.
pub fn assess(policy: &FeedPolicy, on_chain: &OnChain, aggregation: &Aggregation) -> Assessment {
    match &aggregation.outcome {
        Outcome::Answer(aggregate) => {
            suspicion(policy, on_chain, aggregate).map_or(Assessment::Agreement, Assessment::Suspicious)
        }
        Outcome::NoAnswer(NoAnswer::Unrepresentable) => Assessment::Suspicious(RefuseReason::Unrepresentable),
        Outcome::NoAnswer(
            reason @ (NoAnswer::NothingUsable
            | NoAnswer::NoQuorum
            | NoAnswer::NoQuorumWithoutOutliers
            | NoAnswer::InputUnavailable),
        ) => Assessment::Unknown(*reason),
    }
}

fn suspicion(policy: &FeedPolicy, on_chain: &OnChain, aggregate: &Aggregate) -> Option<RefuseReason> {
    let terms = policy.terms();
    if !aggregate.answer.is_positive() {
        return Some(RefuseReason::NotPositive);
    }
    match terms.bounds.breach(aggregate.answer) {
        Some(Breach::Below(_)) => return Some(RefuseReason::BelowMinimum),
        Some(Breach::Above(_)) => return Some(RefuseReason::AboveMaximum),
        None => {}
    }
    if aggregate.spread > terms.max_spread {
        return Some(RefuseReason::Disagreement);
    }
    let confirmed = aggregate.dissenting == 0 && aggregate.voices >= terms.jump.confirmations;
    (jumps(policy, on_chain, aggregate) && !confirmed).then_some(RefuseReason::UnconfirmedJump)
}

/// An answer on chain of zero or below is no price, so nothing jumps from it.
fn jumps(policy: &FeedPolicy, on_chain: &OnChain, aggregate: &Aggregate) -> bool {
    let Some(round) = on_chain.latest.filter(|round| round.answer.is_positive()) else {
        return false;
    };
    let move_size = round.answer.distance(aggregate.answer);
    compare_share(move_size, round.answer.magnitude(), policy.terms().jump.threshold) != Ordering::Less
}

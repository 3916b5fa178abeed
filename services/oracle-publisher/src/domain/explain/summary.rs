//! The whole decision in one sentence.

use super::words::{from_chain, percent, price, seconds, venues};
use crate::domain::{
    aggregate::NoAnswer,
    decide::{Decision, HoldReason, PublishReason, RefuseReason},
    evaluation::{Evaluation, Inputs},
    policy::FeedPolicy,
};

pub(super) fn summary(policy: &FeedPolicy, inputs: &Inputs, evaluation: &Evaluation) -> String {
    let pair = &policy.terms().pair;
    match evaluation.decision {
        Decision::Publish { answer, reason } => {
            let why = published(policy, inputs, evaluation, reason);
            format!("published {} for {pair}: {why}", price(policy, answer))
        }
        Decision::Hold(reason) => format!("held {pair}: {}", held(policy, evaluation, reason)),
        Decision::Refuse(reason) => format!("refused {pair}: {}", refused(policy, evaluation, reason)),
    }
}

fn published(policy: &FeedPolicy, inputs: &Inputs, evaluation: &Evaluation, reason: PublishReason) -> String {
    let trigger = policy.terms().trigger;
    let (Some(round), Some(candidate)) = (&inputs.on_chain.latest, evaluation.aggregation.answer()) else {
        return "it is the first round".to_owned();
    };
    match reason {
        PublishReason::FirstRound => "it is the first round".to_owned(),
        PublishReason::Deviation if !round.answer.is_positive() => {
            format!("the answer on chain, {}, is no price", round.answer)
        }
        PublishReason::Deviation => format!(
            "it is {}, the threshold is {}",
            from_chain(policy, round.answer, candidate.answer),
            percent(trigger.deviation),
        ),
        PublishReason::Heartbeat => format!(
            "the answer on chain is {} old, and the heartbeat is {}",
            seconds(inputs.on_chain.block.time.since(round.updated_at)),
            seconds(trigger.heartbeat),
        ),
    }
}

fn held(policy: &FeedPolicy, evaluation: &Evaluation, reason: HoldReason) -> String {
    match reason {
        HoldReason::NoAnswer(reason) => no_answer(evaluation, reason),
        HoldReason::BreakerOpen => "the breaker is open".to_owned(),
        HoldReason::BreakerHalfOpen => "the breaker waits for the venues to agree for a while".to_owned(),
        HoldReason::WithinThreshold => {
            format!("the market is within {} and the heartbeat is not due", percent(policy.terms().trigger.deviation))
        }
        HoldReason::PendingCovers => "a transaction with an answer this close is pending".to_owned(),
        HoldReason::NotNewer => "nothing newer than the round on chain was heard".to_owned(),
    }
}

fn no_answer(evaluation: &Evaluation, reason: NoAnswer) -> String {
    let heads = evaluation.aggregation.headcount;
    match reason {
        NoAnswer::NothingUsable => "no source had a usable price".to_owned(),
        NoAnswer::NoQuorum => format!("{} of {} needed had a usable price", venues(heads.had), heads.needed),
        NoAnswer::NoQuorumWithoutOutliers => {
            format!("without outliers only {} of {} needed are left", venues(heads.had), heads.needed)
        }
        NoAnswer::InputUnavailable => "a feed that it is derived from has no price".to_owned(),
        NoAnswer::Unrepresentable => "the price does not fit the decimals of the feed".to_owned(),
    }
}

fn refused(policy: &FeedPolicy, evaluation: &Evaluation, reason: RefuseReason) -> String {
    let value = evaluation.aggregation.answer().map_or_else(String::new, |answer| price(policy, answer.answer));
    match reason {
        RefuseReason::NotPositive => format!("{value} is not above zero"),
        RefuseReason::Unrepresentable => "the price does not fit the decimals of the feed".to_owned(),
        RefuseReason::BelowMinimum => format!("{value} is below the smallest answer allowed"),
        RefuseReason::AboveMaximum => format!("{value} is above the largest answer allowed"),
        RefuseReason::Disagreement => {
            let spread = evaluation.aggregation.answer().map_or_else(String::new, |answer| percent(answer.spread));
            format!("the venues are {spread} apart, at most {} is allowed", percent(policy.terms().max_spread))
        }
        RefuseReason::UnconfirmedJump => {
            format!("a jump to {value} is not confirmed by every venue")
        }
    }
}

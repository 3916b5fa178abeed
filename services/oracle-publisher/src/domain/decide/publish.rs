//! The decision itself.

use causeway_primitives::{Answer, Ppm};

use super::{Assessment, Decision, HoldReason, OnChain, Pending, PublishReason, RefuseReason, assess};
use crate::domain::{
    aggregate::{Aggregate, Aggregation, NoAnswer, Outcome},
    breaker::{Breaker, Position},
    policy::{FeedPolicy, Trigger},
};

/// Publish, hold or refuse.
///
/// `breaker` is the state *after* this evaluation's assessment. In order: no answer; an answer that must
/// not go out; a breaker that is not closed; no reason to publish; a pending transaction that says the
/// same. An operator who forced the breaker closed overrides disagreement and jumps, never the bounds.
pub fn decide(
    policy: &FeedPolicy,
    on_chain: &OnChain,
    aggregation: &Aggregation,
    breaker: &Breaker,
    pending: Option<&Pending>,
) -> Decision {
    let candidate = match &aggregation.outcome {
        Outcome::Answer(aggregate) => aggregate,
        Outcome::NoAnswer(NoAnswer::Unrepresentable) => return Decision::Refuse(RefuseReason::Unrepresentable),
        Outcome::NoAnswer(reason) => return Decision::Hold(HoldReason::NoAnswer(*reason)),
    };
    if let Assessment::Suspicious(reason) = assess(policy, on_chain, aggregation)
        && !overridden(reason, breaker)
    {
        return Decision::Refuse(reason);
    }
    match breaker.effective() {
        Position::Open => return Decision::Hold(HoldReason::BreakerOpen),
        Position::HalfOpen => return Decision::Hold(HoldReason::BreakerHalfOpen),
        Position::Closed => {}
    }
    match reason_to_publish(&policy.terms().trigger, on_chain, candidate) {
        Err(reason) => Decision::Hold(reason),
        Ok(_) if covers(policy, pending, candidate.answer) => Decision::Hold(HoldReason::PendingCovers),
        Ok(reason) => Decision::Publish { answer: candidate.answer, reason },
    }
}

/// What an operator may decide against the evidence: whether the venues are believed. What a contract
/// would refuse, or what no consumer could use, nobody can decide.
fn overridden(reason: RefuseReason, breaker: &Breaker) -> bool {
    match reason {
        RefuseReason::Disagreement | RefuseReason::UnconfirmedJump => breaker.is_forced_closed(),
        RefuseReason::NotPositive
        | RefuseReason::Unrepresentable
        | RefuseReason::BelowMinimum
        | RefuseReason::AboveMaximum => false,
    }
}

fn reason_to_publish(
    trigger: &Trigger,
    on_chain: &OnChain,
    candidate: &Aggregate,
) -> Result<PublishReason, HoldReason> {
    let Some(round) = &on_chain.latest else {
        return Ok(PublishReason::FirstRound);
    };
    if !trigger.profile.accepts(round, candidate.as_of) {
        return Err(HoldReason::NotNewer);
    }
    if trigger.profile.deviates(round.answer, candidate.answer, trigger.deviation) {
        return Ok(PublishReason::Deviation);
    }
    let after = trigger.heartbeat.saturating_sub(trigger.lead);
    if trigger.profile.is_due(round, on_chain.block.time, candidate.as_of, after) {
        return Ok(PublishReason::Heartbeat);
    }
    Err(HoldReason::WithinThreshold)
}

/// Whether a sent answer makes this one superfluous. The same answer is never sent twice, whatever the
/// threshold; a threshold of zero lets every other one through.
pub(in crate::domain) fn covers(policy: &FeedPolicy, pending: Option<&Pending>, answer: Answer) -> bool {
    let terms = policy.terms();
    let accept = terms.pending_accept;
    pending.is_some_and(|sent| {
        let close = accept > Ppm::ZERO && !terms.trigger.profile.deviates(sent.answer, answer, accept);
        sent.answer == answer || close
    })
}

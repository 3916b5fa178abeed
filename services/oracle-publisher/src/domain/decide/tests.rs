//! The order of the rules, by example.

use causeway_primitives::Ppm;

use super::*;
use crate::domain::{
    aggregate::{Aggregate, Aggregation, Headcount, NoAnswer, Outcome},
    breaker::{Breaker, Forced, State},
    policy::{Bounds, FeedPolicy},
    samples::{self, aggregate, agreed, answer, empty_feed, on_chain},
};

/// 100 at 8 decimals.
const HUNDRED: i64 = 10_000_000_000;

fn decided(policy: &FeedPolicy, chain: &OnChain, candidate: Aggregate) -> Decision {
    decide(policy, chain, &agreed(candidate), &Breaker::CLOSED, None)
}

fn publishes(price: &str, reason: PublishReason) -> Decision {
    Decision::Publish { answer: aggregate(price).answer, reason }
}

#[test]
fn ora_3_publishes_from_the_threshold_on_and_holds_below() {
    let policy = samples::policy();
    let at = |price: &str| decided(&policy, &on_chain(HUNDRED, 0), aggregate(price));
    assert_eq!(at("100.5"), publishes("100.5", PublishReason::Deviation));
    assert_eq!(at("99.5"), publishes("99.5", PublishReason::Deviation));
    assert_eq!(at("100.49999999"), Decision::Hold(HoldReason::WithinThreshold));
    assert_eq!(at("99.50000001"), Decision::Hold(HoldReason::WithinThreshold));
}

#[test]
fn ora_3_the_heartbeat_is_block_time_less_the_lead() {
    let policy = samples::policy();
    let at_age = |age| decided(&policy, &on_chain(HUNDRED, age), aggregate("100"));
    assert_eq!(at_age(56), Decision::Hold(HoldReason::WithinThreshold));
    assert_eq!(at_age(57), publishes("100", PublishReason::Heartbeat));
}

#[test]
fn ora_3_an_answer_on_chain_that_is_no_price_is_replaced() {
    for broken in [0, -1, i64::MIN] {
        let decision = decided(&samples::policy(), &on_chain(broken, 0), aggregate("100"));
        assert_eq!(decision, publishes("100", PublishReason::Deviation), "{broken}");
    }
}

#[test]
fn ora_11_an_empty_feed_gets_its_first_round() {
    let decision = decided(&samples::policy(), &empty_feed(), aggregate("100"));
    assert_eq!(decision, publishes("100", PublishReason::FirstRound));
}

#[test]
fn ora_9_zero_negative_and_out_of_bounds_are_refused_and_never_clamped() {
    let bounds = Bounds { min: Some(answer(HUNDRED)), max: Some(answer(HUNDRED + 1)) };
    let policy = samples::policy_with(|terms| terms.bounds = bounds);
    let of = |value| decided(&policy, &empty_feed(), Aggregate { answer: answer(value), ..aggregate("100") });
    assert_eq!(of(0), Decision::Refuse(RefuseReason::NotPositive));
    assert_eq!(of(-HUNDRED), Decision::Refuse(RefuseReason::NotPositive));
    assert_eq!(of(HUNDRED - 1), Decision::Refuse(RefuseReason::BelowMinimum));
    assert_eq!(of(HUNDRED + 2), Decision::Refuse(RefuseReason::AboveMaximum));
    for allowed in [HUNDRED, HUNDRED + 1] {
        let expected = Decision::Publish { answer: answer(allowed), reason: PublishReason::FirstRound };
        assert_eq!(of(allowed), expected);
    }
}

#[test]
fn ora_5_venues_too_far_apart_are_refused() {
    let spread = |ppm| Aggregate { spread: Ppm::new(ppm), ..aggregate("101") };
    let decided = |ppm| decided(&samples::policy(), &on_chain(HUNDRED, 0), spread(ppm));
    assert_eq!(decided(20_000), publishes("101", PublishReason::Deviation), "the limit itself is allowed");
    assert_eq!(decided(20_001), Decision::Refuse(RefuseReason::Disagreement));
}

#[test]
fn ora_5_a_jump_is_published_when_every_fresh_voice_confirms_it() {
    let crash = |voices, dissenting| {
        let candidate = Aggregate { voices, dissenting, ..aggregate("70") };
        decided(&samples::policy(), &on_chain(HUNDRED, 0), candidate)
    };
    assert_eq!(crash(5, 0), publishes("70", PublishReason::Deviation));
    assert_eq!(crash(5, 1), Decision::Refuse(RefuseReason::UnconfirmedJump));
    assert_eq!(crash(2, 0), Decision::Refuse(RefuseReason::UnconfirmedJump));
}

#[test]
fn ora_5_a_jump_begins_at_its_threshold_and_nothing_jumps_from_a_broken_answer() {
    let dissent = |price: &str, chain: &OnChain| {
        decided(&samples::policy(), chain, Aggregate { dissenting: 1, ..aggregate(price) }).kind()
    };
    assert_eq!(dissent("109.99999999", &on_chain(HUNDRED, 0)), "publish");
    assert_eq!(dissent("110", &on_chain(HUNDRED, 0)), "refuse");
    assert_eq!(dissent("90", &on_chain(HUNDRED, 0)), "refuse");
    assert_eq!(dissent("110", &on_chain(0, 0)), "publish");
    assert_eq!(dissent("110", &empty_feed()), "publish");
}

#[test]
fn holds_when_quorum_is_missing() {
    let none = |reason| Aggregation {
        contributions: Vec::new(),
        headcount: Headcount { needed: 3, had: 2 },
        outcome: Outcome::NoAnswer(reason),
    };
    let decided = |reason| decide(&samples::policy(), &on_chain(HUNDRED, 999), &none(reason), &Breaker::CLOSED, None);
    assert_eq!(decided(NoAnswer::NoQuorum), Decision::Hold(HoldReason::NoAnswer(NoAnswer::NoQuorum)));
    assert_eq!(decided(NoAnswer::Unrepresentable), Decision::Refuse(RefuseReason::Unrepresentable));
}

#[test]
fn ora_5_a_breaker_that_is_not_closed_holds() {
    let with = |state, forced| {
        let breaker = Breaker { state, forced };
        decide(&samples::policy(), &on_chain(HUNDRED, 999), &agreed(aggregate("100")), &breaker, None)
    };
    let open = State::Open { since: samples::at(0), reason: RefuseReason::Disagreement };
    let half_open = State::HalfOpen { since: None, agreeing: 0 };
    assert_eq!(with(open, None), Decision::Hold(HoldReason::BreakerOpen));
    assert_eq!(with(half_open, None), Decision::Hold(HoldReason::BreakerHalfOpen));
    assert_eq!(with(State::Closed, Some(Forced::Open)), Decision::Hold(HoldReason::BreakerOpen));
    assert_eq!(with(open, Some(Forced::Closed)), publishes("100", PublishReason::Heartbeat));
}

#[test]
fn ora_5_an_operator_may_believe_the_venues_but_not_break_the_bounds() {
    let forced = Breaker { state: State::Closed, forced: Some(Forced::Closed) };
    let torn = agreed(Aggregate { spread: Ppm::new(999_999), ..aggregate("70") });
    let decided = |policy: &FeedPolicy| decide(policy, &on_chain(HUNDRED, 0), &torn, &forced, None);
    assert_eq!(decided(&samples::policy()), publishes("70", PublishReason::Deviation));
    let bounds = Bounds { min: Some(answer(HUNDRED)), max: None };
    let bounded = samples::policy_with(|terms| terms.bounds = bounds);
    assert_eq!(decided(&bounded), Decision::Refuse(RefuseReason::BelowMinimum));
}

#[test]
fn ora_11_a_pending_answer_is_replaced_only_by_one_far_enough_from_it() {
    let with = |accept, sent: &str, price: &str| {
        let policy = samples::policy_with(|terms| terms.pending_accept = Ppm::new(accept));
        let pending = Pending { answer: aggregate(sent).answer };
        decide(&policy, &on_chain(HUNDRED, 0), &agreed(aggregate(price)), &Breaker::CLOSED, Some(&pending)).reason()
    };
    assert_eq!(with(2_500, "104", "104.26"), "deviation", "exactly 0.25 %");
    assert_eq!(with(2_500, "104", "104.25999999"), "pending_covers");
    assert_eq!(with(0, "104", "104.00000001"), "deviation", "without a threshold every other answer replaces");
    assert_eq!(with(0, "104", "104"), "pending_covers", "but the same one is never sent twice");
    assert_eq!(with(2_500, "104", "100"), "within_threshold");
}

#[test]
fn without_a_second_threshold_every_other_answer_replaces_under_every_profile() {
    let policy = samples::policy_with(|terms| {
        terms.pending_accept = Ppm::ZERO;
        terms.trigger.profile = Profile::Airseeker;
    });
    let pending = Pending { answer: aggregate("104").answer };
    let newer = Aggregate { as_of: samples::at(1), ..aggregate("104.1") };
    let decision = decide(&policy, &on_chain(HUNDRED, 0), &agreed(newer), &Breaker::CLOSED, Some(&pending));
    assert_eq!(decision, publishes("104.1", PublishReason::Deviation));
}

#[test]
fn a_profile_that_wants_newer_words_holds_without_them() {
    let policy = samples::policy_with(|terms| terms.trigger.profile = Profile::Airseeker);
    let stale = Aggregate { as_of: samples::on_chain(1, 0).block.time, ..aggregate("200") };
    let decision = decided(&policy, &on_chain(HUNDRED, 0), stale);
    assert_eq!(decision, Decision::Hold(HoldReason::NotNewer));
}

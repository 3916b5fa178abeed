//! The reviewer's list of what an oracle must get right, one test each, through the whole core. The
//! numbers are those of section E of the research that the requirements rest on; the details of each are
//! in the tests of the modules.

use std::time::Duration;

use causeway_primitives::{I256, Ppm, RoundId, Timestamp};

use super::*;
use crate::domain::{
    aggregate::{Aggregate, NoAnswer},
    breaker::Position,
    decide::{Block, HoldReason, PublishReason, RefuseReason, Round},
    lifecycle::{Finding, Post, Source, Status, next},
    observation::Standing,
    policy::Bounds,
    route::{Operation, Quotation, Route},
    samples::{self, answer, at, empty_feed, on_chain, price},
};

/// 100 at 8 decimals.
const HUNDRED: i64 = 10_000_000_000;

fn inputs(prices: &[&str], chain: OnChain) -> Inputs {
    Inputs {
        now: at(0),
        condition: Condition::Normal,
        material: Material::Observed(samples::words(prices)),
        conversions: Conversions::none(),
        on_chain: chain,
        breaker: Breaker::CLOSED,
        pending: None,
    }
}

fn words(inputs: &mut Inputs) -> &mut Vec<Observation> {
    match &mut inputs.material {
        Material::Observed(words) => words,
        Material::Derived(_) => panic!("a feed of venues"),
    }
}

fn evaluated(inputs: &Inputs) -> Evaluation {
    evaluate(&samples::policy(), inputs)
}

fn publishes(value: i64, reason: PublishReason) -> Decision {
    Decision::Publish { answer: answer(value), reason }
}

#[test]
fn ora_9_e_1_prices_become_answers_exactly_or_not_at_all() {
    let exact = evaluated(&inputs(&["1.234567885", "1.234567885", "1.234567885"], empty_feed()));
    assert_eq!(exact.decision, publishes(123_456_788, PublishReason::FirstRound), "half-even");
    let dust = evaluated(&inputs(&["0.000000001"; 3], empty_feed()));
    assert_eq!(dust.decision, Decision::Refuse(RefuseReason::Unrepresentable));
    // An OCR2 aggregator stores int192: its bounds keep what does not fit from being sent.
    let int192 = Bounds {
        min: Some(answer(1)),
        max: Some(causeway_primitives::Answer::new(I256::try_from(1_i128 << 100).unwrap())),
    };
    let policy = samples::policy().within(int192).unwrap();
    let huge = evaluate(&policy, &inputs(&["79228162514264337593543"; 3], empty_feed()));
    assert_eq!(huge.decision, Decision::Refuse(RefuseReason::AboveMaximum));
}

#[test]
fn ora_2_e_2_an_even_number_of_venues_and_the_loss_of_one() {
    let four = evaluated(&inputs(&["100", "100.1", "100.2", "100.3"], empty_feed()));
    assert_eq!(four.decision, publishes(10_015_000_000, PublishReason::FirstRound));
    let three = evaluated(&inputs(&["100", "100.1", "100.2"], empty_feed()));
    assert_eq!(three.decision, publishes(10_010_000_000, PublishReason::FirstRound));
    let two = evaluated(&inputs(&["100", "100000"], on_chain(HUNDRED, 999)));
    assert_eq!(two.decision, Decision::Hold(HoldReason::NoAnswer(NoAnswer::NoQuorum)), "two never publish");
}

#[test]
fn ora_5_e_3_an_outlier_is_found_at_small_numbers_and_stays_visible() {
    let evaluation = evaluated(&inputs(&["100", "100.1", "99.9", "100", "130"], on_chain(HUNDRED, 57)));
    assert_eq!(evaluation.decision, publishes(HUNDRED, PublishReason::Heartbeat));
    let outlier = &evaluation.aggregation.contributions[4];
    assert_eq!((outlier.verdict.as_str(), outlier.distance), ("outlier", Some(Ppm::new(300_000))));
}

#[test]
fn ora_8_e_4_a_venue_counts_once_and_a_stablecoin_is_worth_what_its_own_quorum_says() {
    let mut twice = inputs(&["100", "100", "100"], on_chain(HUNDRED, 999));
    words(&mut twice)[1].venue = words(&mut twice)[0].venue.clone();
    assert_eq!(evaluated(&twice).decision, Decision::Hold(HoldReason::NoAnswer(NoAnswer::NoQuorum)));

    let mut quoted = inputs(&["102", "102", "102"], on_chain(HUNDRED, 0));
    let leg = Leg { operation: Operation::Multiply, feed: "usdt-usd".parse().unwrap() };
    for word in words(&mut quoted) {
        word.route = Route::through(Quotation::Direct, [leg.clone()]);
    }
    assert_eq!(evaluated(&quoted).decision.reason(), "nothing_usable", "no stablecoin price, no answer");
    quoted.conversions.insert("usdt-usd".parse().unwrap(), samples::aggregate("0.98"));
    assert_eq!(evaluated(&quoted).decision.reason(), "within_threshold", "102 × 0.98 = 99.96");
}

#[test]
fn ora_3_e_5_three_clocks_are_kept_apart() {
    // Our wall clock steps back a year: receipt ages are monotonic and the heartbeat is block time, so
    // only the venues' own stamps are suddenly in the future.
    let mut stepped = inputs(&["100", "100", "100"], on_chain(HUNDRED, 57));
    stepped.now = Timestamp::from_secs(1_670_000_000).unwrap();
    assert_eq!(evaluated(&stepped).aggregation.contributions[0].verdict.as_str(), "future");
    for word in words(&mut stepped) {
        word.venue_time = None;
    }
    assert_eq!(evaluated(&stepped).decision, publishes(HUNDRED, PublishReason::Heartbeat));
    words(&mut stepped)[0].age = Duration::from_secs(31);
    assert_eq!(evaluated(&stepped).aggregation.contributions[0].verdict.as_str(), "stale");
}

#[test]
fn ora_10_e_6_the_decision_depends_on_its_inputs_only() {
    let inputs = inputs(&["101", "101", "101"], on_chain(HUNDRED, 0));
    assert_eq!(evaluated(&inputs).decision.reason(), "deviation");
    assert_eq!(evaluated(&inputs.clone()), evaluated(&inputs), "a stored record gives the same decision");
    let sent = Inputs { pending: Some(Pending { answer: answer(10_100_000_000) }), ..inputs };
    assert_eq!(evaluated(&sent).decision, Decision::Hold(HoldReason::PendingCovers));
}

#[test]
fn ora_11_e_7_empty_feeds_and_wide_round_ids() {
    let first = evaluated(&inputs(&["100", "100", "100"], empty_feed()));
    assert_eq!(first.decision, publishes(HUNDRED, PublishReason::FirstRound));
    let behind_proxy = RoundId::new((3 << 64) | 9);
    let round = Round { id: behind_proxy, answer: answer(0), started_at: at(0), updated_at: at(0) };
    let zeros = OnChain { block: Block { number: 1, hash: None, time: at(0) }, latest: Some(round) };
    let replaced = evaluated(&inputs(&["100", "100", "100"], zeros));
    assert_eq!(replaced.decision, publishes(HUNDRED, PublishReason::Deviation), "zero on chain is no price");
}

#[test]
fn ora_9_e_8_out_of_bounds_is_refused_opens_the_breaker_and_is_never_clamped() {
    let bounds = Bounds { min: None, max: Some(answer(HUNDRED)) };
    let policy = samples::policy().within(bounds).unwrap();
    let evaluation = evaluate(&policy, &inputs(&["100.00000001"; 3], on_chain(HUNDRED, 999)));
    assert_eq!(evaluation.decision, Decision::Refuse(RefuseReason::AboveMaximum));
    assert_eq!(evaluation.breaker.effective(), Position::Open);
    assert_eq!(evaluation.transition.map(|moved| moved.to), Some(Position::Open));
}

#[test]
fn ora_5_e_9_a_real_crash_is_published_and_a_disputed_one_opens_the_breaker() {
    let crash = evaluated(&inputs(&["70", "70.1", "69.9", "70", "70"], on_chain(HUNDRED, 0)));
    assert_eq!(crash.decision, publishes(7_000_000_000, PublishReason::Deviation));
    assert_eq!(crash.breaker, Breaker::CLOSED);

    let mut disputed = inputs(&["70", "70", "70", "100", "100"], on_chain(HUNDRED, 0));
    let evaluation = evaluated(&disputed);
    assert_eq!(evaluation.decision, Decision::Refuse(RefuseReason::UnconfirmedJump));
    assert_eq!(evaluation.breaker.effective(), Position::Open);

    // The laggards follow: after the cooldown and lasting agreement the crash goes out.
    disputed.breaker = evaluation.breaker;
    disputed.material = Material::Observed(samples::words(&["70", "70", "70", "70", "70"]));
    for word in words(&mut disputed) {
        word.venue_time = None;
    }
    let mut reasons = Vec::new();
    for second in [1, 60, 61, 62, 65] {
        disputed.now = at(second);
        let evaluation = evaluated(&disputed);
        disputed.breaker = evaluation.breaker;
        reasons.push(evaluation.decision.reason());
    }
    assert_eq!(reasons, ["breaker_open", "breaker_half_open", "breaker_half_open", "breaker_half_open", "deviation"]);
}

#[test]
fn ora_5_e_10_a_lying_source_loses_its_vote_and_earns_it_back_without_moving_the_answer() {
    let policy = samples::policy();
    let lifecycle = policy.terms().lifecycle;
    let mut record = Source::new(Post::Primary, at(0));
    let mut statuses = vec![record.status()];
    for second in 0..120 {
        let lies = second < 3;
        let mut round = inputs(&[if lies { "130" } else { "100" }, "100", "100", "100", "100"], on_chain(HUNDRED, 57));
        round.now = at(second);
        for word in words(&mut round) {
            word.venue_time = None;
        }
        words(&mut round)[0].standing = record.standing(lifecycle.reduced_weight);
        let evaluation = evaluate(&policy, &round);
        assert_eq!(evaluation.decision, publishes(HUNDRED, PublishReason::Heartbeat), "second {second}");
        let flaw = evaluation.aggregation.contributions[0].flaw;
        let finding =
            if flaw.is_some() { Finding::Bad(crate::domain::lifecycle::Blame::Outlier) } else { Finding::Clean };
        record = next(&record, finding, at(second), &lifecycle).0;
        if statuses.last() != Some(&record.status()) {
            statuses.push(record.status());
        }
    }
    let labels: Vec<&str> = statuses.iter().map(|status| status.as_str()).collect();
    assert_eq!(labels, ["healthy", "suspect", "quarantined", "probation", "probation", "healthy"]);
    assert_eq!(record.status(), Status::Healthy);
    assert!(matches!(record.standing(lifecycle.reduced_weight), Standing::Active(weight) if weight.is_full()));
}

#[test]
fn ora_8_a_derived_feed_is_decided_by_the_same_rules() {
    let legs = vec![
        Leg { operation: Operation::Multiply, feed: "eth-usd".parse().unwrap() },
        Leg { operation: Operation::Divide, feed: "eur-usd".parse().unwrap() },
    ];
    let mut derived = Inputs { material: Material::Derived(legs), ..inputs(&[], on_chain(160_000_000_000, 0)) };
    derived.conversions.insert("eth-usd".parse().unwrap(), samples::aggregate("2010"));
    derived.conversions.insert("eur-usd".parse().unwrap(), samples::aggregate("1.25"));
    let evaluation = evaluated(&derived);
    assert_eq!(evaluation.decision, publishes(160_800_000_000, PublishReason::Deviation));
    assert_eq!(evaluation.aggregation.answer().map(|a| a.price), Some(price("1608")));
    let disputed = Aggregate { spread: Ppm::new(20_001), ..samples::aggregate("1.25") };
    derived.conversions.insert("eur-usd".parse().unwrap(), disputed);
    assert_eq!(evaluated(&derived).decision, Decision::Refuse(RefuseReason::Disagreement));
}

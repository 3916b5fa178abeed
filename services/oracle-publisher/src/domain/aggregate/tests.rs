//! Who counts, who does not, and when there is no answer: by example.

use std::time::Duration;

use causeway_primitives::{Decimals, Ppm, Timestamp};

use super::*;
use crate::domain::{
    observation::{Inactive, Observation, Standing, Weight},
    policy::{Condition, FeedPolicy, Quorum, QuorumBelowThree},
    route::{Conversions, Leg, Operation, Quotation, Route},
    samples,
};

fn run(policy: &FeedPolicy, words: &[Observation]) -> Aggregation {
    aggregate(policy, samples::at(0), Condition::Normal, words, &Conversions::none())
}

fn of(prices: &[&str]) -> Aggregation {
    run(&samples::policy(), &samples::words(prices))
}

fn labels(aggregation: &Aggregation) -> Vec<&'static str> {
    aggregation.contributions.iter().map(|contribution| contribution.verdict.as_str()).collect()
}

fn answer(aggregation: &Aggregation) -> String {
    aggregation.answer().map_or_else(|| "none".to_owned(), |aggregate| aggregate.price.to_string())
}

/// Five agreeing words, with something changed about the first.
fn five_with(change: impl FnOnce(&mut Observation)) -> Aggregation {
    let mut words = samples::words(&["100.1", "100", "100", "100", "99.9"]);
    change(&mut words[0]);
    run(&samples::policy(), &words)
}

#[test]
fn ora_5_mad_finds_one_bad_voice_of_five_and_one_of_three() {
    assert_eq!(labels(&of(&["100", "100.1", "99.9", "100.2", "130"]))[4], "outlier");
    let three = of(&["100", "100.1", "130"]);
    assert_eq!(labels(&three), ["counted", "counted", "outlier"]);
    assert_eq!(three.outcome, Outcome::NoAnswer(NoAnswer::NoQuorumWithoutOutliers), "never silently fewer");
    assert_eq!(three.headcount, Headcount { needed: 3, had: 2 });
}

#[test]
fn ora_5_a_band_of_two_standard_deviations_cannot_find_it() {
    // (x − mean)² against 4 · variance, both times n², in integers.
    for n in [3_i64, 4, 5] {
        let prices: Vec<i64> = (0..n).map(|i| if i == 0 { 1_000_000 } else { 100 }).collect();
        let sum: i64 = prices.iter().sum();
        let squared = |x: &i64| (x * n - sum).pow(2);
        let variance_times_n = prices.iter().map(squared).sum::<i64>();
        assert!(squared(&prices[0]) * n <= 4 * variance_times_n, "n = {n}: the worst outlier is inside the band");
    }
}

#[test]
fn ora_5_the_floor_tolerates_small_differences_where_venues_agree_to_the_last_digit() {
    let within = of(&["1", "1", "1", "1", "1.005"]);
    assert_eq!(labels(&within), ["counted"; 5], "the limit itself is allowed");
    assert_eq!(labels(&of(&["1", "1", "1", "1", "1.00500001"]))[4], "outlier");
}

#[test]
fn ora_5_the_multiple_of_the_deviation_itself_is_allowed() {
    let last = |prices: &[&str]| labels(&of(prices)).last().copied();
    // Distances 2, 1, 0, 1, 3 from 100: the median of them is 1, the limit 3.
    assert_eq!(last(&["98", "99", "100", "101", "103"]), Some("counted"));
    assert_eq!(last(&["98", "99", "100", "101", "103.00000001"]), Some("outlier"));
    // Distances 1.5, 0.5, 0.5, 4 from 100.5: an even number, so their median is 1 as well.
    assert_eq!(last(&["99", "100", "101", "104.5"]), Some("outlier"));
    assert_eq!(last(&["99", "100", "101", "103.5"]), Some("counted"));
}

#[test]
fn ora_5_rejecting_before_the_median_would_let_two_of_five_move_the_answer() {
    // Honest: 100, 100, 200. Lying: 99.9 twice. Without 200 the median would be 99.95.
    let aggregation = of(&["100", "100", "200", "99.9", "99.9"]);
    assert_eq!(labels(&aggregation)[2], "outlier");
    assert_eq!(answer(&aggregation), "100");
}

#[test]
fn ora_2_the_middle_of_an_even_number_is_rounded_half_even_to_the_decimals() {
    let even = |a: &str, b: &str| answer(&of(&[a, a, b, b]));
    assert_eq!(even("1.00000001", "1.00000002"), "1.00000002", "…015 goes up to the even neighbour");
    assert_eq!(even("1.00000002", "1.00000003"), "1.00000002", "…025 goes down to the even neighbour");
    assert_eq!(even("1.00000004", "1.00000002"), "1.00000003");
}

#[test]
fn ora_5_two_venues_never_make_an_answer_unless_the_operator_said_so() {
    assert_eq!(of(&["100", "100"]).outcome, Outcome::NoAnswer(NoAnswer::NoQuorum));
    let quorum = Quorum::acknowledged(2, 0, QuorumBelowThree).unwrap();
    let policy = samples::policy_with(|terms| terms.quorum = quorum);
    assert_eq!(answer(&run(&policy, &samples::words(&["100", "101"]))), "100.5");
}

#[test]
fn ora_5_two_sources_of_one_venue_are_one_voice() {
    let mut words = samples::words(&["100", "101", "102"]);
    words[1].venue = words[0].venue.clone();
    let aggregation = run(&samples::policy(), &words);
    assert_eq!(labels(&aggregation), ["merged", "merged", "counted"]);
    assert_eq!(aggregation.headcount, Headcount { needed: 3, had: 2 });
    assert_eq!(aggregation.outcome, Outcome::NoAnswer(NoAnswer::NoQuorum));
}

#[test]
fn ora_5_a_venue_is_as_good_as_its_best_source_and_judged_by_its_one_voice() {
    let mut words = samples::words(&["98.9", "101.1", "100", "100"]);
    words[1].venue = words[0].venue.clone();
    let aggregation = run(&samples::policy(), &words);
    assert_eq!(labels(&aggregation), ["merged", "merged", "counted", "counted"]);
    assert!(aggregation.contributions.iter().all(|contribution| contribution.flaw.is_none()));
    words[1].standing = Standing::Active(Weight::new(Ppm::new(250_000)).unwrap());
    words[1].price = samples::price("98.9");
    assert_eq!(run(&samples::policy_with(|t| t.outlier.floor = Ppm::new(20_000)), &words).headcount.had, 3);
}

#[test]
fn ora_5_of_a_rejected_venue_only_the_source_that_lies_is_blamed() {
    let mut words = samples::words(&["100", "160", "100", "100", "100"]);
    words[1].venue = words[0].venue.clone();
    let aggregation = run(&samples::policy(), &words);
    assert_eq!(labels(&aggregation), ["outlier", "outlier", "counted", "counted", "counted"]);
    let flaws: Vec<Option<Flaw>> = aggregation.contributions.iter().map(|c| c.flaw).collect();
    assert_eq!(flaws, [None, Some(Flaw::Outlier), None, None, None]);
}

#[test]
fn ora_6_words_are_as_old_as_allowed_and_not_older() {
    let second = Duration::from_secs(1);
    let verdict = |change: fn(&mut Observation, Duration), span| labels(&five_with(|word| change(word, span)))[0];
    let by_receipt: fn(&mut Observation, Duration) = |word, span| word.age = span;
    let by_stamp: fn(&mut Observation, Duration) = |word, span| {
        word.venue_time = Some(
            Timestamp::from_millis(samples::at(0).as_millis() - u64::try_from(span.as_millis()).unwrap()).unwrap(),
        );
    };
    let ahead: fn(&mut Observation, Duration) = |word, span| word.venue_time = Some(samples::at(0).after(span));
    let cases = [
        (by_receipt, 30 * second, "counted"),
        (by_receipt, 30 * second + Duration::from_nanos(1), "stale"),
        (by_stamp, 60 * second, "counted"),
        (by_stamp, 60 * second + Duration::from_millis(1), "venue_stale"),
        (ahead, 2 * second, "counted"),
        (ahead, 2 * second + Duration::from_millis(1), "future"),
    ];
    for (change, span, expected) in cases {
        assert_eq!(verdict(change, span), expected, "{span:?}");
    }
}

#[test]
fn ora_7_a_venue_without_a_time_is_judged_by_receipt_alone() {
    let aggregation = five_with(|word| {
        word.venue_time = None;
        word.received_at = Timestamp::EPOCH;
    });
    assert_eq!(labels(&aggregation)[0], "counted");
}

#[test]
fn ora_5_a_frozen_price_is_one_that_the_market_left() {
    let frozen = |price: &str, seconds| {
        labels(&five_with(|word| {
            word.price = samples::price(price);
            word.unchanged_for = Duration::from_secs(seconds);
        }))[0]
    };
    assert_eq!(frozen("100.2", 20), "frozen", "0.2 % away for 20 s: exactly the rule");
    assert_eq!(frozen("100.19", 20), "counted", "the market did not move");
    assert_eq!(frozen("100.2", 19), "counted", "not for long enough");
}

#[test]
fn ora_5_a_market_that_stands_still_freezes_nobody() {
    let mut words = samples::words(&["100", "100", "100", "100.3", "100.3"]);
    for word in &mut words[..3] {
        word.unchanged_for = Duration::from_secs(3_600);
    }
    let aggregation = run(&samples::policy(), &words);
    assert_eq!(labels(&aggregation), ["counted"; 5], "two moving venues cannot call three frozen");
}

#[test]
fn ora_5_the_word_of_a_source_without_a_vote_is_still_compared() {
    for (standing, label) in [
        (Standing::Shadow, "shadow"),
        (Standing::Inactive(Inactive::Quarantined), "quarantined"),
        (Standing::Inactive(Inactive::Standby), "standby"),
        (Standing::Inactive(Inactive::Excluded), "excluded"),
    ] {
        let liar = five_with(|word| {
            word.standing = standing;
            word.price = samples::price("200");
        });
        let first = &liar.contributions[0];
        assert_eq!((first.verdict.as_str(), first.flaw), (label, Some(Flaw::Outlier)));
        assert_eq!((liar.headcount.had, answer(&liar).as_str()), (4, "100"));
        let honest = five_with(|word| word.standing = standing);
        assert_eq!(honest.contributions[0].flaw, None);
        assert_eq!(honest.contributions[0].distance, Some(Ppm::new(1_000)));
    }
}

#[test]
fn ora_5_a_reduced_vote_weighs_less_and_fills_no_quorum() {
    let quarter = Standing::Active(Weight::new(Ppm::new(250_000)).unwrap());
    let mut words = samples::words(&["100", "100.1", "100.2"]);
    words[2].standing = quarter;
    assert_eq!(run(&samples::policy(), &words).headcount, Headcount { needed: 3, had: 2 });

    let mut words = samples::words(&["100", "100", "100.2", "100.2", "100.3"]);
    words[4].standing = quarter;
    // 2 of 4.25 votes at 100, 4 at 100.2: half is passed there, where five full votes have it too …
    assert_eq!(answer(&run(&samples::policy(), &words)), "100.2");
    // … but a reduced voice in the middle gives way to a full one.
    let mut words = samples::words(&["100", "100", "100.1", "100.2", "100.2"]);
    words[2].standing = quarter;
    words[0].standing = quarter;
    assert_eq!(answer(&run(&samples::policy_with(|t| t.quorum = Quorum::new(3, 0).unwrap()), &words)), "100.2");
}

#[test]
fn ora_5_the_quorum_is_higher_while_degraded() {
    let words = samples::words(&["100", "100", "100"]);
    let degraded = aggregate(&samples::policy(), samples::at(0), Condition::Degraded, &words, &Conversions::none());
    assert_eq!(degraded.headcount, Headcount { needed: 4, had: 3 });
    assert_eq!(degraded.outcome, Outcome::NoAnswer(NoAnswer::NoQuorum));
}

#[test]
fn of_several_words_of_one_source_the_youngest_counts() {
    let mut words = samples::words(&["100", "100", "100"]);
    let mut old = samples::word(0, "50");
    old.age = Duration::from_secs(1);
    words.insert(0, old);
    let aggregation = run(&samples::policy(), &words);
    assert_eq!(labels(&aggregation), ["counted", "superseded", "counted", "counted"]);
    assert_eq!(answer(&aggregation), "100");
}

#[test]
fn ora_8_a_stablecoin_without_quorum_takes_its_venues_out_without_blame() {
    let leg = Leg { operation: Operation::Multiply, feed: "usdt-usd".parse().unwrap() };
    let mut words = samples::words(&["100", "100", "100", "100.2"]);
    words[3].route = Route::through(Quotation::Direct, [leg]);
    let without = run(&samples::policy(), &words);
    assert_eq!(labels(&without)[3], "conversion_unavailable");
    assert_eq!(without.contributions[3].converted, None);
    let usdt = Conversions::from_iter([("usdt-usd".parse().unwrap(), samples::aggregate("0.998"))]);
    let with = aggregate(&samples::policy(), samples::at(0), Condition::Normal, &words, &usdt);
    assert_eq!(labels(&with)[3], "counted");
    assert_eq!(with.contributions[3].converted, Some(samples::price("99.9996")));
}

#[test]
fn nothing_usable_and_nothing_representable_are_told_apart() {
    assert_eq!(of(&[]).outcome, Outcome::NoAnswer(NoAnswer::NothingUsable));
    let dust = of(&["0.000000001", "0.000000001", "0.000000001"]);
    assert_eq!(dust.outcome, Outcome::NoAnswer(NoAnswer::Unrepresentable));
    let wide = samples::policy_with(|terms| terms.decimals = Decimals::new(18).unwrap());
    let huge = samples::words(&["79228162514264337593543950335"; 3]);
    assert_eq!(run(&wide, &huge).outcome, Outcome::NoAnswer(NoAnswer::Unrepresentable));
}

#[test]
fn ora_2_the_spread_and_the_time_are_those_of_the_voices_that_counted() {
    let mut words = samples::words(&["99", "100", "101", "150"]);
    words[1].venue_time = Some(samples::at(1));
    words[3].venue_time = Some(samples::at(2));
    let policy = samples::policy_with(|terms| terms.outlier.floor = Ppm::new(50_000));
    let aggregation = run(&policy, &words);
    let answer = aggregation.answer().unwrap();
    assert_eq!((answer.exact, answer.voices, answer.dissenting), (samples::price("100.5"), 3, 1));
    assert_eq!(answer.spread, Ppm::new(19_901), "2 / 100.5, rounded up");
    assert_eq!(answer.as_of, samples::at(1));
}

#[test]
fn ora_8_a_derived_feed_is_as_good_as_its_weakest_input() {
    let legs = [
        Leg { operation: Operation::Multiply, feed: "eth-usd".parse().unwrap() },
        Leg { operation: Operation::Divide, feed: "eur-usd".parse().unwrap() },
    ];
    let eth = Aggregate {
        spread: Ppm::new(300),
        voices: 5,
        dissenting: 1,
        as_of: samples::at(9),
        ..samples::aggregate("2000")
    };
    let eur = Aggregate {
        spread: Ppm::new(200),
        voices: 3,
        dissenting: 0,
        as_of: samples::at(4),
        ..samples::aggregate("1.25")
    };
    let values = Conversions::from_iter([("eth-usd".parse().unwrap(), eth), ("eur-usd".parse().unwrap(), eur)]);
    let derived = derive(&samples::policy(), Condition::Normal, &legs, &values);
    let answer = *derived.answer().unwrap();
    assert_eq!((answer.price, answer.answer), (samples::price("1600"), samples::answer(160_000_000_000)));
    assert_eq!((answer.spread, answer.voices, answer.dissenting), (Ppm::new(500), 3, 1));
    assert_eq!(answer.as_of, samples::at(4));
    let degraded = derive(&samples::policy(), Condition::Degraded, &legs, &values);
    assert_eq!(degraded.outcome, Outcome::NoAnswer(NoAnswer::NoQuorum));
    let one = Conversions::from_iter([("eth-usd".parse().unwrap(), eth)]);
    let missing = derive(&samples::policy(), Condition::Normal, &legs, &one);
    assert_eq!(missing.outcome, Outcome::NoAnswer(NoAnswer::InputUnavailable));
}

//! What holds of the median for every input, not for the examples that somebody thought of.

use causeway_primitives::{Decimal, Ppm, Price};
use proptest::{collection::vec, prelude::*, sample::Index};

use super::*;
use crate::domain::{
    observation::Observation,
    policy::{Condition, FeedPolicy, Outlier, Quorum, QuorumBelowThree},
    route::Conversions,
    samples,
};

/// Any quorum, no frozen rule, a tight outlier rule: so that there is always an answer, and rejections
/// are common.
fn policy() -> FeedPolicy {
    samples::policy_with(|terms| {
        terms.quorum = Quorum::acknowledged(1, 0, QuorumBelowThree).unwrap();
        terms.freshness.frozen = None;
        terms.outlier = Outlier { mad_multiple: Ppm::new(2_000_000), floor: Ppm::new(1_000) };
    })
}

fn run(observations: &[Observation]) -> Aggregation {
    aggregate(&policy(), samples::at(0), Condition::Normal, observations, &Conversions::none())
}

fn exact(prices: &[Price]) -> Price {
    run(&voices(prices)).answer().expect("one voice is a quorum here").exact
}

/// One venue for each price.
fn voices(prices: &[Price]) -> Vec<Observation> {
    prices.iter().enumerate().map(|(venue, price)| samples::word_at(venue, *price)).collect()
}

fn price() -> impl Strategy<Value = Price> {
    (1_i64..1_000_000_000, 0_u32..7).prop_map(|(mantissa, scale)| positive(i128::from(mantissa), scale))
}

/// Prices around 100, so that most of them agree.
fn near_price() -> impl Strategy<Value = Price> {
    (99_000_i64..101_000).prop_map(|mantissa| positive(i128::from(mantissa), 3))
}

fn positive(mantissa: i128, scale: u32) -> Price {
    Price::new(Decimal::from_i128_with_scale(mantissa, scale)).unwrap()
}

/// The plain median as one would write it on paper.
fn naive_median(prices: &[Price]) -> Decimal {
    let mut sorted: Vec<Decimal> = prices.iter().map(|price| price.get()).collect();
    sorted.sort();
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[half] } else { (sorted[half - 1] + sorted[half]) / Decimal::TWO }
}

proptest! {
    #[test]
    fn ora_2_the_answer_is_the_plain_median_of_equal_voices(prices in vec(price(), 1..10)) {
        prop_assert_eq!(exact(&prices).get(), naive_median(&prices));
    }

    #[test]
    fn ora_10_the_order_of_arrival_cannot_be_seen(
        prices in vec(near_price(), 1..10),
        venues in vec(0_usize..4, 10),
        swaps in vec((any::<Index>(), any::<Index>()), 10),
    ) {
        let mut words: Vec<Observation> =
            prices.iter().zip(&venues).map(|(price, venue)| samples::word_at(*venue, *price)).collect();
        for (index, word) in words.iter_mut().enumerate().step_by(2) {
            word.source = format!("source-{index}").parse().unwrap();
        }
        let before = run(&words);
        for (a, b) in swaps {
            let (a, b) = (a.index(words.len()), b.index(words.len()));
            words.swap(a, b);
        }
        prop_assert_eq!(run(&words), before);
    }

    #[test]
    fn ora_9_scaling_every_voice_scales_the_answer_and_changes_no_verdict(
        prices in vec(near_price(), 1..10), factor in 2_i64..10_000,
    ) {
        let scaled: Vec<Price> = prices.iter().map(|price| price.checked_mul(positive(factor.into(), 0)).unwrap()).collect();
        let (small, large) = (run(&voices(&prices)), run(&voices(&scaled)));
        let verdicts = |aggregation: &Aggregation| -> Vec<Verdict> {
            aggregation.contributions.iter().map(|contribution| contribution.verdict).collect()
        };
        prop_assert_eq!(verdicts(&small), verdicts(&large));
        let (small, large) = (small.answer().unwrap(), large.answer().unwrap());
        prop_assert_eq!(small.exact.get() * Decimal::from(factor), large.exact.get());
        prop_assert_eq!(small.spread, large.spread);
    }

    #[test]
    fn ora_2_the_answer_lies_between_the_lowest_and_the_highest_voice(prices in vec(price(), 1..10)) {
        let aggregation = run(&voices(&prices));
        let answer = aggregation.answer().unwrap();
        let (low, high) = (prices.iter().min().unwrap(), prices.iter().max().unwrap());
        prop_assert!(*low <= answer.exact && answer.exact <= *high);
        // Rounding keeps order, so the published price lies between the rounded ends.
        prop_assert!(low.round(8).unwrap() <= answer.price && answer.price <= high.round(8).unwrap());
    }

    #[test]
    fn ora_5_a_minority_of_liars_cannot_move_the_answer_out_of_the_honest_range(
        honest in vec(near_price(), 2..7), lies in vec(prop_oneof![price(), near_price()], 6), start in 0_usize..20,
    ) {
        // Of n voices ⌊(n−1)/2⌋ lie: one fewer than are honest.
        let liars = honest.len() - 1;
        let mut prices = honest.clone();
        prices.extend(lies.iter().take(liars));
        let turn = start % prices.len();
        prices.rotate_left(turn);
        let answer = exact(&prices);
        prop_assert!(honest.iter().min().unwrap() <= &answer && &answer <= honest.iter().max().unwrap());
    }

    #[test]
    fn ora_2_raising_one_voice_never_lowers_the_answer(
        prices in vec(near_price(), 1..10), which in any::<Index>(), rise in 1_i64..2_000,
    ) {
        let mut raised = prices.clone();
        let index = which.index(prices.len());
        raised[index] = Price::new(prices[index].get() + Decimal::from_i128_with_scale(rise.into(), 3)).unwrap();
        prop_assert!(exact(&prices) <= exact(&raised));
    }

    #[test]
    fn ora_5_losing_one_of_four_venues_keeps_the_answer_within_their_spread(
        prices in vec(near_price(), 4), which in 0_usize..4,
    ) {
        let mut three = prices.clone();
        three.remove(which);
        let moved = exact(&prices).distance(exact(&three));
        prop_assert!(moved <= prices.iter().max().unwrap().distance(*prices.iter().min().unwrap()));
    }

    #[test]
    fn ora_5_more_sources_of_one_venue_do_not_move_the_answer(
        prices in vec(near_price(), 1..6), loud in near_price(), copies in 2_usize..6,
    ) {
        let mut once = prices.clone();
        once.push(loud);
        let mut words = voices(&once);
        let expected = run(&words).answer().unwrap().exact;
        for copy in 1..copies {
            let mut word = samples::word_at(prices.len(), loud);
            word.source = format!("copy-{copy}").parse().unwrap();
            words.push(word);
        }
        prop_assert_eq!(run(&words).answer().unwrap().exact, expected);
    }

    #[test]
    fn ora_5_the_voices_in_the_middle_are_never_outliers(prices in vec(price(), 1..10)) {
        let aggregation = run(&voices(&prices));
        let answer = aggregation.answer().unwrap();
        let counted = || aggregation.contributions.iter().filter(|c| c.verdict.is_counted()).map(|c| c.quoted);
        let (below, above) = (counted().filter(|p| *p <= answer.exact).max(), counted().filter(|p| *p >= answer.exact).min());
        prop_assert_eq!(below.unwrap().midpoint(above.unwrap()), answer.exact);
    }
}

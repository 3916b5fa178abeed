//! Every cell of the table of boundary semantics in `docs/decision.md`, and the exact rule against an
//! independent implementation of it.

use std::{cmp::Ordering, time::Duration};

use causeway_primitives::{Answer, I256, Ppm, U256};
use proptest::prelude::*;

use super::Profile::{self, Airseeker, Causeway, FluxMonitor, Libocr, Pyth, RedStone};
use crate::domain::samples::{self, answer};

/// FluxMonitor with an absolute threshold of zero.
const FLUX: Profile = FluxMonitor { absolute: U256::ZERO };
const ALL: [Profile; 6] = [Causeway, Libocr, FLUX, Airseeker, Pyth, RedStone];
/// 0.5 %.
const HALF: Ppm = Ppm::new(5_000);

fn deviating(old: i64, new: i64, threshold: Ppm) -> Vec<&'static str> {
    let deviates = |profile: &&Profile| profile.deviates(answer(old), answer(new), threshold);
    ALL.iter().filter(deviates).map(|profile| profile.as_str()).collect()
}

const EVERYBODY: [&str; 6] = ["causeway", "libocr", "flux_monitor", "airseeker", "pyth", "redstone"];
const NOBODY: [&str; 0] = [];

#[test]
fn ora_3_all_profiles_deviate_at_exactly_the_threshold_and_not_below() {
    assert_eq!(deviating(1_000_000, 1_005_000, HALF), EVERYBODY);
    assert_eq!(deviating(1_000_000, 995_000, HALF), EVERYBODY);
    assert_eq!(deviating(1_000_000, 1_004_999, HALF), NOBODY);
    assert_eq!(deviating(1_000_000, 995_001, HALF), NOBODY);
    assert_eq!(deviating(1_000_000, 1_000_000, HALF), NOBODY);
}

#[test]
fn ora_3_the_deviation_is_relative_to_the_answer_on_chain_not_to_the_new_one() {
    // 1,000,000 → 1,005,000 is 0.5 % of the old; back again it is 0.4975… % of what is then old.
    assert_eq!(deviating(1_005_000, 1_000_000, HALF), NOBODY);
}

#[test]
fn ora_3_from_zero_everybody_deviates() {
    assert_eq!(deviating(0, 1, HALF), EVERYBODY);
}

#[test]
fn ora_3_from_zero_to_zero_only_ours_and_redstone_deviate() {
    assert_eq!(deviating(0, 0, HALF), ["causeway", "redstone"]);
}

#[test]
fn ora_3_a_negative_answer_on_chain_always_deviates_for_us_and_never_for_signed_divisors() {
    assert_eq!(deviating(-1_000_000, -1_000_001, HALF), ["causeway"]);
    assert_eq!(deviating(-1_000_000, 1_000_000, HALF), ["causeway", "libocr", "flux_monitor", "airseeker"]);
}

#[test]
fn a_threshold_of_zero_means_something_else_to_each() {
    assert_eq!(deviating(100, 100, Ppm::ZERO), ["causeway", "libocr", "flux_monitor", "pyth", "redstone"]);
    assert_eq!(deviating(100, 101, Ppm::ZERO), ["causeway", "libocr", "flux_monitor", "pyth", "redstone"]);
    assert_eq!(deviating(0, 0, Ppm::ZERO), ["causeway", "flux_monitor", "redstone"]);
    assert_eq!(deviating(-5, -5, Ppm::ZERO), ["causeway", "libocr", "flux_monitor", "pyth", "redstone"]);
    assert_eq!(deviating(-5, -6, Ppm::ZERO), ["causeway", "libocr", "flux_monitor", "redstone"]);
}

#[test]
fn flux_monitor_needs_both_thresholds_and_the_absolute_one_is_exclusive() {
    let flux = |absolute| FluxMonitor { absolute: U256::from(absolute) };
    let deviates = |absolute, old, new, threshold| flux(absolute).deviates(answer(old), answer(new), threshold);
    assert!(!deviates(5_000_u64, 1_000_000, 1_005_000, HALF), "the absolute threshold itself is not enough");
    assert!(deviates(4_999, 1_000_000, 1_005_000, HALF));
    assert!(!deviates(4_999, 2_000_000, 2_005_000, HALF), "0.25 % is not enough");
    assert!(!deviates(10, 0, 10, HALF), "also from zero");
    assert!(deviates(10, 0, 11, HALF));
    assert!(!deviates(1, 7, 7, Ppm::ZERO), "only both at zero fire always");
}

#[test]
fn ora_3_heartbeats_begin_where_each_profile_says() {
    let heartbeat = Duration::from_secs(60);
    let due = |age: u64| -> Vec<&'static str> {
        let chain = samples::on_chain(1, age);
        let round = chain.latest.unwrap();
        let is_due = |profile: &&Profile| profile.is_due(&round, chain.block.time, samples::at(0), heartbeat);
        ALL.iter().filter(is_due).map(|profile| profile.as_str()).collect()
    };
    assert_eq!(due(59), NOBODY);
    assert_eq!(due(60), ["causeway", "flux_monitor", "airseeker", "pyth", "redstone"]);
    assert_eq!(due(61), EVERYBODY);
}

#[test]
fn a_frozen_source_is_never_due_for_pyth_and_flux_monitor_counts_from_the_start_of_the_round() {
    let chain = samples::on_chain(1, 100);
    let mut round = chain.latest.unwrap();
    let minute = Duration::from_secs(60);
    assert!(!Pyth.is_due(&round, chain.block.time, round.updated_at, minute));
    round.started_at = chain.block.time;
    assert!(!FLUX.is_due(&round, chain.block.time, samples::at(0), minute));
    assert!(Causeway.is_due(&round, chain.block.time, samples::at(0), minute));
}

#[test]
fn only_airseeker_and_pyth_ask_for_newer_words_than_the_round() {
    let round = samples::on_chain(1, 0).latest.unwrap();
    let accepting = |as_of| -> Vec<&'static str> {
        ALL.iter().filter(|profile| profile.accepts(&round, as_of)).map(|profile| profile.as_str()).collect()
    };
    let earlier = causeway_primitives::Timestamp::from_secs(1_600_000_000).unwrap();
    assert_eq!(accepting(earlier), ["causeway", "libocr", "flux_monitor", "redstone"]);
    assert_eq!(accepting(round.updated_at), ["causeway", "libocr", "flux_monitor", "pyth", "redstone"]);
    assert_eq!(accepting(samples::at(1)), EVERYBODY);
}

/// `a/b` against `c/d` by continued fractions: shares nothing with the implementation but the integers.
fn compare_fractions(a: u128, b: u128, c: u128, d: u128) -> Ordering {
    let whole = (a / b).cmp(&(c / d));
    match (whole, a % b, c % d) {
        (Ordering::Equal, 0, 0) => Ordering::Equal,
        (Ordering::Equal, 0, _) => Ordering::Less,
        (Ordering::Equal, _, 0) => Ordering::Greater,
        // The reciprocals of the remainders compare the other way round.
        (Ordering::Equal, left, right) => compare_fractions(d, right, b, left),
        (order, _, _) => order,
    }
}

/// libocr's rule as it is written there: a rational change against a rational threshold.
fn libocr(old: i64, new: i64, threshold: u64) -> bool {
    if old == 0 {
        return new != 0;
    }
    let change = (i128::from(new) - i128::from(old)).unsigned_abs();
    compare_fractions(change, u128::from(old.unsigned_abs()), u128::from(threshold), 1_000_000) != Ordering::Less
}

/// Old, threshold, and a new value within one unit of the boundary, or anywhere.
fn around_the_boundary() -> impl Strategy<Value = (i64, i64, u64)> {
    let old = prop_oneof![-1_000_000_000_000_i64..1_000_000_000_000, -3_i64..4];
    (old, 0_u64..1_000_001, -1_i64..2, any::<bool>()).prop_map(|(old, threshold, off, upwards)| {
        let step = i128::from(old.unsigned_abs()) * i128::from(threshold) / 1_000_000;
        let step = i64::try_from(step).unwrap() + off;
        (old, if upwards { old + step } else { old - step }, threshold)
    })
}

proptest! {
    #[test]
    fn ora_3_libocr_agrees_with_a_rational_implementation((old, new, threshold) in around_the_boundary()) {
        prop_assert_eq!(Libocr.deviates(answer(old), answer(new), Ppm::new(threshold)), libocr(old, new, threshold));
    }

    #[test]
    fn ora_3_for_positive_answers_ours_is_libocrs_rule((old, new, threshold) in around_the_boundary()) {
        prop_assume!(old > 0 && threshold > 0);
        for profile in [Causeway, FLUX, Airseeker, Pyth, RedStone] {
            let deviates = profile.deviates(answer(old), answer(new), Ppm::new(threshold));
            prop_assert_eq!(deviates, libocr(old, new, threshold), "{}", profile.as_str());
        }
    }
}

#[test]
fn ora_9_the_rule_does_not_overflow_between_the_extremes_of_int256() {
    let (min, max) = (Answer::new(I256::MIN), Answer::new(I256::MAX));
    for profile in ALL {
        let fires = profile.deviates(max, min, Ppm::WHOLE);
        assert!(fires, "{}: twice the magnitude is at least 100 %", profile.as_str());
        assert!(!profile.deviates(max, max, HALF), "{}", profile.as_str());
    }
    assert!(Libocr.deviates(min, max, Ppm::WHOLE));
}

#[test]
fn ora_9_every_move_of_exactly_the_threshold_counts() {
    // Computed in binary floating point, half of such moves come out below the threshold.
    for old in (1_000_i64..1_000_000).step_by(1_000) {
        assert!(Causeway.deviates(answer(old), answer(old + old / 1_000), Ppm::new(1_000)), "{old}");
        assert!(!Causeway.deviates(answer(old), answer(old + old / 1_000 - 1), Ppm::new(1_000)), "{old}");
    }
}

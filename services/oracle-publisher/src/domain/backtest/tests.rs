//! The run against figures worked out by hand, and against a run over every block.

use std::time::Duration;

use causeway_primitives::{Answer, Decimal, Ppm};
use proptest::{collection::vec, prelude::*};

use super::{
    series::{Run, Stride},
    *,
};
use crate::domain::{
    decide::Profile,
    policy::{Bounds, FeedPolicy},
    samples::{self, at, price},
};

const SETTINGS: Settings = Settings { block_time: Duration::from_secs(2), gas_per_update: 100_000 };

fn tick(second: u64, text: &str) -> Tick {
    Tick { at: at(second), price: price(text) }
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn ora_13_rounds_errors_and_gas_of_a_short_day() {
    // Blocks every 2 s. Block 0 sends 100, on chain from second 2. At 5 the price is 101: block 6 sends
    // it, on chain from 8. Then nothing until the heartbeat less its lead: 8 + 57 = 65, so block 66, on
    // chain from 68. The last tick at 80 moves 0.1 % and publishes nothing.
    let ticks = [tick(0, "100"), tick(5, "101"), tick(70, "101.101"), tick(80, "101")];
    let report = run(&samples::policy(), ticks, &SETTINGS).unwrap();
    assert_eq!(report.rounds, Rounds { first_round: 1, deviation: 1, heartbeat: 1 });
    assert_eq!((report.ticks, report.span, report.refused), (4, Duration::from_secs(80), 0));
    assert_eq!(report.estimated_gas, 300_000);
    // Errors: 3 s of 1/101 (from 5 to 8), 10 s of 0.101/101.101 (from 70 to 80), over 78 s on chain.
    assert_eq!(report.max_error_ppm, decimal("9900.990"));
    let sum = decimal("3") / decimal("101") + decimal("10") * decimal("0.101") / decimal("101.101");
    let mean = sum * decimal("1000000") / decimal("78");
    assert_eq!(report.mean_error_ppm, mean.round_dp(3));
}

#[test]
fn ora_13_a_refused_price_is_counted_and_costs_nothing() {
    let bounds = Bounds { min: None, max: Some(Answer::from_price(price("150"), samples::terms().decimals).unwrap()) };
    let policy = samples::policy().within(bounds).unwrap();
    let report = run(&policy, [tick(0, "100"), tick(4, "200"), tick(7, "100")], &SETTINGS).unwrap();
    assert_eq!(report.rounds.total(), 1);
    assert_eq!(report.refused, 2, "at the blocks of seconds 4 and 6");
}

#[test]
fn ora_13_series_that_cannot_be_run_are_refused() {
    let of = |ticks: Vec<Tick>, settings: &Settings| run(&samples::policy(), ticks, settings).unwrap_err();
    assert_eq!(of(Vec::new(), &SETTINGS), Error::Empty);
    let instant = Settings { block_time: Duration::ZERO, ..SETTINGS };
    assert_eq!(of(vec![tick(0, "1")], &instant), Error::BlockTime);
    let backwards = vec![tick(5, "1"), tick(9, "1"), tick(8, "1")];
    assert_eq!(of(backwards, &SETTINGS), Error::Order { at: at(8), previous: at(9) });
}

fn every_block(policy: &FeedPolicy, ticks: Vec<Tick>) -> Report {
    Run::start(policy, ticks.into_iter(), &SETTINGS).unwrap().finish(&SETTINGS, Stride::EveryBlock).unwrap()
}

fn series() -> impl Strategy<Value = Vec<Tick>> {
    vec((0_u64..90_000, 95_000_i64..105_000), 1..40).prop_map(|steps| {
        let mut now = 0;
        let tick = |(gap, mantissa): (u64, i64)| {
            now += gap;
            let price = causeway_primitives::Price::new(Decimal::from_i128_with_scale(mantissa.into(), 3)).unwrap();
            Tick { at: at(0).after(Duration::from_millis(now)), price }
        };
        steps.into_iter().map(tick).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn ora_13_skipping_uneventful_blocks_changes_nothing(
        ticks in series(),
        profile in prop_oneof![
            Just(Profile::Causeway), Just(Profile::Libocr), Just(Profile::Pyth), Just(Profile::Airseeker)
        ],
        deviation in 100_u64..50_000,
        max in prop_oneof![Just(None), Just(Some("104"))],
    ) {
        let policy = samples::policy_with(|terms| {
            terms.trigger.profile = profile;
            terms.trigger.deviation = Ppm::new(deviation);
            terms.bounds.max = max.map(|max| Answer::from_price(price(max), terms.decimals).unwrap());
        });
        prop_assert_eq!(run(&policy, ticks.clone(), &SETTINGS).unwrap(), every_block(&policy, ticks));
    }
}

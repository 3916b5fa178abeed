//! The words, for one decision of each kind.

use std::time::Duration;

use super::*;
use crate::domain::{
    breaker::Breaker,
    decide::{OnChain, Pending},
    evaluation::{Inputs, Material, evaluate},
    observation::{Inactive, Observation, Standing, Weight},
    policy::{Condition, FeedPolicy},
    route::{Conversions, Leg, Operation},
    samples::{self, answer, at, empty_feed, on_chain},
};

fn explained(policy: &FeedPolicy, words: Vec<Observation>, chain: OnChain) -> Explanation {
    let inputs = Inputs {
        now: at(0),
        condition: Condition::Normal,
        material: Material::Observed(words),
        conversions: Conversions::none(),
        on_chain: chain,
        breaker: Breaker::CLOSED,
        pending: Some(Pending { answer: answer(9_900_000_000) }),
    };
    explain(policy, &inputs, &evaluate(policy, &inputs))
}

fn of(prices: &[&str], chain: OnChain) -> Explanation {
    explained(&samples::policy(), samples::words(prices), chain)
}

#[test]
fn ora_10_a_summary_says_what_was_done_and_by_which_numbers() {
    let hundred = 10_000_000_000;
    let cases = [
        (
            of(&["100.74"; 3], on_chain(hundred, 0)),
            "published 100.74 for ETH/USD: it is 0.74 % above the 100 on chain, the threshold is 0.5 %",
        ),
        (
            of(&["100"; 3], on_chain(hundred, 58)),
            "published 100 for ETH/USD: the answer on chain is 58 s old, and the heartbeat is 60 s",
        ),
        (of(&["100"; 3], empty_feed()), "published 100 for ETH/USD: it is the first round"),
        (of(&["100"; 3], on_chain(-5, 0)), "published 100 for ETH/USD: the answer on chain, -5, is no price"),
        (
            of(&["100"; 3], on_chain(hundred, 1)),
            "held ETH/USD: the market is within 0.5 % and the heartbeat is not due",
        ),
        (of(&["100"; 2], on_chain(hundred, 1)), "held ETH/USD: 2 venues of 3 needed had a usable price"),
        (
            of(&["100", "100", "130"], on_chain(hundred, 1)),
            "held ETH/USD: without outliers only 2 venues of 3 needed are left",
        ),
        (of(&[], on_chain(hundred, 1)), "held ETH/USD: no source had a usable price"),
        (of(&["99.1"; 3], on_chain(hundred, 1)), "held ETH/USD: a transaction with an answer this close is pending"),
        (
            of(&["98", "100", "102"], on_chain(hundred, 1)),
            "refused ETH/USD: the venues are 4 % apart, at most 2 % is allowed",
        ),
        (
            of(&["70", "70", "70", "100"], on_chain(hundred, 1)),
            "refused ETH/USD: a jump to 70 is not confirmed by every venue",
        ),
    ];
    for (explanation, expected) in cases {
        assert_eq!(explanation.summary, expected);
    }
}

#[test]
fn ora_10_every_source_is_told_counted_or_not_and_why() {
    let mut words = samples::words(&["100", "100", "100", "130", "100", "100", "100"]);
    words[1].standing = Standing::Active(Weight::new(causeway_primitives::Ppm::new(250_000)).unwrap());
    words[4].age = Duration::from_millis(31_500);
    words[5].standing = Standing::Inactive(Inactive::Quarantined);
    words[6].standing = Standing::Shadow;
    let explanation = explained(&samples::policy(), words, empty_feed());
    let lines: Vec<String> = explanation
        .sources
        .iter()
        .map(|line| format!("{} [{} {}] {}", line.source, line.verdict, line.weight, line.sentence))
        .collect();
    assert_eq!(
        lines,
        [
            "venue-0-eth-usd [counted 100] counts with a full vote at 100, 0 % from the median",
            "venue-1-eth-usd [counted 25] counts with 25 % of a vote at 100, 0 % from the median",
            "venue-2-eth-usd [counted 100] counts with a full vote at 100, 0 % from the median",
            "venue-3-eth-usd [outlier 0] does not count at 130, 30 % from the median: it is too far from the median of the venues",
            "venue-4-eth-usd [stale 0] does not count at 100, 0 % from the median: it was heard 31.5 s ago, at most 30 s is allowed",
            "venue-5-eth-usd [quarantined 0] does not count at 100, 0 % from the median: it is in quarantine",
            "venue-6-eth-usd [shadow 0] does not count at 100, 0 % from the median: it is on probation and only compared",
        ]
    );
}

#[test]
fn ora_10_every_rule_is_told_with_the_numbers_it_compared() {
    let explanation = of(&["100.74"; 3], on_chain(10_000_000_000, 20));
    let lines: Vec<String> = explanation
        .rules
        .iter()
        .map(|line| format!("{} [{}] {}", line.rule.as_str(), line.mark.as_str(), line.sentence))
        .collect();
    assert_eq!(
        lines,
        [
            "quorum [met] 3 venues of 3 needed",
            "range [met] 100.74 is within the bounds",
            "spread [met] the venues are 0 % apart, at most 2 % is allowed",
            "jump [met] no unconfirmed move of 10 % or more",
            "breaker [met] the breaker is closed",
            "deviation [met] 100.74 is 0.74 % above the 100 on chain, the threshold is 0.5 %",
            "heartbeat [not_met] the answer on chain is 20 s old at block 1000, due at 57 s of 60 s",
            "pending [met] 99 is sent and not mined; it is replaced from a distance of 0.25 % on",
        ]
    );
    let without = of(&[], empty_feed());
    let rules: Vec<&str> = without.rules.iter().map(|line| line.rule.as_str()).collect();
    assert_eq!(rules, ["quorum", "breaker"], "rules that need an answer are not applied without one");
}

#[test]
fn ora_8_a_derived_feed_tells_what_it_was_computed_from() {
    let leg = |operation, feed: &str| Leg { operation, feed: feed.parse().unwrap() };
    let legs = vec![leg(Operation::Multiply, "eth-usd"), leg(Operation::Divide, "eur-usd")];
    let mut inputs = Inputs {
        now: at(0),
        condition: Condition::Normal,
        material: Material::Derived(legs),
        conversions: Conversions::from_iter([("eth-usd".parse().unwrap(), samples::aggregate("2010"))]),
        on_chain: empty_feed(),
        breaker: Breaker::CLOSED,
        pending: None,
    };
    let first_rule = |inputs: &Inputs| {
        let explanation = explain(&samples::policy(), inputs, &evaluate(&samples::policy(), inputs));
        let rule = &explanation.rules[0];
        format!("{} [{}] {}", rule.rule.as_str(), rule.mark.as_str(), rule.sentence)
    };
    assert_eq!(first_rule(&inputs), "route [not_met] 1 × eth-usd (2010) ÷ eur-usd (no price)");
    inputs.conversions.insert("eur-usd".parse().unwrap(), samples::aggregate("1.25"));
    assert_eq!(first_rule(&inputs), "route [met] 1 × eth-usd (2010) ÷ eur-usd (1.25) = 1608");
}

//! Records survive the store unchanged, and changes show.

use std::time::Duration;

use causeway_primitives::{B256, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::domain::{
    breaker::{Breaker, Forced, State},
    decide::{Pending, Profile, RefuseReason},
    evaluation::{Inputs, Material, evaluate},
    lifecycle::{self, Blame, Cause, Operator, Post, Stage},
    observation::{Inactive, Observation, Standing, Weight},
    policy::Condition,
    route::{Conversions, Leg, Operation, Quotation, Route},
    samples::{aggregate, answer, at, empty_feed, on_chain, policy, policy_with, terms, word, words},
};

/// Three venues agree, and the answer on chain is 1 % away.
fn inputs() -> Inputs {
    Inputs {
        now: at(0),
        condition: Condition::Normal,
        material: Material::Observed(words(&["1000", "1001", "1002"])),
        conversions: Conversions::none(),
        on_chain: on_chain(99_000_000_000, 5),
        breaker: Breaker::CLOSED,
        pending: None,
    }
}

fn written(policy: &Policy, inputs: &Inputs) -> String {
    write(policy, "config-hash", inputs, &evaluate(policy.get(), inputs)).unwrap()
}

fn usdt_leg(operation: Operation) -> Leg {
    Leg { operation, feed: "usdt-usd".parse().unwrap() }
}

const REFUSALS: [RefuseReason; 6] = [
    RefuseReason::NotPositive,
    RefuseReason::Unrepresentable,
    RefuseReason::BelowMinimum,
    RefuseReason::AboveMaximum,
    RefuseReason::Disagreement,
    RefuseReason::UnconfirmedJump,
];

fn any_breaker() -> impl Strategy<Value = Breaker> {
    let state = prop_oneof![
        Just(State::Closed),
        (0..60_u64, 0..REFUSALS.len())
            .prop_map(|(second, reason)| State::Open { since: at(second), reason: REFUSALS[reason] }),
        (proptest::option::of(0..60_u64), 0..9_u32)
            .prop_map(|(second, agreeing)| State::HalfOpen { since: second.map(at), agreeing }),
    ];
    let forced = prop_oneof![Just(None), Just(Some(Forced::Open)), Just(Some(Forced::Closed))];
    (state, forced).prop_map(|(state, forced)| Breaker { state, forced })
}

fn any_standing() -> impl Strategy<Value = Standing> {
    prop_oneof![
        5 => Just(Standing::Active(Weight::FULL)),
        1 => (1..1_000_000_u64).prop_map(|parts| Standing::Active(Weight::new(causeway_primitives::Ppm::new(parts)).unwrap())),
        1 => Just(Standing::Shadow),
        1 => Just(Standing::Inactive(Inactive::Standby)),
        1 => Just(Standing::Inactive(Inactive::Quarantined)),
        1 => Just(Standing::Inactive(Inactive::Excluded)),
    ]
}

fn any_route() -> impl Strategy<Value = Route> {
    prop_oneof![
        4 => Just(Route::direct()),
        1 => Just(Route::through(Quotation::Direct, [usdt_leg(Operation::Multiply)])),
        1 => Just(Route::through(Quotation::Inverse, [usdt_leg(Operation::Divide)])),
    ]
}

fn any_word() -> impl Strategy<Value = Observation> {
    let times = (proptest::option::of(0..90_u64), 0..60_000_u64, 0..60_000_u64);
    (0..6_usize, 9_000_000..11_000_000_u64, any_standing(), any_route(), times).prop_map(
        |(venue, units, standing, route, (stamp, age, unchanged))| Observation {
            venue_time: stamp.map(at),
            age: Duration::from_millis(age),
            unchanged_for: Duration::from_millis(unchanged),
            route,
            standing,
            ..word(venue, &format!("{}.{:04}", units / 10_000, units % 10_000))
        },
    )
}

fn any_inputs() -> impl Strategy<Value = Inputs> {
    let material = prop_oneof![
        8 => proptest::collection::vec(any_word(), 0..8).prop_map(Material::Observed),
        1 => Just(Material::Derived(vec![usdt_leg(Operation::Multiply), usdt_leg(Operation::Divide)])),
    ];
    let chain = (any::<bool>(), -5_i64..120_000_000_000, 0..120_u64);
    (material, any::<bool>(), any::<bool>(), chain, any_breaker(), proptest::option::of(1..120_000_000_000_i64))
        .prop_map(|(material, degraded, convertible, (empty, latest, age), breaker, pending)| {
            let mut conversions = Conversions::none();
            if convertible {
                conversions.insert("usdt-usd".parse().unwrap(), aggregate("0.9997"));
            }
            Inputs {
                now: at(30),
                condition: if degraded { Condition::Degraded } else { Condition::Normal },
                material,
                conversions,
                on_chain: if empty { empty_feed() } else { on_chain(latest, age) },
                breaker,
                pending: pending.map(|value| Pending { answer: answer(value) }),
            }
        })
}

proptest! {
    #[test]
    fn ora_10_a_record_replays_byte_for_byte(inputs in any_inputs()) {
        let policy = Policy::new(policy()).unwrap();
        let text = written(&policy, &inputs);
        let read = Policy::read(policy.text()).unwrap();
        prop_assert_eq!(replay(&text, &read).unwrap(), (Replay::Same, text.clone()));
        let explained = explain(&text, &read).unwrap();
        prop_assert_eq!(explained.evaluation, evaluate(policy.get(), &inputs));
        prop_assert_eq!(explained.inputs, inputs);
    }

    #[test]
    fn ora_5_a_breaker_survives_a_restart(breaker in any_breaker()) {
        prop_assert_eq!(read_breaker(&write_breaker(&breaker).unwrap()).unwrap(), breaker);
    }
}

#[test]
fn ora_10_the_format_does_not_drift_unnoticed() {
    let policy = Policy::new(policy()).unwrap();
    let mut inputs = inputs();
    inputs.conversions.insert("usdt-usd".parse().unwrap(), aggregate("0.9997"));
    if let Material::Observed(words) = &mut inputs.material {
        words[1].route = Route::through(Quotation::Direct, [usdt_leg(Operation::Multiply)]);
        words[2].venue_time = None;
    }
    insta::assert_snapshot!("record", written(&policy, &inputs));
    insta::assert_snapshot!("policy", policy.text());
}

#[test]
fn ora_10_a_record_that_was_changed_differs() {
    let policy = Policy::new(policy()).unwrap();
    let text = written(&policy, &inputs());
    let changes = [
        (r#""kind":"publish""#, r#""kind":"hold""#),
        (r#""reason":"deviation""#, r#""reason":"heartbeat""#),
        (r#""answer":"100100000000""#, r#""answer":"100100000001""#),
        (r#""price":"1000","#, r#""price":"1000.5","#),
        (r#""answer":"99000000000""#, r#""answer":"100000000000""#),
        (r#""standing":"active","weight_ppm":1000000"#, r#""standing":"quarantined""#),
        (r#"{"version":1"#, r#"{ "version":1"#),
    ];
    for (from, to) in changes {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from} is in the record: {text}");
        assert_eq!(replay(&changed, &policy).unwrap().0, Replay::Differs, "{from} → {to}");
    }
}

#[test]
fn ora_10_what_cannot_be_read_is_not_replayed() {
    let policy = Policy::new(policy()).unwrap();
    let text = written(&policy, &inputs());
    let changed = |from: &str, to: &str| {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from} is in the record: {text}");
        replay(&changed, &policy).unwrap_err()
    };
    assert!(matches!(changed(r#""version":1"#, r#""version":2"#), Error::Version(2)));
    assert!(matches!(changed(r#""version":1"#, r#""version":1,"more":1"#), Error::Format(_)));
    assert!(matches!(changed(r#""standing":"active""#, r#""standing":"loud""#), Error::Value("standing")));
    assert!(matches!(changed(r#""price":"1000""#, r#""price":"-1""#), Error::Value("price")));
    assert!(matches!(changed(&format!("{}", policy.digest()), &format!("{}", B256::ZERO)), Error::Policy));
    let another = Policy::new(policy_with(|terms| terms.trigger.heartbeat = Duration::from_secs(61))).unwrap();
    assert!(matches!(replay(&text, &another), Err(Error::Policy)));
    assert!(matches!(replay("", &policy), Err(Error::Format(_))));
}

#[test]
fn ora_10_every_policy_is_read_as_it_was_written() {
    let profiles = [
        Profile::Causeway,
        Profile::Libocr,
        Profile::FluxMonitor { absolute: "250".parse().unwrap() },
        Profile::Airseeker,
        Profile::Pyth,
        Profile::RedStone,
    ];
    for profile in profiles {
        let written = Policy::new(policy_with(|terms| {
            terms.trigger.profile = profile;
            terms.bounds.min = Some(answer(1));
            terms.freshness.frozen = None;
        }))
        .unwrap();
        let read = Policy::read(written.text()).unwrap();
        assert_eq!((read.get(), read.text(), read.digest()), (written.get(), written.text(), written.digest()));
    }
    assert!(matches!(Policy::read("{}"), Err(Error::Format(_))));
    let text = Policy::new(policy()).unwrap().text().replacen(r#""profile":"causeway""#, r#""profile":"any""#, 1);
    assert!(matches!(Policy::read(&text), Err(Error::Value(_))));
}

fn states() -> Vec<lifecycle::State> {
    vec![
        lifecycle::State::Healthy,
        lifecycle::State::Suspect { strikes: 2, clean: 1 },
        lifecycle::State::Quarantined { until: at(300) },
        lifecycle::State::Probation { stage: Stage::Shadow, clean: 4 },
        lifecycle::State::Probation { stage: Stage::Reduced, clean: 0 },
    ]
}

fn causes() -> Vec<Option<Cause>> {
    let blames = [
        Blame::Silent,
        Blame::Stale,
        Blame::Future,
        Blame::Frozen,
        Blame::Outlier,
        Blame::OutOfRange,
        Blame::Credential,
    ];
    let others = [
        Cause::Cleared,
        Cause::Served,
        Cause::ShadowPassed,
        Cause::ProbationPassed,
        Cause::QuorumShort,
        Cause::QuorumRestored,
        Cause::ExcludedByOperator,
        Cause::ReinstatedByOperator,
    ];
    std::iter::once(None).chain(blames.map(Cause::Fault).into_iter().chain(others).map(Some)).collect()
}

#[test]
fn ora_5_every_state_of_a_source_survives_a_restart() {
    for state in states() {
        for post in [Post::Primary, Post::Standby, Post::Promoted] {
            for operator in [Operator::HandsOff, Operator::Excluded] {
                for cause in causes() {
                    let quarantines: Vec<Timestamp> = vec![at(1), at(2)];
                    let source = lifecycle::Source { state, post, operator, since: at(7), cause, quarantines };
                    assert_eq!(read_source(&write_source(&source).unwrap()).unwrap(), source);
                }
            }
        }
    }
}

#[test]
fn ora_5_a_state_that_makes_no_sense_is_refused() {
    let text = write_source(&lifecycle::Source::new(Post::Primary, at(0))).unwrap();
    for (from, to) in [("healthy", "suspect"), ("healthy", "well"), ("primary", "chief")] {
        assert!(matches!(read_source(&text.replacen(from, to, 1)), Err(Error::Value(_))), "{from} → {to}");
    }
    assert!(matches!(read_source("{}"), Err(Error::Format(_))));
    assert!(matches!(read_breaker(r#"{"state":"open","since_ms":null}"#), Err(Error::Value(_))));
}

#[test]
fn ora_10_the_time_of_a_decision_is_in_its_record() {
    let policy = Policy::new(policy()).unwrap();
    assert_eq!(decided_at(&written(&policy, &inputs())).unwrap(), at(0));
    assert_eq!(terms().feed.as_str(), "eth-usd");
}

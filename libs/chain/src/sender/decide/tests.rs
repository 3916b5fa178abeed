//! Every situation of a transaction, and what must never follow from any.

use std::time::Duration;

use alloy::primitives::{Address, Bytes};
use proptest::prelude::*;

use super::*;
use crate::{
    intent::{Expectation, Intent},
    revert::Reason,
    rpc::RefusalKind,
    sender::FeePolicy,
};

const POLICY: SendPolicy = SendPolicy {
    stuck_after: Duration::from_secs(10),
    resend_after: Duration::from_secs(2),
    max_attempts: 3,
    gas_margin_percent: 20,
    ..SendPolicy::FREE_GAS
};

const DEPTH: SendPolicy = SendPolicy { finality: Finality::Depth(3), ..POLICY };

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(1_700_000_000 + seconds).unwrap()
}

fn intent() -> Intent {
    Intent {
        key: "round:7".parse().unwrap(),
        to: Address::repeat_byte(1),
        value: U256::ZERO,
        data: Bytes::from_static(&[1]),
        expect: Expectation::Status,
        on_nonce_taken: OnNonceTaken::Fail,
        expires_at: Some(at(60)),
        traceparent: None,
    }
}

fn attempt(ordinal: u32, fees: Fees) -> Attempt {
    Attempt {
        ordinal,
        nonce: 5,
        gas_limit: 119_999 + u64::from(ordinal),
        fees,
        raw: Bytes::from(vec![u8::try_from(ordinal).unwrap()]),
        hash: hash(ordinal),
        signed_at: at(0),
        sent_at: Some(at(0)),
    }
}

fn hash(ordinal: u32) -> B256 {
    B256::repeat_byte(u8::try_from(ordinal).unwrap())
}

fn unsigned() -> IntentState {
    IntentState { intent: intent(), stage: Stage::Unsigned, attempts: Vec::new() }
}

fn pending(attempts: u32) -> IntentState {
    let attempts = (1..=attempts).map(|ordinal| attempt(ordinal, Fees::FREE)).collect();
    IntentState { intent: intent(), stage: Stage::Pending { nonce: 5 }, attempts }
}

fn inclusion(block_number: u64) -> Inclusion {
    Inclusion { tx_hash: hash(1), block_number, block_hash: B256::repeat_byte(0xbb), gas_used: 9, gas_price: 0 }
}

fn included(block_number: u64) -> IntentState {
    IntentState { stage: Stage::Included { nonce: 5, inclusion: inclusion(block_number) }, ..pending(1) }
}

/// A quiet chain at height 100, with nothing of ours on it.
fn quiet() -> Facts {
    Facts {
        ours: true,
        head: 100,
        base_fee: Some(0),
        gas_price: 0,
        final_height: Some(100),
        nonce: 5,
        final_nonce: 5,
        balance: U256::ZERO,
        free_nonce: 5,
        gap: None,
        in_flight: 0,
        mined: None,
        pooled: false,
        simulation: Some(Simulation::Passes { gas: 100_000 }),
        leave: Leave::Given,
    }
}

fn mined(block_number: u64, effect: Effect) -> Facts {
    let mined = Some(Mined { inclusion: inclusion(block_number), effect });
    Facts { mined, nonce: 6, final_nonce: 5, ..quiet() }
}

#[test]
fn ora_11_signs_with_the_nonce_of_the_chain_and_offers_nothing_where_gas_is_free() {
    let draft = Draft { nonce: 5, fees: Fees::FREE, gas_limit: 120_000 };
    assert_eq!(next(&unsigned(), &quiet(), &POLICY, at(1)), Action::Sign(draft));
    let busy = Facts { free_nonce: 8, ..quiet() };
    assert_eq!(next(&unsigned(), &busy, &POLICY, at(1)), Action::Sign(Draft { nonce: 8, ..draft }));
}

#[test]
fn nothing_is_signed_that_cannot_go_through() {
    let simulated = |simulation| Facts { simulation: Some(simulation), ..quiet() };
    let reason = Reason::Text("invalid round".to_owned());
    for (facts, now, failure) in [
        (quiet(), at(60), Failure::Expired),
        (simulated(Simulation::Reverts(reason.clone())), at(1), Failure::WouldRevert(reason)),
        (simulated(Simulation::Refused(RefusalKind::NotPermitted)), at(1), Failure::Refused(RefusalKind::NotPermitted)),
        (simulated(Simulation::Passes { gas: 2_000_000 }), at(1), Failure::TooMuchGas),
    ] {
        assert_eq!(next(&unsigned(), &facts, &POLICY, now), Action::Failed(failure));
    }
}

#[test]
fn signing_waits_for_funds_for_the_market_and_for_other_intents() {
    let dear = SendPolicy { fees: FeePolicy::Legacy { cap: 10 }, ..POLICY };
    let priced = Facts { gas_price: 10, balance: U256::from(1_199_999), ..quiet() };
    let needed = U256::from(1_200_000);
    for (facts, policy, waiting) in [
        (priced.clone(), dear, Waiting::Funds { needed }),
        (Facts { gas_price: 11, ..priced }, dear, Waiting::FeeCap),
        (Facts { in_flight: 1, ..quiet() }, POLICY, Waiting::InFlight),
        (Facts { simulation: None, ..quiet() }, POLICY, Waiting::Simulation),
    ] {
        assert_eq!(next(&unsigned(), &facts, &policy, at(1)), Action::Wait(waiting));
    }
}

#[test]
fn ora_11_what_was_signed_but_never_sent_is_sent_as_it_is() {
    let mut state = pending(1);
    state.attempts[0].sent_at = None;
    assert_eq!(next(&state, &quiet(), &POLICY, at(3_600)), Action::Broadcast(hash(1)));
}

#[test]
fn ora_11_what_every_pool_forgot_is_sent_again_as_it_is() {
    assert_eq!(next(&pending(1), &quiet(), &POLICY, at(1)), Action::Wait(Waiting::Propagating));
    assert_eq!(next(&pending(1), &quiet(), &POLICY, at(2)), Action::Dropped(hash(1)));
    assert_eq!(next(&pending(2), &quiet(), &POLICY, at(3_600)), Action::Dropped(hash(2)), "also when it is old");
}

#[test]
fn tok_8_without_leave_nothing_goes_out_and_what_may_be_mined_is_followed() {
    let shut = |facts| Facts { leave: Leave::Withheld, ..facts };
    let mut unsent = pending(1);
    unsent.attempts[0].sent_at = None;
    let pooled = Facts { pooled: true, ..quiet() };
    let stranded = Facts { nonce: 4, final_nonce: 4, gap: Some(4), ..quiet() };
    for (state, facts) in [
        (unsigned(), quiet()),
        (unsent, quiet()),
        (pending(1), quiet()),
        (pending(1), pooled.clone()),
        (pending(1), stranded),
    ] {
        let with_leave = next(&state, &facts, &POLICY, at(59));
        assert!(!matches!(with_leave, Action::Wait(_)), "{with_leave:?} goes out with leave");
        assert_eq!(next(&state, &shut(facts), &POLICY, at(59)), Action::Wait(Waiting::NoLeave), "{with_leave:?}");
    }
    assert_eq!(next(&unsigned(), &shut(quiet()), &POLICY, at(60)), Action::Failed(Failure::Expired));
    assert_eq!(next(&pending(1), &shut(pooled), &POLICY, at(1)), Action::Wait(Waiting::Mining));
    let confirmed = next(&pending(1), &shut(mined(100, Effect::Expected)), &POLICY, at(1));
    assert_eq!(confirmed, Action::Confirmed(inclusion(100)));
}

#[test]
fn ora_11_a_stuck_transaction_is_replaced_without_offering_a_wei_where_gas_is_free() {
    let pooled = Facts { pooled: true, ..quiet() };
    assert_eq!(next(&pending(1), &pooled, &POLICY, at(9)), Action::Wait(Waiting::Mining));
    let draft = Draft { nonce: 5, fees: Fees::FREE, gas_limit: 120_001 };
    assert_eq!(next(&pending(1), &pooled, &POLICY, at(10)), Action::Replace(draft));
    let exhausted = next(&pending(3), &pooled, &POLICY, at(3_600));
    assert_eq!(exhausted, Action::Wait(Waiting::AttemptsExhausted));
}

#[test]
fn a_stuck_transaction_is_replaced_at_a_higher_price_up_to_the_cap() {
    let policy = SendPolicy { fees: FeePolicy::Legacy { cap: 111 }, ..POLICY };
    let price = |gas_price| Fees::Legacy { gas_price };
    let state = |gas_price| IntentState { attempts: vec![attempt(1, price(gas_price))], ..pending(1) };
    let facts = Facts { pooled: true, balance: U256::from(u64::MAX), gas_price: 1, ..quiet() };
    let draft = Draft { nonce: 5, fees: price(111), gas_limit: 120_001 };
    assert_eq!(next(&state(100), &facts, &policy, at(10)), Action::Replace(Draft { fees: price(110), ..draft }));
    assert_eq!(next(&state(101), &facts, &policy, at(10)), Action::Wait(Waiting::AttemptsExhausted));
    let poor = Facts { balance: U256::ZERO, ..facts.clone() };
    assert_eq!(next(&state(100), &poor, &policy, at(10)), Action::Wait(Waiting::AttemptsExhausted));
    // No pool takes it at its price any more: sending the same bytes again would never help.
    let left_behind = Facts { pooled: false, gas_price: 105, ..facts };
    assert_eq!(next(&state(100), &left_behind, &policy, at(10)), Action::Replace(Draft { fees: price(110), ..draft }));
}

#[test]
fn ora_11_only_a_final_receipt_with_the_event_is_a_success() {
    let effects = [
        (Effect::Expected, Action::Confirmed(inclusion(100))),
        (Effect::EventMissing, Action::Reverted(Outcome::EventMissing(inclusion(100)))),
        (
            Effect::Reverted(Reason::Silent),
            Action::Reverted(Outcome::Reverted { inclusion: inclusion(100), reason: Reason::Silent }),
        ),
    ];
    for (effect, action) in effects {
        let final_now = mined(100, effect.clone());
        assert_eq!(next(&pending(1), &final_now, &POLICY, at(1)), action);
        let not_yet = Facts { final_height: Some(97), ..final_now.clone() };
        let noted = Action::Included { nonce: 5, inclusion: inclusion(100) };
        assert_eq!(next(&pending(1), &not_yet, &DEPTH, at(1)), noted);
        assert_eq!(next(&included(100), &not_yet, &DEPTH, at(1)), Action::Wait(Waiting::Finality));
        assert_eq!(next(&included(100), &final_now, &DEPTH, at(1)), action);
    }
}

#[test]
fn ora_11_a_receipt_that_vanished_or_moved_is_a_reorganisation() {
    let gone = Facts { final_height: Some(97), ..quiet() };
    assert_eq!(next(&included(100), &gone, &DEPTH, at(1)), Action::Reorganised { nonce: 5 });
    let moved = Facts { final_height: Some(97), ..mined(101, Effect::Expected) };
    assert_eq!(next(&included(100), &moved, &DEPTH, at(1)), Action::Reorganised { nonce: 5 });
}

#[test]
fn ora_11_a_nonce_that_an_outsider_used_for_good_is_told_apart_from_one_that_may_come_back() {
    let taken = Facts { nonce: 6, final_nonce: 6, ..quiet() };
    assert_eq!(next(&pending(1), &taken, &POLICY, at(1)), Action::Failed(Failure::NonceTaken));
    let mut stubborn = pending(1);
    stubborn.intent.on_nonce_taken = OnNonceTaken::SignAgain;
    assert_eq!(next(&stubborn, &taken, &POLICY, at(1)), Action::NonceTaken);
    let not_for_good = Facts { nonce: 6, final_nonce: 5, ..quiet() };
    assert_eq!(next(&stubborn, &not_for_good, &DEPTH, at(3_600)), Action::Wait(Waiting::Finality));
}

#[test]
fn a_nonce_that_nobody_uses_is_filled_and_the_signed_bytes_stay_as_they_are() {
    let stranded = Facts { nonce: 4, final_nonce: 4, gap: Some(4), ..quiet() };
    assert_eq!(next(&pending(1), &stranded, &POLICY, at(9)), Action::Dropped(hash(1)));
    assert_eq!(next(&pending(1), &stranded, &POLICY, at(10)), Action::FillGap(4));
}

#[test]
fn an_intent_that_expires_after_it_was_signed_is_followed_to_its_end() {
    let pooled = Facts { pooled: true, ..quiet() };
    assert!(matches!(next(&pending(1), &pooled, &POLICY, at(3_600)), Action::Replace(_)));
    let confirmed = next(&pending(1), &mined(100, Effect::Expected), &POLICY, at(3_600));
    assert_eq!(confirmed, Action::Confirmed(inclusion(100)));
}

#[test]
fn a_nonce_without_its_bytes_is_left_to_a_person() {
    let state = IntentState { attempts: Vec::new(), ..pending(1) };
    assert_eq!(next(&state, &quiet(), &POLICY, at(1)), Action::Wait(Waiting::BytesMissing));
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let effect =
        prop_oneof![Just(Effect::Expected), Just(Effect::EventMissing), Just(Effect::Reverted(Reason::Silent)),];
    let receipt = proptest::option::of((95_u64..105, effect));
    let nonces = (4_u64..8, 0_u64..3, 0_u64..3);
    (receipt, nonces, proptest::option::of(90_u64..=100), any::<bool>(), 0_u128..200, any::<bool>(), 0_usize..3)
        .prop_map(|(receipt, (final_nonce, ahead, others), final_height, pooled, gas_price, passes, in_flight)| Facts {
            ours: true,
            head: 100,
            base_fee: None,
            gas_price,
            final_height,
            nonce: final_nonce + ahead,
            final_nonce,
            balance: U256::from(20_000_000_u64),
            free_nonce: final_nonce + ahead + others,
            gap: None,
            in_flight,
            mined: receipt.map(|(block, effect)| Mined { inclusion: inclusion(block), effect }),
            pooled,
            simulation: Some(if passes {
                Simulation::Passes { gas: 100_000 }
            } else {
                Simulation::Reverts(Reason::Silent)
            }),
            leave: Leave::Given,
        })
}

fn any_state() -> impl Strategy<Value = IntentState> {
    let stage = prop_oneof![
        Just(Stage::Unsigned),
        Just(Stage::Pending { nonce: 5 }),
        (95_u64..105).prop_map(|block| Stage::Included { nonce: 5, inclusion: inclusion(block) }),
        Just(Stage::Settled(Outcome::Failed(Failure::Expired))),
    ];
    (stage, 1_u32..5, 0_u128..150, any::<bool>(), any::<bool>()).prop_map(|(stage, count, price, again, sent)| {
        let attempts = (1..=count)
            .map(|ordinal| Attempt {
                sent_at: sent.then_some(at(0)),
                ..attempt(ordinal, Fees::Legacy { gas_price: price })
            })
            .collect();
        let on_nonce_taken = if again { OnNonceTaken::SignAgain } else { OnNonceTaken::Fail };
        IntentState { intent: Intent { on_nonce_taken, ..intent() }, stage, attempts }
    })
}

fn any_policy() -> impl Strategy<Value = SendPolicy> {
    let fees = prop_oneof![
        Just(FeePolicy::Free),
        Just(FeePolicy::Legacy { cap: 120 }),
        Just(FeePolicy::Eip1559 { tip: 2, cap: 120 }),
    ];
    let finality = prop_oneof![Just(Finality::Instant), Just(Finality::Depth(3)), Just(Finality::Finalized)];
    (fees, finality).prop_map(|(fees, finality)| SendPolicy { fees, finality, ..POLICY })
}

proptest! {
    /// The rules that make one effect out of any number of attempts.
    #[test]
    fn ora_11_whatever_the_chain_shows_no_second_effect_can_follow(
        state in any_state(),
        facts in any_facts(),
        policy in any_policy(),
        seconds in 0_u64..100,
    ) {
        let action = next(&state, &facts, &policy, at(seconds));
        let settled = matches!(state.stage, Stage::Settled(_));
        match &action {
            Action::Sign(_) => {
                prop_assert_eq!(&state.stage, &Stage::Unsigned, "a new nonce while the old one lives");
            }
            Action::Replace(draft) => {
                prop_assert_eq!(Some(draft.nonce), state.stage.nonce(), "a replacement with another nonce");
                prop_assert!(facts.mined.is_none() && facts.nonce <= draft.nonce);
                let newest = state.newest().unwrap();
                prop_assert!((draft.gas_limit, draft.fees) != (newest.gas_limit, newest.fees), "the same bytes");
            }
            Action::NonceTaken => {
                prop_assert!(facts.mined.is_none() && Some(facts.final_nonce) > state.stage.nonce());
            }
            Action::Confirmed(inclusion) => {
                let mined = facts.mined.as_ref().unwrap();
                prop_assert_eq!((&mined.effect, &mined.inclusion), (&Effect::Expected, inclusion));
                let deep_enough = facts.final_height.is_some_and(|height| height >= inclusion.block_number);
                prop_assert!(policy.finality == Finality::Instant || deep_enough);
            }
            Action::Broadcast(hash) | Action::Dropped(hash) => {
                prop_assert_eq!(state.newest().map(|attempt| attempt.hash), Some(*hash));
                prop_assert!(facts.mined.is_none());
            }
            Action::Failed(failure) => {
                let unsigned = state.stage == Stage::Unsigned;
                prop_assert!(unsigned || *failure == Failure::NonceTaken, "{failure:?} of signed bytes");
            }
            Action::Wait(_) | Action::FillGap(_) | Action::Included { .. } | Action::Reorganised { .. } | Action::Reverted(_) => {}
        }
        prop_assert!(!settled || action == Action::Wait(Waiting::Settled), "life after the end: {action:?}");
        if policy.fees == FeePolicy::Free
            && let Action::Sign(draft) | Action::Replace(draft) = &action
        {
            prop_assert_eq!(draft.fees, Fees::FREE);
        }
    }
}

#[test]
fn ora_11_bytes_of_another_account_are_followed_and_never_replaced() {
    let waiting = |facts: Facts| next(&pending(1), &facts, &POLICY, at(1_000_000));
    let stuck = waiting(Facts { pooled: true, ..quiet() });
    assert!(matches!(stuck, Action::Replace(_)), "ours is replaced: {stuck:?}");
    let foreign = waiting(Facts { pooled: true, ours: false, ..quiet() });
    assert_eq!(foreign, Action::Wait(Waiting::Mining));
    let dropped = waiting(Facts { pooled: false, ours: false, ..quiet() });
    assert!(matches!(dropped, Action::Dropped(_)), "the same bytes are sent again: {dropped:?}");
}

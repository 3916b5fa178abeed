//! What failed executions left behind, in every form that was seen or can be sent.

use alloy::{
    primitives::Address,
    sol_types::{Panic, Revert},
};
use proptest::prelude::*;

use super::*;

fn text(text: &str) -> Vec<u8> {
    Revert::from(text).abi_encode()
}

/// As ramps cut return data.
fn cut(mut data: Vec<u8>) -> Vec<u8> {
    data.truncate(132);
    data
}

#[test]
fn ccip_15_an_empty_receiver_error_is_a_lack_of_gas() {
    let inner = abi::ReceiverError { error: Vec::new().into() }.abi_encode();
    let explained = explain(&abi::old::ExecutionError { error: inner.into() }.abi_encode());
    assert_eq!(explained.around, ["ExecutionError", "ReceiverError"]);
    assert_eq!((&explained.cause, explained.kind, explained.is_cut), (&Cause::Nothing, Kind::OutOfGas, false));
    assert_eq!(
        explained.to_string(),
        "ExecutionError > ReceiverError > nothing returned: out of gas, or reverted without a reason"
    );
}

#[test]
fn ccip_15_reasons_are_found_in_both_generations_of_wrappers() {
    let old = abi::old::TokenHandlingError { error: text("msg.sender not minter").into() }.abi_encode();
    let new =
        abi::new::TokenHandlingError { target: Address::repeat_byte(1), err: text("msg.sender not minter").into() };
    for data in [old, new.abi_encode()] {
        let explained = explain(&data);
        assert_eq!(explained.to_string(), "TokenHandlingError > reverted: msg.sender not minter");
        assert_eq!(explained.kind, Kind::Token);
    }
    let panicked = Panic { code: U256::from(0x11) }.abi_encode();
    let inner = abi::ReceiverError { error: panicked.into() }.abi_encode();
    let outer = abi::new::ExecutionError { messageId: [7; 32].into(), err: inner.into() }.abi_encode();
    let explained = explain(&outer);
    assert_eq!(explained.to_string(), "ExecutionError > ReceiverError > panicked with code 0x11 (overflow)");
    assert_eq!(explained.kind, Kind::Receiver);
}

#[test]
fn ccip_15_a_rate_limit_says_how_long_to_wait() {
    let token = Address::repeat_byte(0x11);
    let limit =
        abi::TokenRateLimitReached { minWaitInSeconds: U256::from(90), available: U256::from(5), tokenAddress: token };
    let data = abi::new::TokenHandlingError { target: token, err: limit.abi_encode().into() }.abi_encode();
    let explained = explain(&data);
    assert_eq!((explained.kind, explained.wait), (Kind::RateLimit, Some(Duration::from_secs(90))));
    let expected = format!("TokenRateLimitReached: minWaitInSeconds 90, available 5, tokenAddress {token}");
    assert_eq!(explained.cause.to_string(), expected);

    // Cut at 132 bytes: 4 + 96 of the wrapper, 4 of the selector, and 28 bytes of the first argument.
    let explained = explain(&cut(data));
    assert_eq!((explained.kind, explained.wait, explained.is_cut), (Kind::RateLimit, None, true));

    let limit = abi::AggregateValueRateLimitReached { minWaitInSeconds: U256::MAX, available: U256::ZERO };
    assert_eq!(explain(&limit.abi_encode()).wait, None, "longer than the world");
}

#[test]
fn ccip_15_errors_of_the_contracts_have_their_kinds() {
    let (capacity, requested) = (U256::from(1), U256::from(2));
    let table: [(Vec<u8>, Kind); 6] = [
        (abi::NotEnoughGasForCall {}.abi_encode(), Kind::TransactionGas),
        (abi::InsufficientGasToCompleteTx { err: [0x37, 0xc3, 0xbe, 0x29].into() }.abi_encode(), Kind::TransactionGas),
        (abi::AggregateValueMaxCapacityExceeded { capacity, requested }.abi_encode(), Kind::Capacity),
        (abi::old::CursedByRMN {}.abi_encode(), Kind::Cursed),
        (abi::new::CursedByRMN { chainSelector: 138 }.abi_encode(), Kind::Cursed),
        (abi::NoContract {}.abi_encode(), Kind::NoReceiver),
    ];
    for (data, kind) in table {
        let explained = explain(&data);
        assert!(matches!(explained.cause, Cause::Known(_)), "{explained}");
        assert_eq!(explained.kind, kind, "{explained}");
    }
}

#[test]
fn ccip_15_a_text_that_was_cut_says_so() {
    let inner = abi::ReceiverError { error: text("a reason that is longer than what is kept of it").into() };
    let explained = explain(&cut(inner.abi_encode()));
    assert_eq!(explained.around, ["ReceiverError"]);
    assert!(explained.is_cut);
    assert_eq!(explained.cause, Cause::Damaged, "32 bytes are left, which is the offset of the text and no text");
    let explained = explain(&cut(text(&"x".repeat(100))));
    assert_eq!(explained.to_string(), format!("reverted: {} (cut off)", "x".repeat(64)));
}

#[test]
fn ccip_15_what_a_receiver_returns_is_never_trusted() {
    let mut hostile = text("\u{1b}[2Jgone");
    let at = hostile.len() - 32;
    hostile[at + 8] = 0xff;
    let Cause::Text(shown) = explain(&hostile).cause else { panic!("a text") };
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    assert_eq!(explain(&text(&"ä".repeat(100_000))).cause, Cause::Text("ä".repeat(LONGEST_TEXT)));
    assert_eq!(explain(&[1, 2, 3]).cause, Cause::Damaged);
    assert_eq!(explain(&[0xde, 0xad, 0xbe, 0xef]).to_string(), "an error of its own, 0xdeadbeef");
    assert_eq!(explain(&[]).kind, Kind::OutOfGas);
    let mut absurd = abi::ReceiverError::SELECTOR.to_vec();
    absurd.extend([0xff; 64]);
    assert_eq!(explain(&absurd).around, Vec::<&str>::new(), "an offset beyond the universe wraps nothing");
}

#[test]
fn wrappers_within_wrappers_end() {
    let mut data = Vec::new();
    for _ in 0..20 {
        data = abi::ReceiverError { error: data.into() }.abi_encode();
    }
    let explained = explain(&data);
    assert_eq!(explained.around.len(), DEEPEST);
}

proptest! {
    /// All bytes have an explanation, whatever they begin like.
    #[test]
    fn ccip_15_every_return_data_is_explained(begin in 0_usize..6, tail in proptest::collection::vec(any::<u8>(), 0..400)) {
        let beginnings: [&[u8]; 6] = [
            &[],
            &Revert::SELECTOR,
            &Panic::SELECTOR,
            &abi::ReceiverError::SELECTOR,
            &abi::new::TokenHandlingError::SELECTOR,
            &abi::TokenRateLimitReached::SELECTOR,
        ];
        let mut data = beginnings[begin].to_vec();
        data.extend(tail);
        let explained = explain(&data);
        prop_assert!(explained.to_string().chars().count() < 2_000);
    }
}

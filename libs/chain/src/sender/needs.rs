//! What like calls needed. A call is then tried once under that limit, where an estimate makes the node run it a dozen
//! times; one that does not go through is estimated after all, which also says why.

use std::collections::BTreeMap;

use alloy::primitives::Address;

use crate::intent::Intent;

/// Of more kinds of calls nothing is remembered: a sender has a handful.
const KINDS: usize = 64;
/// After so many calls the need is estimated anew, as it may fall as well as rise.
const TRIALS: u32 = 256;
/// What a byte costs at most more than a zero one (EIP-7623): a node may try a call without asking for that and then not take
/// the transaction.
const MORE_THAN_ZERO: u64 = 30;

/// The same method of the same contract, with as many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Likeness {
    to: Address,
    selector: Option<[u8; 4]>,
    length: usize,
}

impl Likeness {
    fn of(intent: &Intent) -> Self {
        Self { to: intent.to, selector: intent.data.first_chunk().copied(), length: intent.data.len() }
    }
}

#[derive(Debug)]
struct Need {
    gas: u64,
    /// Of the bytes that it was estimated with.
    zeros: u64,
    trials: u32,
}

/// Estimates by likeness.
#[derive(Debug, Default)]
pub(super) struct Needs(BTreeMap<Likeness, Need>);

impl Needs {
    /// What was estimated for a call like this one; `None` when it is to be estimated.
    pub(super) fn of(&mut self, intent: &Intent) -> Option<u64> {
        let need = self.0.get_mut(&Likeness::of(intent))?;
        need.trials = need.trials.checked_sub(1)?;
        let fewer = need.zeros.saturating_sub(zeros(intent));
        need.gas.checked_add(fewer.checked_mul(MORE_THAN_ZERO)?)
    }

    /// Remembers an estimate.
    pub(super) fn learn(&mut self, intent: &Intent, gas: u64) {
        let likeness = Likeness::of(intent);
        if self.0.len() < KINDS || self.0.contains_key(&likeness) {
            self.0.insert(likeness, Need { gas, zeros: zeros(intent), trials: TRIALS });
        }
    }
}

fn zeros(intent: &Intent) -> u64 {
    intent.data.iter().fold(0, |zeros, byte| zeros.saturating_add(u64::from(*byte == 0)))
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Bytes, U256};

    use super::*;
    use crate::intent::{Expectation, OnNonceTaken};

    fn intent(to: u8, data: &[u8]) -> Intent {
        Intent {
            key: "key".parse().unwrap(),
            to: Address::repeat_byte(to),
            data: Bytes::copy_from_slice(data),
            value: U256::ZERO,
            expect: Expectation::Status,
            on_nonce_taken: OnNonceTaken::Fail,
            expires_at: None,
            traceparent: None,
        }
    }

    #[test]
    fn only_a_call_of_the_same_method_and_length_is_like_another() {
        let mut needs = Needs::default();
        let known = intent(1, &[1, 2, 3, 4, 5]);
        assert_eq!(needs.of(&known), None);
        needs.learn(&known, 50_000);
        assert_eq!(needs.of(&intent(1, &[1, 2, 3, 4, 9])), Some(50_000));
        for other in
            [intent(2, &[1, 2, 3, 4, 5]), intent(1, &[9, 2, 3, 4, 5]), intent(1, &[1, 2, 3, 4]), intent(1, &[])]
        {
            assert_eq!(needs.of(&other), None, "{other:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_zeros_any_more_are_paid_for() {
        let mut needs = Needs::default();
        needs.learn(&intent(1, &[1, 2, 3, 4, 0, 0, 0]), 50_000);
        assert_eq!(needs.of(&intent(1, &[1, 2, 3, 4, 0, 5, 5])), Some(50_060));
    }

    #[test]
    fn a_need_is_estimated_anew_after_so_many_calls_and_no_more_kinds_are_kept_than_the_limit() {
        let mut needs = Needs::default();
        let known = intent(1, &[1, 2, 3, 4]);
        needs.learn(&known, 50_000);
        for _ in 0..TRIALS {
            assert_eq!(needs.of(&known), Some(50_000));
        }
        assert_eq!(needs.of(&known), None);
        needs.learn(&known, 40_000);
        assert_eq!(needs.of(&known), Some(40_000));
        for length in 0..2 * KINDS {
            needs.learn(&intent(7, &vec![0; length]), 1);
        }
        assert_eq!(needs.0.len(), KINDS);
        assert_eq!(needs.of(&known), Some(40_000));
    }
}

//! What an execution returned, as a diagnosis takes it.

use crate::{adapters::dialects::returndata, domain::diagnose::evidence::Failure};

/// Reads what an execution returned. Total: all bytes have an explanation.
pub fn explain(return_data: &[u8]) -> Failure {
    let explained = returndata::explain(return_data);
    Failure {
        silent: explained.kind == returndata::Kind::OutOfGas,
        retry_after: explained.wait,
        words: explained.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alloy::{
        primitives::{Address, U256},
        sol,
        sol_types::{Revert, SolError},
    };

    use super::*;

    sol! {
        error ReceiverError(bytes err);
        error TokenHandlingError(address target, bytes err);
        error TokenRateLimitReached(uint256 minWaitInSeconds, uint256 available, address tokenAddress);
    }

    #[test]
    fn ccip_15_a_receivers_words_a_silence_and_a_limit_are_told_apart() {
        let words = ReceiverError { err: Revert::from("out of stock").abi_encode().into() };
        let failure = explain(&words.abi_encode());
        assert!(failure.words.contains("out of stock") && !failure.silent, "{failure:?}");

        let silence = explain(&ReceiverError { err: Vec::new().into() }.abi_encode());
        assert!(silence.silent, "{silence:?}");

        let limit = TokenRateLimitReached {
            minWaitInSeconds: U256::from(90),
            available: U256::from(1),
            tokenAddress: Address::ZERO,
        };
        let limit = TokenHandlingError { target: Address::ZERO, err: limit.abi_encode().into() };
        assert_eq!(explain(&limit.abi_encode()).retry_after, Some(Duration::from_secs(90)));
    }
}

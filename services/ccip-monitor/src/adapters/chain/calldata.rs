//! Which messages a call to an off-ramp means to execute. The call data is anybody's: what does not decode names nothing.

use alloy::{
    primitives::keccak256,
    sol_types::{SolCall, SolValue},
};
use causeway_primitives::{ChainSelector, MessageId};

use super::abi::{v1_5, v1_6, v2_0};
use crate::{
    domain::lane::Dialect,
    ports::{Named, OffRampAsk},
};

/// A report holds at most so many messages; a forged one may claim more.
const MOST_NAMES: usize = 256;

/// The messages that a call names; empty for any other call.
pub(super) fn names(ramp: &OffRampAsk, input: &[u8]) -> Vec<Named> {
    let mut names = match ramp.dialect {
        Dialect::V1_5 => of_1_5(input),
        Dialect::V1_6 => of_1_6(input),
        Dialect::V2_0 => of_2_0(input),
        // Its functions are not part of what the operators configure.
        Dialect::Private(_) => Vec::new(),
    };
    names.truncate(MOST_NAMES);
    names
}

fn of_1_5(input: &[u8]) -> Vec<Named> {
    let report = if let Ok(call) = v1_5::manuallyExecute_1Call::abi_decode(input) {
        Some(call.report)
    } else if let Ok(call) = v1_5::manuallyExecute_0Call::abi_decode(input) {
        Some(call.report)
    } else if let Ok(call) = v1_5::transmitCall::abi_decode(input) {
        v1_5::Report::abi_decode(&call.report).ok()
    } else {
        None
    };
    let messages = report.into_iter().flat_map(|report| report.messages);
    messages.map(|message| Named::Id(MessageId::new(message.messageId))).collect()
}

fn of_1_6(input: &[u8]) -> Vec<Named> {
    let reports = if let Ok(call) = v1_6::manuallyExecuteCall::abi_decode(input) {
        call.reports
    } else if let Ok(call) = v1_6::executeCall::abi_decode(input) {
        Vec::<v1_6::Report>::abi_decode(&call.report).unwrap_or_default()
    } else {
        Vec::new()
    };
    let messages = reports.into_iter().flat_map(|report| {
        let source = report.sourceChainSelector;
        report.messages.into_iter().map(move |message| (source, message.header.sequenceNumber))
    });
    let name = |(source, sequence)| Some(Named::Number { source: ChainSelector::new(source).ok()?, sequence });
    messages.filter_map(name).collect()
}

fn of_2_0(input: &[u8]) -> Vec<Named> {
    let call = v2_0::executeCall::abi_decode(input);
    call.map(|call| vec![Named::Id(MessageId::new(keccak256(&call.encodedMessage)))]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, B256, U256};
    use proptest::prelude::*;

    use super::*;

    fn ramp(dialect: Dialect) -> OffRampAsk {
        OffRampAsk { dialect, address: Address::ZERO, source: None }
    }

    fn report(numbers: &[u64]) -> v1_6::Report {
        let message = |number: &u64| v1_6::Incoming {
            header: v1_6::Header {
                messageId: B256::ZERO,
                sourceChainSelector: 138,
                destChainSelector: 1337,
                sequenceNumber: *number,
                nonce: 0,
            },
            sender: vec![0; 32].into(),
            data: vec![1, 2, 3].into(),
            receiver: Address::ZERO,
            gasLimit: U256::from(1),
            tokenAmounts: Vec::new(),
        };
        v1_6::Report {
            sourceChainSelector: 138,
            messages: numbers.iter().map(message).collect(),
            offchainTokenData: vec![Vec::new(); numbers.len()],
            proofs: Vec::new(),
            proofFlagBits: U256::ZERO,
        }
    }

    fn number(sequence: u64) -> Named {
        Named::Number { source: ChainSelector::new(138).unwrap(), sequence }
    }

    #[test]
    fn ccip_7_both_ways_into_a_1_6_off_ramp_name_their_messages() {
        let by_hand = v1_6::manuallyExecuteCall { reports: vec![report(&[4, 5])], gasLimitOverrides: vec![Vec::new()] };
        assert_eq!(names(&ramp(Dialect::V1_6), &by_hand.abi_encode()), [number(4), number(5)]);
        let reports = vec![report(&[9])].abi_encode();
        let by_network = v1_6::executeCall { reportContext: [B256::ZERO; 2], report: reports.into() };
        assert_eq!(names(&ramp(Dialect::V1_6), &by_network.abi_encode()), [number(9)]);
    }

    #[test]
    fn ccip_7_a_2_0_execution_names_the_hash_of_what_it_carries() {
        let call = v2_0::executeCall {
            encodedMessage: vec![1, 2, 3].into(),
            ccvs: Vec::new(),
            verifierResults: Vec::new(),
            gasLimitOverride: 0,
        };
        let id = MessageId::new(keccak256([1, 2, 3]));
        assert_eq!(names(&ramp(Dialect::V2_0), &call.abi_encode()), [Named::Id(id)]);
    }

    #[test]
    fn ccip_7_the_selectors_are_those_of_the_real_contracts() {
        assert_eq!(v1_5::manuallyExecute_0Call::SELECTOR, [0x74, 0x0f, 0x41, 0x50]);
        assert_eq!(v1_5::manuallyExecute_1Call::SELECTOR, [0x89, 0x26, 0xc4, 0xee]);
        assert_eq!(v1_6::manuallyExecuteCall::SELECTOR, [0x5e, 0x7b, 0xb0, 0x08]);
        assert_eq!(v1_6::executeCall::SELECTOR, [0xf5, 0x8e, 0x03, 0xfc]);
        assert_eq!(v2_0::executeCall::SELECTOR, [0x3b, 0x81, 0xab, 0x9b]);
    }

    proptest! {
        /// Whatever stands in a transaction, reading it ends, and names a bounded number of messages.
        #[test]
        fn ccip_7_hostile_call_data_names_little(input in proptest::collection::vec(any::<u8>(), 0..512), which in 0_usize..5) {
            let selectors = [
                v1_5::manuallyExecute_1Call::SELECTOR,
                v1_5::transmitCall::SELECTOR,
                v1_6::manuallyExecuteCall::SELECTOR,
                v1_6::executeCall::SELECTOR,
                v2_0::executeCall::SELECTOR,
            ];
            let input = [selectors[which].as_slice(), &input].concat();
            for dialect in [Dialect::V1_5, Dialect::V1_6, Dialect::V2_0] {
                prop_assert!(names(&ramp(dialect), &input).len() <= MOST_NAMES);
            }
        }
    }
}

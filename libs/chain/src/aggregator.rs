//! Price aggregators: what they hold, how they are written, what they emit.
//!
//! The read side is AggregatorV3 everywhere. The write side is not: four dialects are in use, found at the
//! start by [`probe`]. A feed that never had a round shows itself in two shapes, a revert with `No data
//! present` and five zeros; both are `None` here. Round ids are `uint80` and wider than 64 bits behind a
//! proxy. The OCR2 report protocol is not written, its aggregators are read like any other.

mod abi;
mod dialect;
mod event;
mod probe;
mod read;

use alloy::primitives::{Address, I256};
use causeway_primitives::{Answer, Decimals, RoundId, Timestamp};

use self::abi::Abi;
pub use self::{
    dialect::{DialectError, WriteDialect},
    event::{AnswerUpdate, answer_updated},
    probe::{Finding, ProbeError, choose, probe},
    read::{describe, snapshot, snapshot_at},
};
use crate::{
    endpoints::{Block, Error as EndpointError},
    revert::Reason,
};

/// Why an aggregator could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The chain did not answer.
    #[error("the chain could not be read")]
    Chain(#[from] EndpointError),
    /// There is no contract at the address.
    #[error("there is no contract at {0}")]
    NoContract(Address),
    /// The contract lacks a function of AggregatorV3, or refuses to answer it.
    #[error("{address} does not answer {function}: {reason}")]
    Refused {
        /// The contract.
        address: Address,
        /// The function.
        function: &'static str,
        /// What it reverted with.
        reason: Reason,
    },
    /// The contract answers with something else.
    #[error("{address} answers {function} with something else than AggregatorV3 promises")]
    Shape {
        /// The contract.
        address: Address,
        /// The function.
        function: &'static str,
        /// What does not fit.
        #[source]
        source: alloy::sol_types::Error,
    },
    /// A number beyond what a feed may say: more than 18 decimals, or a time after the year 9999.
    #[error("{address} answers {function} with a number out of range")]
    OutOfRange {
        /// The contract.
        address: Address,
        /// The function.
        function: &'static str,
    },
    /// Proxies that point at each other, or too many in a row.
    #[error("{0} leads through too many proxies")]
    ProxyLoop(Address),
}

/// A round as the contract tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnChainRound {
    /// Its id; with the phase in the upper bits when read through a proxy.
    pub round: RoundId,
    /// Its answer, which may be zero or negative.
    pub answer: Answer,
    /// When it was opened, by block time.
    pub started_at: Timestamp,
    /// When its answer came, by block time.
    pub updated_at: Timestamp,
    /// The round that the answer was computed in.
    pub answered_in: RoundId,
}

/// What the contract takes, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The lowest answer.
    pub lowest: Answer,
    /// The highest answer.
    pub highest: Answer,
}

impl Bounds {
    fn new(lowest: I256, highest: I256) -> Self {
        Self { lowest: Answer::new(lowest), highest: Answer::new(highest) }
    }

    /// True when the contract would take the answer.
    pub fn contain(&self, answer: Answer) -> bool {
        self.lowest <= answer && answer <= self.highest
    }
}

/// What does not change from round to round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Where rounds are written: the aggregator behind the proxy, or the address itself. A proxy has no
    /// write function, and moves on to another aggregator when its phase changes.
    pub target: Address,
    /// The decimals of its answers.
    pub decimals: Decimals,
    /// By custom `BASE / QUOTE`.
    pub description: String,
    /// What it takes, where it says so.
    pub bounds: Option<Bounds>,
}

/// Everything that a decision compares, read at one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The block.
    pub block: Block,
    /// Where rounds are written at that block.
    pub target: Address,
    /// The last round; `None` for a feed that never had one.
    pub latest: Option<OnChainRound>,
    /// The publisher's nonce.
    pub nonce: u64,
}

impl Snapshot {
    /// The id that the next round will have in the target, without a proxy's phase.
    pub fn next_round(&self) -> RoundId {
        self.latest.map_or(RoundId::new(1), |latest| RoundId::new(u128::from(latest.round.round())).next())
    }
}

#[cfg(test)]
mod tests {
    use alloy::{
        hex,
        primitives::B256,
        sol_types::{SolCall, SolEvent},
    };

    use super::*;

    #[test]
    fn ora_11_selectors_and_topics_are_those_that_the_contracts_in_the_field_have() {
        let selectors: [(&str, [u8; 4]); 15] = [
            ("8e9b00ba", Abi::updateAnswer_1Call::SELECTOR),
            ("a87a20ce", Abi::updateAnswer_0Call::SELECTOR),
            ("202ee0ed", Abi::submitCall::SELECTOR),
            ("82b8ebc7", Abi::transmitCall::SELECTOR),
            ("feaf968c", Abi::latestRoundDataCall::SELECTOR),
            ("9a6fc8f5", Abi::getRoundDataCall::SELECTOR),
            ("313ce567", Abi::decimalsCall::SELECTOR),
            ("7284e416", Abi::descriptionCall::SELECTOR),
            ("54fd4d50", Abi::versionCall::SELECTOR),
            ("245a7bfc", Abi::aggregatorCall::SELECTOR),
            ("58303b10", Abi::phaseIdCall::SELECTOR),
            ("22adbc78", Abi::minAnswerCall::SELECTOR),
            ("70da2f67", Abi::maxAnswerCall::SELECTOR),
            ("7c2b0b21", Abi::minSubmissionValueCall::SELECTOR),
            ("23ca2903", Abi::maxSubmissionValueCall::SELECTOR),
        ];
        for (expected, selector) in selectors {
            assert_eq!(hex::encode(selector), expected);
        }
        let starts_and_ends = |topic: B256| (hex::encode(&topic[..4]), hex::encode(&topic[30..]));
        assert_eq!(starts_and_ends(Abi::AnswerUpdated::SIGNATURE_HASH), ("0559884f".into(), "fc5f".into()));
        assert_eq!(starts_and_ends(Abi::NewRound::SIGNATURE_HASH), ("0109fc6f".into(), "0271".into()));
    }

    #[test]
    fn ora_11_the_next_round_is_counted_within_its_phase() {
        let block =
            Block { number: 1, hash: B256::ZERO, parent_hash: B256::ZERO, time: Timestamp::EPOCH, base_fee: None };
        let round = |id: u128| OnChainRound {
            round: RoundId::new(id),
            answer: Answer::new(I256::ONE),
            started_at: Timestamp::EPOCH,
            updated_at: Timestamp::EPOCH,
            answered_in: RoundId::new(id),
        };
        let mut snapshot = Snapshot { block, target: Address::ZERO, latest: None, nonce: 0 };
        assert_eq!(snapshot.next_round(), RoundId::new(1));
        snapshot.latest = Some(round(18_446_744_073_709_551_621));
        assert_eq!(snapshot.next_round(), RoundId::new(6));
    }

    #[test]
    fn bounds_include_both_ends() {
        let bounds = Bounds::new(I256::ONE, I256::try_from(10).unwrap());
        for (value, inside) in [(0, false), (1, true), (10, true), (11, false)] {
            assert_eq!(bounds.contain(Answer::new(I256::try_from(value).unwrap())), inside, "{value}");
        }
    }
}

//! A compiled contract: its interface and the code that makes it.

use alloy::primitives::Bytes;
use serde::{Deserialize, Serialize};

use super::Error;

/// The contracts that can be deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contract {
    /// Written with `updateAnswer(int256)`.
    UpdateAnswerInt256Aggregator,
    /// Written with `updateAnswer(uint256)`.
    UpdateAnswerUint256Aggregator,
    /// Written with `submit(uint256,int256)`.
    SubmitRoundAggregator,
    /// Written with `transmit(int192)`.
    TransmitInt192Aggregator,
    /// The proxy with phases.
    AggregatorProxy,
}

impl Contract {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::UpdateAnswerInt256Aggregator,
        Self::UpdateAnswerUint256Aggregator,
        Self::SubmitRoundAggregator,
        Self::TransmitInt192Aggregator,
        Self::AggregatorProxy,
    ];

    /// The name in the source, which is also the artefact's file name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UpdateAnswerInt256Aggregator => "UpdateAnswerInt256Aggregator",
            Self::UpdateAnswerUint256Aggregator => "UpdateAnswerUint256Aggregator",
            Self::SubmitRoundAggregator => "SubmitRoundAggregator",
            Self::TransmitInt192Aggregator => "TransmitInt192Aggregator",
            Self::AggregatorProxy => "AggregatorProxy",
        }
    }

    /// The committed artefact.
    ///
    /// # Errors
    /// [`Error::Artefact`] when the committed file is damaged.
    pub fn artefact(self) -> Result<Artefact, Error> {
        let text = match self {
            Self::UpdateAnswerInt256Aggregator => {
                include_str!("../../contracts/out/UpdateAnswerInt256Aggregator.json")
            }
            Self::UpdateAnswerUint256Aggregator => {
                include_str!("../../contracts/out/UpdateAnswerUint256Aggregator.json")
            }
            Self::SubmitRoundAggregator => include_str!("../../contracts/out/SubmitRoundAggregator.json"),
            Self::TransmitInt192Aggregator => include_str!("../../contracts/out/TransmitInt192Aggregator.json"),
            Self::AggregatorProxy => include_str!("../../contracts/out/AggregatorProxy.json"),
        };
        serde_json::from_str(text).map_err(Error::Artefact)
    }
}

/// What solc makes of a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artefact {
    /// The interface, as solc writes it.
    pub abi: serde_json::Value,
    /// The code that is sent to make the contract, without its constructor's arguments.
    pub bytecode: Bytes,
}

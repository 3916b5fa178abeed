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
    /// A token with minters: LINK and the bridged token of the CCIP worlds.
    BridgeToken,
    /// The chain's own coin as a token.
    WrappedNative,
    /// A receiver of messages that does what a test tells it.
    ScriptedReceiver,
    /// A sender that pays fees from its own balance.
    FundedSender,
    /// The operators' own router: both ends of the private message family.
    RelayRouter,
    /// Anybody's contract that emits the private family's events.
    LookAlike,
    /// Custody of the simulated bridge.
    Lockbox,
    /// What the simulated bridge mints on the other chain.
    BridgedToken,
    /// Settles the simulated bridge's messages by merkle proof.
    Settlement,
    /// A token whose issuer names every movement, once.
    SettlementToken,
    /// Which token stands for which asset.
    AssetRegistry,
    /// One end of a bridge for such tokens.
    TokenBridge,
}

impl Contract {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::UpdateAnswerInt256Aggregator,
        Self::UpdateAnswerUint256Aggregator,
        Self::SubmitRoundAggregator,
        Self::TransmitInt192Aggregator,
        Self::AggregatorProxy,
        Self::BridgeToken,
        Self::WrappedNative,
        Self::ScriptedReceiver,
        Self::FundedSender,
        Self::RelayRouter,
        Self::LookAlike,
        Self::Lockbox,
        Self::BridgedToken,
        Self::Settlement,
        Self::SettlementToken,
        Self::AssetRegistry,
        Self::TokenBridge,
    ];

    /// The name in the source, which is also the artefact's file name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UpdateAnswerInt256Aggregator => "UpdateAnswerInt256Aggregator",
            Self::UpdateAnswerUint256Aggregator => "UpdateAnswerUint256Aggregator",
            Self::SubmitRoundAggregator => "SubmitRoundAggregator",
            Self::TransmitInt192Aggregator => "TransmitInt192Aggregator",
            Self::AggregatorProxy => "AggregatorProxy",
            Self::BridgeToken => "BridgeToken",
            Self::WrappedNative => "WrappedNative",
            Self::ScriptedReceiver => "ScriptedReceiver",
            Self::FundedSender => "FundedSender",
            Self::RelayRouter => "RelayRouter",
            Self::LookAlike => "LookAlike",
            Self::Lockbox => "Lockbox",
            Self::BridgedToken => "BridgedToken",
            Self::Settlement => "Settlement",
            Self::SettlementToken => "SettlementToken",
            Self::AssetRegistry => "AssetRegistry",
            Self::TokenBridge => "TokenBridge",
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
            Self::BridgeToken => include_str!("../../contracts/out/BridgeToken.json"),
            Self::WrappedNative => include_str!("../../contracts/out/WrappedNative.json"),
            Self::ScriptedReceiver => include_str!("../../contracts/out/ScriptedReceiver.json"),
            Self::FundedSender => include_str!("../../contracts/out/FundedSender.json"),
            Self::RelayRouter => include_str!("../../contracts/out/RelayRouter.json"),
            Self::LookAlike => include_str!("../../contracts/out/LookAlike.json"),
            Self::Lockbox => include_str!("../../contracts/out/Lockbox.json"),
            Self::BridgedToken => include_str!("../../contracts/out/BridgedToken.json"),
            Self::Settlement => include_str!("../../contracts/out/Settlement.json"),
            Self::SettlementToken => include_str!("../../contracts/out/SettlementToken.json"),
            Self::AssetRegistry => include_str!("../../contracts/out/AssetRegistry.json"),
            Self::TokenBridge => include_str!("../../contracts/out/TokenBridge.json"),
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

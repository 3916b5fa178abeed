//! The formulas of ids and leaves a second time, word for word as the contracts have them, over alloy's encoder. Slow,
//! and easy to compare with the contracts.

use alloy::{
    primitives::{B256, U256, keccak256},
    sol_types::SolValue,
};
use causeway_primitives::Address;

use super::abi::{v1_5, v1_6};

/// `Internal._hash(Internal.EVM2EVMMessage, metadataHash)`
pub(crate) fn id_1_5(message: &v1_5::Message, destination: u64, on_ramp: Address) -> B256 {
    let source = message.sourceChainSelector;
    let metadata = keccak256((keccak256("EVM2EVMMessageHashV2"), source, destination, on_ramp).abi_encode());
    let fixed = (
        message.sender,
        message.receiver,
        message.sequenceNumber,
        message.gasLimit,
        message.strict,
        message.nonce,
        message.feeToken,
        message.feeTokenAmount,
    );
    let hashes = (
        B256::ZERO,
        metadata,
        keccak256(fixed.abi_encode()),
        keccak256(&message.data),
        keccak256(message.tokenAmounts.abi_encode()),
        keccak256(message.sourceTokenData.abi_encode()),
    );
    keccak256(hashes.abi_encode())
}

/// `Internal._hash(Internal.EVM2AnyRampMessage, metadataHash)`
pub(crate) fn id_1_6(message: &v1_6::Message, on_ramp: Address) -> B256 {
    let header = &message.header;
    let lane = (keccak256("EVM2AnyMessageHashV1"), header.sourceChainSelector, header.destChainSelector, on_ramp);
    let fixed = (message.sender, header.sequenceNumber, header.nonce, message.feeToken, message.feeTokenAmount);
    let hashes = (
        B256::ZERO,
        keccak256(lane.abi_encode()),
        keccak256(fixed.abi_encode()),
        keccak256(&message.receiver),
        keccak256(&message.data),
        keccak256(message.tokenAmounts.abi_encode()),
        keccak256(&message.extraArgs),
    );
    keccak256(hashes.abi_encode())
}

/// `Internal._hash(Internal.Any2EVMRampMessage, metadataHash)` of the message that the destination makes of it.
pub(crate) fn leaf_1_6(message: &v1_6::Message, on_ramp: Address, receiver: Address, gas_limit: U256) -> B256 {
    let header = &message.header;
    let on_ramp = keccak256(on_ramp.abi_encode());
    let lane = (keccak256("Any2EVMMessageHashV1"), header.sourceChainSelector, header.destChainSelector, on_ramp);
    let fixed = (header.messageId, receiver, header.sequenceNumber, gas_limit, header.nonce);
    let executed = |token: &v1_6::Token| v1_6::ExecutedToken {
        sourcePoolAddress: token.sourcePoolAddress.abi_encode().into(),
        destTokenAddress: Address::abi_decode(&token.destTokenAddress).unwrap(),
        destGasAmount: u32::abi_decode(&token.destExecData).unwrap(),
        extraData: token.extraData.clone(),
        amount: token.amount,
    };
    let tokens: Vec<_> = message.tokenAmounts.iter().map(executed).collect();
    let hashes = (
        B256::ZERO,
        keccak256(lane.abi_encode()),
        keccak256(fixed.abi_encode()),
        keccak256(message.sender.abi_encode()),
        keccak256(&message.data),
        keccak256(tokens.abi_encode()),
    );
    keccak256(hashes.abi_encode())
}

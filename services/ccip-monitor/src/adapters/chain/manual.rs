//! The call that executes a message by hand, ready to send.

use std::collections::BTreeSet;

use alloy::sol_types::{SolCall, SolValue};
use causeway_primitives::{Bytes, U256};

use super::{
    abi::{common, v1_5, v1_6, v2_0},
    off_ramp::is_1_2,
    original::address,
    reader::At,
};
use crate::{
    adapters::dialects::merkle::{Proof, Tree},
    domain::{
        diagnose::{Gap, Read, diagnosis::ManualCall},
        lane::Dialect,
    },
    ports::ManualAsk,
};

/// `bytes4(keccak256("CCIP EVMExtraArgsV2"))`, the only arguments that a 1.6 on-ramp writes for an EVM destination.
const EXTRA_ARGS_V2: [u8; 4] = [0x18, 0x1d, 0xcf, 0x10];

/// What people must add for some tokens.
const ATTESTATIONS: &str =
    "offchainTokenData is empty; tokens that need an attestation (USDC by CCTP, LBTC) need it there";

/// What 2.0 executes with.
const VERIFIERS: &str = "ccvs and verifierResults are empty; take them from the executor's or the verifiers' service";

pub(super) async fn call(at: At<'_>, ask: &ManualAsk) -> Read<ManualCall> {
    let value = match ask.lane.dialect {
        Dialect::V1_5 => by_hand_1_5(at, ask).await,
        Dialect::V1_6 => by_hand_1_6(ask),
        Dialect::V2_0 => Ok(by_hand_2_0(ask)),
        Dialect::Private(_) => Err(Gap::Needs { needs: "an execution by hand, which a private dialect does not have" }),
    };
    Read { value, proof: format!("computed from the send's log and {} leaves of its report", ask.leaves.len()) }
}

/// The proof for the message's leaf, checked against the committed root.
fn proof(ask: &ManualAsk) -> Result<Proof, Gap> {
    let nonsense = |why: String| Gap::Nonsense { why };
    let tree = Tree::new(&ask.leaves).map_err(|error| nonsense(error.to_string()))?;
    if Some(tree.root()) != ask.root {
        return Err(nonsense(format!(
            "the leaves that were read give the root {} and not the committed one",
            tree.root()
        )));
    }
    tree.prove(&BTreeSet::from([ask.index])).map_err(|error| nonsense(error.to_string()))
}

fn made(function: &'static str, calldata: Vec<u8>, ask: &ManualAsk, proof: Proof) -> ManualCall {
    let proof_flags = proof.flag_bits();
    let to_fill_in = if ask.original.tokens.is_empty() { String::new() } else { ATTESTATIONS.to_owned() };
    ManualCall { function, calldata: calldata.into(), root: ask.root, proof: proof.hashes, proof_flags, to_fill_in }
}

async fn by_hand_1_5(at: At<'_>, ask: &ManualAsk) -> Result<ManualCall, Gap> {
    let message =
        v1_5::Message::abi_decode(&ask.original.encoded).map_err(|error| Gap::Nonsense { why: error.to_string() })?;
    let version = at.ask(ask.off_ramp, "typeAndVersion()", common::typeAndVersionCall {}).await.value?;
    let proof = proof(ask)?;
    let tokens = message.tokenAmounts.len();
    let report = v1_5::Report {
        messages: vec![message],
        offchainTokenData: vec![vec![Bytes::new(); tokens]],
        proofs: proof.hashes.clone(),
        proofFlagBits: proof.flag_bits(),
    };
    let gas = ask.gas_override.unwrap_or_default();
    let calldata = if is_1_2(&version) {
        v1_5::manuallyExecute_0Call { report, gasLimitOverrides: vec![gas] }.abi_encode()
    } else {
        let more = v1_5::GasOverride { receiverExecutionGasLimit: gas, tokenGasOverrides: vec![0; tokens] };
        v1_5::manuallyExecute_1Call { report, gasLimitOverrides: vec![more] }.abi_encode()
    };
    Ok(made("manuallyExecute", calldata, ask, proof))
}

fn by_hand_1_6(ask: &ManualAsk) -> Result<ManualCall, Gap> {
    let message =
        v1_6::Outgoing::abi_decode(&ask.original.encoded).map_err(|error| Gap::Nonsense { why: error.to_string() })?;
    let proof = proof(ask)?;
    let tokens = message.tokenAmounts.len();
    let report = v1_6::Report {
        sourceChainSelector: ask.lane.source.get(),
        messages: vec![incoming(&message)?],
        offchainTokenData: vec![vec![Bytes::new(); tokens]],
        proofs: proof.hashes.clone(),
        proofFlagBits: proof.flag_bits(),
    };
    let more = v1_6::GasOverride {
        receiverExecutionGasLimit: ask.gas_override.unwrap_or_default(),
        tokenGasOverrides: vec![0; tokens],
    };
    let call = v1_6::manuallyExecuteCall { reports: vec![report], gasLimitOverrides: vec![vec![more]] };
    Ok(made("manuallyExecute", call.abi_encode(), ask, proof))
}

/// The message as the destination hashes it.
fn incoming(message: &v1_6::Outgoing) -> Result<v1_6::Incoming, Gap> {
    let nonsense = |what: &str| Gap::Nonsense { why: format!("the message's {what} is none of an EVM destination") };
    let arguments = message.extraArgs.strip_prefix(&EXTRA_ARGS_V2).ok_or_else(|| nonsense("extraArgs"))?;
    let (gas_limit, _) = <(U256, bool)>::abi_decode(arguments).map_err(|_| nonsense("extraArgs"))?;
    let tokens = message.tokenAmounts.iter().map(|token| {
        Ok(v1_6::TokenIn {
            sourcePoolAddress: token.sourcePoolAddress.abi_encode().into(),
            destTokenAddress: address(&token.destTokenAddress).ok_or_else(|| nonsense("token"))?,
            destGasAmount: u32::abi_decode(&token.destExecData).map_err(|_| nonsense("token's gas"))?,
            extraData: token.extraData.clone(),
            amount: token.amount,
        })
    });
    Ok(v1_6::Incoming {
        header: message.header.clone(),
        sender: message.sender.abi_encode().into(),
        data: message.data.clone(),
        receiver: address(&message.receiver).ok_or_else(|| nonsense("receiver"))?,
        gasLimit: gas_limit,
        tokenAmounts: tokens.collect::<Result<_, Gap>>()?,
    })
}

fn by_hand_2_0(ask: &ManualAsk) -> ManualCall {
    let call = v2_0::executeCall {
        encodedMessage: ask.original.encoded.clone(),
        ccvs: Vec::new(),
        verifierResults: Vec::new(),
        gasLimitOverride: ask.gas_override.and_then(|gas| u32::try_from(gas).ok()).unwrap_or_default(),
    };
    ManualCall {
        function: "execute",
        calldata: call.abi_encode().into(),
        root: None,
        proof: Vec::new(),
        proof_flags: U256::ZERO,
        to_fill_in: VERIFIERS.to_owned(),
    }
}

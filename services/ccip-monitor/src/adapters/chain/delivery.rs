//! Whether the receiver would take the message now, and with how much gas.

use alloy::sol_types::{SolCall, SolValue};
use causeway_chain::endpoints::CallRequest;
use causeway_primitives::{Address, Bytes, U256};

use super::{
    abi::common,
    balances::has_code,
    reader::{At, Reader},
};
use crate::{
    domain::{
        diagnose::{Gap, Read, evidence::Delivery},
        lane::Dialect,
    },
    ports::Parcel,
};

/// ERC-165's name of `ccipReceive`: receivers without it are not called.
const RECEIVER: [u8; 4] = common::ccipReceiveCall::SELECTOR;

/// What a transaction costs before its first instruction.
const TRANSACTION_GAS: u64 = 21_000;
const ZERO_BYTE_GAS: u64 = 4;
const BYTE_GAS: u64 = 16;

/// Simulates the call that the destination's router makes for the off-ramp.
pub(super) async fn delivery(at: At<'_>, parcel: &Parcel, router: Option<Address>) -> Read<Delivery> {
    if let Dialect::Private(_) = parcel.lane.dialect {
        return Read::needs("how a private dialect calls its receivers");
    }
    let Ok(receiver) = Address::try_from(parcel.receiver.as_ref()) else {
        return Read::needs("a receiver on an EVM chain");
    };
    let (code, receives) = futures_util::join!(has_code(at, receiver), receives(at, receiver));
    match (code.value, receives.value) {
        (Err(gap), _) => return Read::gap(gap, code.proof),
        (Ok(false), _) => return Read::known(Delivery::NotCalled, code.proof),
        (Ok(true), Ok(false)) => return Read::known(Delivery::NotCalled, receives.proof),
        (Ok(true), Err(gap)) => return Read::gap(gap, receives.proof),
        (Ok(true), Ok(true)) => {}
    }
    if !parcel.tokens.is_empty() {
        let why = "the message brings tokens, which a simulation cannot hand over".to_owned();
        return Read::gap(Gap::Unsupported { why }, String::new());
    }
    let Some(router) = router else { return Read::not_configured("the destination's router") };
    let Some(data) = parcel.data.clone() else { return Read::needs("the whole of the message's data") };
    simulate(at.reader, parcel, router, receiver, data).await
}

async fn receives(at: At<'_>, receiver: Address) -> Read<bool> {
    let call = common::supportsInterfaceCall { id: RECEIVER.into() };
    let read = at.ask(receiver, "supportsInterface(ccipReceive)", call).await;
    match read.value {
        // A contract that knows nothing of interfaces is one that does not receive.
        Err(Gap::Refused { .. }) => Read::known(false, read.proof),
        Ok(_) | Err(_) => read,
    }
}

async fn simulate(reader: &Reader, parcel: &Parcel, router: Address, receiver: Address, data: Bytes) -> Read<Delivery> {
    let message = common::Incoming {
        messageId: parcel.id.get(),
        sourceChainSelector: parcel.lane.source.get(),
        sender: parcel.sender.abi_encode().into(),
        data,
        destTokenAmounts: Vec::new(),
    };
    let data: Bytes = common::ccipReceiveCall { message }.abi_encode().into();
    let overhead = intrinsic(&data);
    let request = CallRequest { from: Some(router), to: receiver, data, value: U256::ZERO };
    let estimate = reader
        .run(|session| {
            let request = request.clone();
            async move { session.estimate_gas(&request).await }
        })
        .await;
    let value = match estimate {
        Ok(gas) => Ok(Delivery::Takes { gas: gas.saturating_sub(overhead) }),
        Err(Gap::Refused { reason }) => Ok(Delivery::Reverts { reason }),
        Err(gap) => Err(gap),
    };
    let words = match &value {
        Ok(Delivery::Takes { gas }) => format!("{gas} gas within the call"),
        Ok(Delivery::Reverts { reason }) => reason.clone(),
        Ok(Delivery::NotCalled) => "not called".to_owned(),
        Err(gap) => format!("not known ({gap})"),
    };
    Read { value, proof: format!("eth_estimateGas of ccipReceive at {receiver} from {router}, last block: {words}") }
}

/// The part of an estimate that is not the receiver's: the call comes from a contract, not from a transaction.
fn intrinsic(data: &[u8]) -> u64 {
    let cost = |byte: &u8| if *byte == 0 { ZERO_BYTE_GAS } else { BYTE_GAS };
    data.iter().map(cost).fold(TRANSACTION_GAS, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ccip_15_a_receiver_is_known_by_the_interface_of_the_real_contracts() {
        assert_eq!(RECEIVER, [0x85, 0x57, 0x2f, 0xfb]);
    }

    #[test]
    fn ccip_15_the_transactions_own_gas_is_not_the_receivers() {
        assert_eq!(intrinsic(&[0, 1, 2]), 21_036);
    }
}

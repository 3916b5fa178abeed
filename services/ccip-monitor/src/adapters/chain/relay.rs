//! The relay service of a private dialect, known by the account that executed last.

use alloy::primitives::{B256, keccak256};
use causeway_primitives::{Address, U256};

use super::{abi::private, balances::balance, reader::At};
use crate::{
    domain::{
        diagnose::{
            Gap, Read,
            evidence::{RelayReads, Relayed},
        },
        lane::Dialect,
    },
    ports::DestinationAsk,
};

pub(super) async fn relay(at: At<'_>, ask: &DestinationAsk, off_ramp: &Read<Address>) -> RelayReads {
    let gas_price = match at.pin.base_fee {
        Some(wei) => Read::known(U256::from(wei), format!("base fee of block {}: {wei}", at.pin.number)),
        None => Read::known(U256::ZERO, format!("block {} has no base fee", at.pin.number)),
    };
    if !matches!(ask.parcel.lane.dialect, Dialect::Private(_)) {
        let none = "a relay service, which only private dialects have";
        return RelayReads {
            last: Read::needs(none),
            allowed: Read::needs(none),
            balance: Read::needs(none),
            gas_price,
        };
    }
    let last = last(at, ask).await;
    let Some(relayer) = last.find().and_then(|last| last.as_ref().map(|last| last.relayer)) else {
        let none = "the relayer's account, which the first execution shows";
        return RelayReads { last, allowed: Read::needs(none), balance: Read::needs(none), gas_price };
    };
    let (allowed, balance) = futures_util::join!(allowed(at, off_ramp, relayer), balance(at, Address::ZERO, relayer));
    RelayReads { last, allowed, balance, gas_price }
}

async fn last(at: At<'_>, ask: &DestinationAsk) -> Read<Option<Relayed>> {
    let Some((tx, executed_at, sent_at)) = ask.last_relayed else {
        return Read::known(None, "no execution over the lane in the logs".to_owned());
    };
    let receipt = at.reader.run(|session| async move { session.find_receipt(tx).await }).await;
    let value = receipt.and_then(|receipt| {
        let missing = || Gap::Nonsense { why: "no endpoint knows the transaction of the last execution".to_owned() };
        let receipt = receipt.ok_or_else(missing)?;
        Ok(Some(Relayed { relayer: receipt.from, at: executed_at, sent_at }))
    });
    let words = match &value {
        Ok(Some(last)) => format!("from {}", last.relayer),
        Ok(None) => "none".to_owned(),
        Err(gap) => format!("not known ({gap})"),
    };
    Read { value, proof: format!("eth_getTransactionReceipt({tx}): {words}") }
}

/// By either of the two ways in which contracts keep such a role.
async fn allowed(at: At<'_>, off_ramp: &Read<Address>, account: Address) -> Read<bool> {
    let contract = match &off_ramp.value {
        Ok(contract) => *contract,
        Err(gap) => return Read::gap(gap.clone(), String::new()),
    };
    let read = at.ask(contract, &format!("isRelayer({account})"), private::isRelayerCall { account }).await;
    match read.value {
        Err(Gap::Refused { .. }) => {
            let role: B256 = keccak256("RELAYER_ROLE");
            at.ask(contract, &format!("hasRole(RELAYER_ROLE, {account})"), private::hasRoleCall { role, account }).await
        }
        Ok(_) | Err(_) => read,
    }
}

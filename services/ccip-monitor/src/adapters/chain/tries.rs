//! Executions that leave no log: transactions on their way, and transactions that were reverted as a whole.
//!
//! Evidence where an endpoint gives it. Many answer neither the pending block nor receipts by block; then this is a gap,
//! and the diagnosis says so.

use alloy::primitives::{Address, B256, Bytes, U64};
use causeway_chain::endpoints::{BlockTag, Error as EndpointError, Session};
use serde::Deserialize;
use serde_json::json;

use super::{calldata, reader::Reader};
use crate::{
    domain::diagnose::{Gap, Read},
    ports::{OffRampAsk, Pin, Try},
};

/// A block with its transactions, as far as they are used.
#[derive(Debug, Deserialize)]
struct Pending {
    number: Option<U64>,
    #[serde(default)]
    transactions: Vec<Call>,
}

/// A transaction.
#[derive(Debug, Deserialize)]
struct Call {
    hash: B256,
    to: Option<Address>,
    #[serde(default)]
    input: Bytes,
}

/// A receipt.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    transaction_hash: B256,
    to: Option<Address>,
    status: Option<U64>,
}

/// Transactions on their way to one of these off-ramps that name messages.
pub(super) async fn pending(reader: &Reader, off_ramps: &[OffRampAsk]) -> Read<Vec<Try>> {
    let block = reader.run(|session| async move { beyond_head(&session).await }).await;
    let value = block.map(|calls| calls.iter().filter_map(|call| tried(call, off_ramps, None)).collect::<Vec<_>>());
    let words = match &value {
        Ok(tries) => format!("{} executions on their way", tries.len()),
        Err(gap) => format!("not known ({gap})"),
    };
    Read { value, proof: format!("eth_getBlockByNumber(pending): {words}") }
}

/// The pending block's transactions. Some endpoints answer with their last block instead: nothing of that is pending.
async fn beyond_head(session: &Session) -> Result<Vec<Call>, EndpointError> {
    let head = session.head().await?;
    let pending: Option<Pending> =
        session.call("eth_getBlockByNumber", json!([BlockTag::Pending.to_json(), true])).await?;
    let pending = pending.filter(|block| block.number.is_none_or(|number| number.to::<u64>() > head.number));
    Ok(pending.map(|block| block.transactions).unwrap_or_default())
}

/// Transactions of a block that called one of these off-ramps and were reverted.
pub(super) async fn reverted(reader: &Reader, number: u64, off_ramps: &[OffRampAsk]) -> Result<Vec<Try>, Gap> {
    let receipts: Vec<Outcome> = reader
        .run(|session| async move { session.call("eth_getBlockReceipts", json!([U64::from(number)])).await })
        .await?;
    let is_ours = |to: Option<Address>| to.is_some_and(|to| off_ramps.iter().any(|ramp| ramp.address == to));
    let failed = receipts.iter().filter(|receipt| receipt.status == Some(U64::ZERO) && is_ours(receipt.to));
    let failed: Vec<B256> = failed.map(|receipt| receipt.transaction_hash).collect();
    if failed.is_empty() {
        return Ok(Vec::new());
    }
    let block = reader.run(|session| async move { session.block(BlockTag::Number(number)).await }).await?;
    let pin = Pin { number: block.number, hash: block.hash, time: block.time, base_fee: block.base_fee };
    let mut found = Vec::new();
    for hash in failed {
        let call: Option<Call> =
            reader.run(|session| async move { session.call("eth_getTransactionByHash", json!([hash])).await }).await?;
        found.extend(call.and_then(|call| tried(&call, off_ramps, Some(pin))));
    }
    Ok(found)
}

fn tried(call: &Call, off_ramps: &[OffRampAsk], reverted_in: Option<Pin>) -> Option<Try> {
    let ramp = off_ramps.iter().find(|ramp| Some(ramp.address) == call.to)?;
    let names = calldata::names(ramp, &call.input);
    let found = Try { tx: call.hash, off_ramp: ramp.address, dialect: ramp.dialect.clone(), names, reverted_in };
    (!found.names.is_empty()).then_some(found)
}

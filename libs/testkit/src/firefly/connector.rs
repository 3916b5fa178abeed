//! Its blockchain connector: names and values → a transaction of the node's own account.

use alloy::{
    primitives::{Address, B256, Bytes, U64, U256, keccak256},
    rpc::types::TransactionReceipt,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::anvil::{Error, Rpc};

/// Given with every transaction, so that a call that reverts is mined as one that does.
const GAS: u64 = 2_000_000;

/// Why a call is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// The request does not describe one.
    #[error("FF22030: {0}")]
    Request(&'static str),
    /// It would revert, in the node's words.
    #[error("FF23021: EVM reverted: {0}")]
    Reverts(String),
    /// The node did not do it.
    #[error("the node did not do it")]
    Node(#[source] Error),
}

/// A call as the node takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) from: Address,
    pub(super) to: Address,
    pub(super) data: Bytes,
}

impl Call {
    /// Of an invocation's `location`, `key`, `method` and `input`.
    pub(super) fn read(input: &Value) -> Result<Self, Refusal> {
        let address = |pointer: &str, what| {
            let text = input.pointer(pointer).and_then(Value::as_str);
            text.and_then(|text| text.parse().ok()).ok_or(Refusal::Request(what))
        };
        Ok(Self {
            from: address("/key", "key is no address")?,
            to: address("/location/address", "location.address is no address")?,
            data: encode(input)?,
        })
    }

    fn to_json(&self) -> Value {
        json!({ "from": self.from, "to": self.to, "data": self.data })
    }
}

fn encode(input: &Value) -> Result<Bytes, Refusal> {
    let name = input.pointer("/method/name").and_then(Value::as_str).ok_or(Refusal::Request("method.name"))?;
    let params = input.pointer("/method/params").and_then(Value::as_array).ok_or(Refusal::Request("method.params"))?;
    let (mut types, mut words) = (Vec::new(), Vec::new());
    for param in params {
        let text = |pointer: &str| param.pointer(pointer).and_then(Value::as_str);
        let kind = text("/schema/details/type").ok_or(Refusal::Request("a parameter has no type"))?;
        let name = text("/name").ok_or(Refusal::Request("a parameter has no name"))?;
        let value = input.get("input").and_then(|values| values.get(name));
        let value = value.and_then(Value::as_str).ok_or(Refusal::Request("an argument is missing"))?;
        words.extend_from_slice(
            word(kind, value).ok_or(Refusal::Request("an argument is none of its type"))?.as_slice(),
        );
        types.push(kind);
    }
    let selector = keccak256(format!("{name}({})", types.join(",")));
    Ok(selector.iter().take(4).copied().chain(words).collect())
}

/// A value of one word.
fn word(kind: &str, value: &str) -> Option<B256> {
    match kind {
        "address" => value.parse::<Address>().ok().map(|address| address.into_word()),
        "bytes32" => value.parse().ok(),
        "uint256" => U256::from_str_radix(value, 10).ok().map(B256::from),
        "uint64" => value.parse::<u64>().ok().map(|number| U256::from(number).into()),
        _ => None,
    }
}

/// Sends a call; its hash and nonce. What would revert is refused before, as the connector's gas estimate does.
pub(super) async fn send(rpc: &Rpc, call: &Call) -> Result<(B256, u64), Refusal> {
    #[derive(Deserialize)]
    struct Sent {
        nonce: U64,
    }
    let mut request = call.to_json();
    match rpc.call::<_, U64>("eth_estimateGas", &(request.clone(),)).await {
        Ok(_) => {}
        Err(Error::Rpc { message, .. }) => return Err(Refusal::Reverts(message)),
        Err(error) => return Err(Refusal::Node(error)),
    }
    if let Some(fields) = request.as_object_mut() {
        fields.insert("gas".to_owned(), json!(U64::from(GAS)));
    }
    let hash: B256 = rpc.call("eth_sendTransaction", &(request,)).await.map_err(Refusal::Node)?;
    let sent: Sent = rpc.call("eth_getTransactionByHash", &(hash,)).await.map_err(Refusal::Node)?;
    Ok((hash, sent.nonce.to()))
}

/// Whether a transaction took effect; `None` while it is in no block.
pub(super) async fn outcome(rpc: &Rpc, hash: B256) -> Result<Option<bool>, Error> {
    let receipt: Option<TransactionReceipt> = rpc.call("eth_getTransactionReceipt", &(hash,)).await?;
    Ok(receipt.map(|receipt| receipt.status()))
}

//! Transactions whose logs matter, calls, and logs: the few things that the lanes say to a chain.

use alloy::{
    primitives::{Address, B256, Bytes, U64, U256},
    rpc::types::{Log, TransactionReceipt},
    sol_types::{SolCall, SolEvent},
};
use serde_json::{Value, json};

use super::{Error, package::Chainlink};
use crate::{
    anvil::{self, Anvil},
    contracts::Contract,
};

/// Given with every transaction. Estimation must not choose it: the least gas with which an execution succeeds
/// is the gas with which a ramp records the receiver's failure and goes on. More than any step takes, and less
/// than a block of anvil and a transaction of any fork may have.
const GAS: u64 = 12_000_000;

/// A mined transaction.
#[derive(Debug, Clone)]
pub struct Transaction {
    /// Its hash.
    pub hash: B256,
    /// The number of its block.
    pub block_number: u64,
    /// The hash of its block.
    pub block_hash: B256,
    /// False when it reverted.
    pub took_effect: bool,
    /// Its logs, in order.
    pub logs: Vec<Log>,
}

impl From<TransactionReceipt> for Transaction {
    fn from(receipt: TransactionReceipt) -> Self {
        Self {
            hash: receipt.transaction_hash,
            block_number: receipt.block_number.unwrap_or_default(),
            block_hash: receipt.block_hash.unwrap_or_default(),
            took_effect: receipt.status(),
            logs: receipt.logs().to_vec(),
        }
    }
}

/// What is to be sent.
#[derive(Debug, Clone)]
pub(super) struct Call {
    what: &'static str,
    from: Address,
    to: Option<Address>,
    value: U256,
    data: Bytes,
}

impl Call {
    pub(super) fn new<C: SolCall>(from: Address, to: Address, call: &C) -> Self {
        Self { what: C::SIGNATURE, from, to: Some(to), value: U256::ZERO, data: call.abi_encode().into() }
    }

    pub(super) fn with_value(self, value: U256) -> Self {
        Self { value, ..self }
    }

    fn request(&self) -> Value {
        let mut request = json!({ "from": self.from, "data": self.data, "value": self.value, "gas": U64::from(GAS) });
        if let (Some(to), Some(fields)) = (self.to, request.as_object_mut()) {
            fields.insert("to".to_owned(), json!(to));
        }
        request
    }
}

/// Sends and waits until it is mined, whether it takes effect or reverts.
pub(super) async fn attempt(anvil: &Anvil, call: &Call) -> Result<Transaction, Error> {
    let hash: B256 = anvil.rpc().call("eth_sendTransaction", &(call.request(),)).await?;
    let receipt: TransactionReceipt = anvil.settled(hash).await?;
    Ok(receipt.into())
}

/// Sends and waits; a revert is an error that says why.
pub(super) async fn transact(anvil: &Anvil, call: Call) -> Result<Transaction, Error> {
    effective(anvil, call).await.map(|(transaction, _)| transaction)
}

async fn effective(anvil: &Anvil, call: Call) -> Result<(Transaction, Option<Address>), Error> {
    let hash: B256 = anvil.rpc().call("eth_sendTransaction", &(call.request(),)).await?;
    let receipt: TransactionReceipt = anvil.settled(hash).await?;
    let contract = receipt.contract_address;
    let transaction = Transaction::from(receipt);
    if transaction.took_effect {
        return Ok((transaction, contract));
    }
    let reason = reason(anvil, &call, transaction.block_number).await;
    Err(Error::Reverted { what: call.what, hash, reason })
}

/// The node's words for the revert of a call at a block, from the state before that block.
async fn reason(anvil: &Anvil, call: &Call, block: u64) -> String {
    let before = U64::from(block.saturating_sub(1));
    match anvil.rpc().call::<_, Bytes>("eth_call", &(call.request(), before)).await {
        Ok(_) => "it does not when it is called again".to_owned(),
        Err(anvil::Error::Rpc { message, .. }) => message,
        Err(other) => other.to_string(),
    }
}

/// Deploys a contract of Chainlink's with its constructor's encoded arguments.
pub(super) async fn deploy(
    anvil: &Anvil,
    from: Address,
    contract: Chainlink,
    arguments: Vec<u8>,
) -> Result<Address, Error> {
    create(anvil, from, contract.name(), [contract.bytecode().await?.as_ref(), &arguments].concat()).await
}

/// Deploys a contract of ours with its constructor's encoded arguments.
pub(super) async fn deploy_own(
    anvil: &Anvil,
    from: Address,
    contract: Contract,
    arguments: Vec<u8>,
) -> Result<Address, Error> {
    create(anvil, from, contract.name(), [contract.artefact()?.bytecode.as_ref(), &arguments].concat()).await
}

async fn create(anvil: &Anvil, from: Address, what: &'static str, code: Vec<u8>) -> Result<Address, Error> {
    let call = Call { what, from, to: None, value: U256::ZERO, data: code.into() };
    let (_, address) = effective(anvil, call).await?;
    address.ok_or(Error::Silent { what, event: "contract address" })
}

/// Asks a contract at the last block.
pub(super) async fn read<C: SolCall>(anvil: &Anvil, to: Address, call: &C) -> Result<C::Return, Error> {
    let request = json!({ "to": to, "data": Bytes::from(call.abi_encode()) });
    let data: Bytes = anvil.rpc().call("eth_call", &(request, "latest")).await?;
    C::abi_decode_returns(&data).map_err(|source| Error::Shape { what: C::SIGNATURE, source })
}

/// Every log of this event that the contract ever emitted on the present chain, oldest first. `indexed` are the
/// values of the topics behind the first, `None` for any.
pub(super) async fn history<E: SolEvent>(
    anvil: &Anvil,
    address: Address,
    indexed: &[Option<B256>],
) -> Result<Vec<(Log, E)>, Error> {
    let topics: Vec<_> = std::iter::once(Some(E::SIGNATURE_HASH)).chain(indexed.iter().copied()).collect();
    let filter = json!({ "address": address, "topics": topics, "fromBlock": "0x0", "toBlock": "latest" });
    let logs: Vec<Log> = anvil.rpc().call("eth_getLogs", &(filter,)).await?;
    logs.into_iter().map(|log| decode(&log).map(|event| (log, event))).collect()
}

/// The logs of this event that a contract emitted in a transaction, in order.
pub(super) fn emitted<E: SolEvent>(transaction: &Transaction, address: Address) -> Result<Vec<(&Log, E)>, Error> {
    transaction
        .logs
        .iter()
        .filter(|log| log.address() == address && log.topic0() == Some(&E::SIGNATURE_HASH))
        .map(|log| decode(log).map(|event| (log, event)))
        .collect()
}

fn decode<E: SolEvent>(log: &Log) -> Result<E, Error> {
    E::decode_log_data(log.data()).map_err(|source| Error::Shape { what: E::SIGNATURE, source })
}

/// A selector or a sequence number as a topic.
pub(super) fn topic(number: u64) -> B256 {
    U256::from(number).into()
}

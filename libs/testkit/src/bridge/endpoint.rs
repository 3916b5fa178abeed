//! A chain as the bridge's world speaks to it: calls at a block, logs, transactions of the node's own accounts, and
//! signed ones.
//!
//! One node is believed here, which is right for a simulation and wrong for a guard.

use std::time::Duration;

use alloy::{
    primitives::{Address, B256, Bytes, U64, U256},
    rpc::types::{Log, TransactionReceipt},
    sol_types::{SolCall, SolEvent},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Error;
use crate::anvil::{self, Rpc};

/// How long a transaction may take to be mined where blocks come by themselves.
const MINED_LIMIT: Duration = Duration::from_secs(10);

/// How often a receipt is asked for: anvil answers from memory.
const RECEIPT_POLL: Duration = Duration::from_millis(5);

/// The state at which a contract is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The last block.
    Latest,
    /// The block of this number.
    Block(u64),
}

impl At {
    fn tag(self) -> Value {
        match self {
            Self::Latest => json!("latest"),
            Self::Block(number) => json!(U64::from(number)),
        }
    }
}

/// A block without its transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// Seconds since the epoch.
    pub seconds: u64,
    /// Wei per gas; zero where gas is free.
    pub base_fee: u128,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawHeader {
    number: U64,
    hash: B256,
    timestamp: U64,
    #[serde(default)]
    base_fee_per_gas: U256,
}

/// What became of a transaction.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The transaction.
    pub hash: B256,
    /// The number of its block.
    pub block_number: u64,
    /// The hash of its block.
    pub block_hash: B256,
    /// False when it reverted.
    pub took_effect: bool,
    /// What it cost.
    pub gas_used: u64,
    /// The contract that it made, if it made one.
    pub contract: Option<Address>,
    /// Its logs, in order.
    pub logs: Vec<Log>,
}

impl TryFrom<TransactionReceipt> for Receipt {
    type Error = Error;

    fn try_from(receipt: TransactionReceipt) -> Result<Self, Error> {
        Ok(Self {
            hash: receipt.transaction_hash,
            block_number: receipt.block_number.ok_or(Error::Unplaced)?,
            block_hash: receipt.block_hash.ok_or(Error::Unplaced)?,
            took_effect: receipt.status(),
            gas_used: receipt.gas_used,
            contract: receipt.contract_address,
            logs: receipt.logs().to_vec(),
        })
    }
}

impl Receipt {
    /// The first log of this event that the contract emitted.
    ///
    /// # Errors
    /// [`Error::Silent`] without one, [`Error::Shape`] when it cannot be read.
    pub fn event<E: SolEvent>(&self, address: Address, what: &'static str) -> Result<E, Error> {
        let found = self.logs.iter().find(|log| log.address() == address && log.topic0() == Some(&E::SIGNATURE_HASH));
        decode(found.ok_or(Error::Silent { what, event: E::SIGNATURE })?)
    }
}

/// One node of one chain.
#[derive(Debug, Clone)]
pub struct Endpoint {
    rpc: Rpc,
    chain_id: u64,
}

impl Endpoint {
    /// A client of the node, once it has said that it serves this chain.
    ///
    /// # Errors
    /// [`Error::Chain`], or [`Error::WrongChain`].
    pub async fn connect(url: &str, chain_id: u64) -> Result<Self, Error> {
        let rpc = Rpc::new(url);
        let found: U64 = rpc.call("eth_chainId", &()).await?;
        let found = found.to();
        if found == chain_id {
            Ok(Self { rpc, chain_id })
        } else {
            Err(Error::WrongChain { url: url.to_owned(), expected: chain_id, found })
        }
    }

    /// The EVM chain id.
    pub const fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// Where the node listens.
    pub fn url(&self) -> &str {
        self.rpc.url()
    }

    /// Asks a contract.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Shape`].
    pub async fn read<C: SolCall>(&self, to: Address, call: &C, at: At) -> Result<C::Return, Error> {
        let request = json!({ "to": to, "data": Bytes::from(call.abi_encode()) });
        let data: Bytes = self.rpc.call("eth_call", &(request, at.tag())).await?;
        C::abi_decode_returns(&data).map_err(|source| Error::Shape { what: C::SIGNATURE, source })
    }

    /// The node's words when a call reverts; `None` when it does not.
    ///
    /// # Errors
    /// [`Error::Chain`] when the node does not answer.
    pub async fn refusal(&self, from: Address, to: Address, data: &Bytes, at: At) -> Result<Option<String>, Error> {
        let request = json!({ "from": from, "to": to, "data": data });
        match self.rpc.call::<_, Bytes>("eth_call", &(request, at.tag())).await {
            Ok(_) => Ok(None),
            Err(anvil::Error::Rpc { message, .. }) => Ok(Some(message)),
            Err(other) => Err(other.into()),
        }
    }

    /// A word of a contract's storage.
    ///
    /// # Errors
    /// [`Error::Chain`].
    pub async fn storage(&self, of: Address, slot: B256, at: At) -> Result<B256, Error> {
        Ok(self.rpc.call("eth_getStorageAt", &(of, slot, at.tag())).await?)
    }

    /// The logs of this event that the contract emitted between two blocks, both included, oldest first.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Shape`].
    pub async fn logs<E: SolEvent>(&self, address: Address, from: u64, to: u64) -> Result<Vec<(Log, E)>, Error> {
        let filter = json!({
            "address": address,
            "topics": [E::SIGNATURE_HASH],
            "fromBlock": U64::from(from),
            "toBlock": U64::from(to),
        });
        let logs: Vec<Log> = self.rpc.call("eth_getLogs", &(filter,)).await?;
        logs.into_iter().map(|log| decode(&log).map(|event| (log, event))).collect()
    }

    /// The last block.
    ///
    /// # Errors
    /// [`Error::Chain`].
    pub async fn head(&self) -> Result<Header, Error> {
        self.header(At::Latest).await?.ok_or(Error::NoBlock(u64::MAX))
    }

    /// A block; `None` when there is none of that number.
    ///
    /// # Errors
    /// [`Error::Chain`].
    pub async fn header(&self, at: At) -> Result<Option<Header>, Error> {
        let found: Option<RawHeader> = self.rpc.call("eth_getBlockByNumber", &(at.tag(), false)).await?;
        Ok(found.map(|raw| Header {
            number: raw.number.to(),
            hash: raw.hash,
            seconds: raw.timestamp.to(),
            base_fee: raw.base_fee_per_gas.saturating_to(),
        }))
    }

    /// The nonce of an account's next transaction, after the last block.
    ///
    /// # Errors
    /// [`Error::Chain`].
    pub async fn nonce(&self, account: Address) -> Result<u64, Error> {
        let nonce: U64 = self.rpc.call("eth_getTransactionCount", &(account, "latest")).await?;
        Ok(nonce.to())
    }

    /// What the node thinks a call will cost.
    ///
    /// # Errors
    /// [`Error::Chain`], also when it would revert.
    pub async fn estimate(&self, from: Address, to: Address, data: &Bytes) -> Result<u64, Error> {
        let gas: U64 = self.rpc.call("eth_estimateGas", &(json!({ "from": from, "to": to, "data": data }),)).await?;
        Ok(gas.to())
    }

    /// Hands signed bytes to the node.
    ///
    /// # Errors
    /// [`Error::Chain`] with the node's words when it does not take them.
    pub async fn broadcast(&self, raw: &Bytes) -> Result<B256, Error> {
        Ok(self.rpc.call("eth_sendRawTransaction", &(raw,)).await?)
    }

    /// The receipt of a transaction; `None` while it is in no block.
    ///
    /// # Errors
    /// [`Error::Chain`], or [`Error::Unplaced`].
    pub async fn receipt(&self, hash: B256) -> Result<Option<Receipt>, Error> {
        let found: Option<TransactionReceipt> = self.rpc.call("eth_getTransactionReceipt", &(hash,)).await?;
        found.map(Receipt::try_from).transpose()
    }

    /// Waits for the receipt of a transaction.
    ///
    /// # Errors
    /// [`Error::NotMined`] after ten seconds.
    pub async fn settled(&self, hash: B256) -> Result<Receipt, Error> {
        let receipt = async {
            loop {
                match self.receipt(hash).await? {
                    Some(receipt) => return Ok(receipt),
                    None => tokio::time::sleep(RECEIPT_POLL).await,
                }
            }
        };
        tokio::time::timeout(MINED_LIMIT, receipt).await.unwrap_or(Err(Error::NotMined(hash)))
    }

    /// Sends as one of the node's own accounts and waits until it is mined, whether it takes effect or reverts.
    /// Without `to` it makes a contract.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::NotMined`].
    pub async fn attempt(&self, from: Address, to: Option<Address>, data: Bytes) -> Result<Receipt, Error> {
        // Given, so that the node does not estimate: it would refuse what reverts instead of mining it.
        let mut request = json!({ "from": from, "data": data, "gas": U64::from(5_000_000_u64) });
        if let (Some(to), Some(fields)) = (to, request.as_object_mut()) {
            fields.insert("to".to_owned(), json!(to));
        }
        let hash: B256 = self.rpc.call("eth_sendTransaction", &(request,)).await?;
        self.settled(hash).await
    }

    /// As [`Self::attempt`], for a call that must take effect.
    ///
    /// # Errors
    /// [`Error::Reverted`] when it does not; otherwise as [`Self::attempt`].
    pub async fn transact<C: SolCall>(&self, from: Address, to: Address, call: &C) -> Result<Receipt, Error> {
        let receipt = self.attempt(from, Some(to), call.abi_encode().into()).await?;
        if receipt.took_effect { Ok(receipt) } else { Err(Error::Reverted { what: C::SIGNATURE, hash: receipt.hash }) }
    }
}

fn decode<E: SolEvent>(log: &Log) -> Result<E, Error> {
    E::decode_log_data(log.data()).map_err(|source| Error::Shape { what: E::SIGNATURE, source })
}

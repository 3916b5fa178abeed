//! Reads from one endpoint, so that several of them see one node's view of the chain.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy::{
    primitives::{Address, B256, Bytes, U64, U256},
    rpc::types::{Filter, Log, TransactionReceipt},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Block, BlockTag, EndpointIndex, EndpointSet, Error, endpoint::Endpoint};
use crate::rpc::{self, Answer, Call, RefusalKind};

/// A call that is executed but not mined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRequest {
    /// As whom; `None` is nobody in particular.
    pub from: Option<Address>,
    /// The contract.
    pub to: Address,
    /// The call data.
    pub data: Bytes,
    /// The value in wei.
    pub value: U256,
}

impl CallRequest {
    /// A plain read.
    pub const fn read(to: Address, data: Bytes) -> Self {
        Self { from: None, to, data, value: U256::ZERO }
    }

    /// The gas price is left out on purpose: a node then asks for no balance, so a simulation also works
    /// from an account without a wei.
    fn to_json(&self) -> Value {
        let mut call = json!({ "to": self.to, "data": self.data });
        if let Some(fields) = call.as_object_mut() {
            if let Some(from) = self.from {
                fields.insert("from".to_owned(), json!(from));
            }
            if !self.value.is_zero() {
                fields.insert("value".to_owned(), json!(self.value));
            }
        }
        call
    }
}

/// One endpoint of the set.
#[derive(Debug, Clone)]
pub struct Session {
    set: EndpointSet,
    index: EndpointIndex,
    /// In milliseconds.
    slowest: Arc<AtomicU64>,
}

impl Session {
    pub(super) fn new(set: EndpointSet, index: EndpointIndex) -> Self {
        Self { set, index, slowest: Arc::default() }
    }

    /// Which endpoint.
    pub const fn endpoint(&self) -> EndpointIndex {
        self.index
    }

    /// The longest that one call of this session and its clones has taken, answered or not, in whole milliseconds. A call
    /// that nobody waited for to the end is not counted.
    pub fn slowest(&self) -> Duration {
        Duration::from_millis(self.slowest.load(Ordering::Relaxed))
    }

    /// The last block. A head that went back too far counts as the endpoint's failure.
    ///
    /// # Errors
    /// [`Error`], as all of these.
    pub async fn head(&self) -> Result<Block, Error> {
        let block = self.block(BlockTag::Latest).await?;
        if let Err(behind) = self.set.observe_head(self.index, block.number) {
            self.own()?.blame(self.set.now());
            return Err(behind);
        }
        self.own()?.saw_head(block.number);
        Ok(block)
    }

    /// A block's header.
    ///
    /// # Errors
    /// As [`Session::head`]; an unknown block is an empty answer.
    pub async fn block(&self, tag: BlockTag) -> Result<Block, Error> {
        match tag {
            BlockTag::Hash(hash) => self.call("eth_getBlockByHash", json!([hash, false])).await,
            BlockTag::Latest | BlockTag::Pending | BlockTag::Finalized | BlockTag::Number(_) => {
                self.call("eth_getBlockByNumber", json!([tag.to_json(), false])).await
            }
        }
    }

    /// A header that may not exist (yet).
    ///
    /// # Errors
    /// As [`Session::head`].
    pub async fn find_block(&self, number: u64) -> Result<Option<Block>, Error> {
        self.call("eth_getBlockByNumber", json!([U64::from(number), false])).await
    }

    /// The result of a call. Empty data is an error: no function that we call returns nothing, and an
    /// address without code answers every call with it.
    ///
    /// # Errors
    /// As [`Session::head`]; a revert is a refusal of kind [`RefusalKind::Reverted`].
    pub async fn eth_call(&self, request: &CallRequest, at: BlockTag) -> Result<Bytes, Error> {
        let data = self.simulate(request, at).await?;
        if data.is_empty() { Err(self.error("eth_call", rpc::Error::Empty)) } else { Ok(data) }
    }

    /// Executes a call whose result does not matter, only whether it goes through.
    ///
    /// # Errors
    /// As [`Session::eth_call`], but empty data is fine.
    pub async fn simulate(&self, request: &CallRequest, at: BlockTag) -> Result<Bytes, Error> {
        self.call("eth_call", json!([request.to_json(), at.to_json()])).await
    }

    /// Executes a call at the last block with no more gas than this.
    ///
    /// # Errors
    /// As [`Session::simulate`]; too little gas is a refusal.
    pub async fn simulate_within(&self, request: &CallRequest, gas: u64) -> Result<(), Error> {
        let mut call = request.to_json();
        if let Some(fields) = call.as_object_mut() {
            fields.insert("gas".to_owned(), json!(U64::from(gas)));
        }
        self.call::<Bytes>("eth_call", json!([call, BlockTag::Latest.to_json()])).await.map(drop)
    }

    /// The gas that a call needs at the last block.
    ///
    /// # Errors
    /// As [`Session::eth_call`].
    pub async fn estimate_gas(&self, request: &CallRequest) -> Result<u64, Error> {
        let gas: U64 = self.call("eth_estimateGas", json!([request.to_json()])).await?;
        Ok(gas.to())
    }

    /// The nonce of the account's next transaction.
    ///
    /// # Errors
    /// As [`Session::head`].
    pub async fn nonce(&self, account: Address, at: BlockTag) -> Result<u64, Error> {
        let nonce: U64 = self.call("eth_getTransactionCount", json!([account, at.to_json()])).await?;
        Ok(nonce.to())
    }

    /// The balance in wei.
    ///
    /// # Errors
    /// As [`Session::head`].
    pub async fn balance(&self, account: Address, at: BlockTag) -> Result<U256, Error> {
        self.call("eth_getBalance", json!([account, at.to_json()])).await
    }

    /// The code of a contract; empty for an ordinary account.
    ///
    /// # Errors
    /// As [`Session::head`].
    pub async fn code(&self, account: Address, at: BlockTag) -> Result<Bytes, Error> {
        self.call("eth_getCode", json!([account, at.to_json()])).await
    }

    /// What the node suggests as gas price. Not to be trusted where gas is free: nodes suggest their default.
    ///
    /// # Errors
    /// As [`Session::head`].
    pub async fn gas_price(&self) -> Result<u128, Error> {
        let wei: U256 = self.call("eth_gasPrice", json!([])).await?;
        Ok(u128::try_from(wei).unwrap_or(u128::MAX))
    }

    /// The receipt of a mined transaction.
    ///
    /// # Errors
    /// As [`Session::head`].
    pub async fn find_receipt(&self, hash: B256) -> Result<Option<TransactionReceipt>, Error> {
        self.call("eth_getTransactionReceipt", json!([hash])).await
    }

    /// Whether the node knows a transaction, mined or in its pool.
    ///
    /// # Errors
    /// As [`Session::head`].
    pub async fn knows_transaction(&self, hash: B256) -> Result<bool, Error> {
        let found: Value = self.call::<Option<Value>>("eth_getTransactionByHash", json!([hash])).await?.into();
        Ok(!found.is_null())
    }

    /// The logs that a filter selects.
    ///
    /// # Errors
    /// As [`Session::head`]; a range that the node does not answer is [`RefusalKind::RangeTooWide`]
    /// or [`RefusalKind::TooManyResults`].
    pub async fn logs(&self, filter: &Filter) -> Result<Vec<Log>, Error> {
        self.call("eth_getLogs", json!([filter])).await
    }

    /// Sends a signed transaction; one that the node holds already is sent.
    ///
    /// # Errors
    /// As [`Session::head`]; [`Error::Call`] with a shape error when the node names another hash.
    pub async fn send_raw(&self, raw: &Bytes, hash: B256) -> Result<(), Error> {
        match self.call::<B256>("eth_sendRawTransaction", json!([raw])).await {
            Ok(told) if told == hash => Ok(()),
            Ok(_) => Err(self.error("eth_sendRawTransaction", rpc::Error::Shape(serde::de::Error::custom("hash")))),
            Err(error) if error.refusal().is_some_and(|r| r.kind() == RefusalKind::AlreadyKnown) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Any other call.
    ///
    /// # Errors
    /// As [`Session::head`].
    pub async fn call<R: DeserializeOwned>(&self, method: &'static str, params: Value) -> Result<R, Error> {
        self.timed(self.own()?.call(self.set.chain_id(), || self.set.now(), method, &params)).await
    }

    /// Several calls as one request where the endpoint takes that; `read` gets the answers in their order.
    ///
    /// # Errors
    /// As [`Session::head`]; what `read` gives counts as the endpoint's answer to `method`.
    pub(crate) async fn batch<T, F>(&self, method: &'static str, calls: Vec<Call>, read: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&[Answer<'_>]) -> Result<T, rpc::Error> + Send + 'static,
    {
        self.timed(self.own()?.batch(self.set.chain_id(), || self.set.now(), method, calls, read)).await
    }

    async fn timed<T>(&self, call: impl Future<Output = T>) -> T {
        let begun = self.set.now();
        let answer = call.await;
        let took = self.set.now().since(begun).as_millis();
        self.slowest.fetch_max(u64::try_from(took).unwrap_or(u64::MAX), Ordering::Relaxed);
        answer
    }

    /// Whether several calls may go in one request, as far as is known.
    pub(crate) fn takes_batches(&self) -> bool {
        self.own().is_ok_and(Endpoint::takes_batches)
    }

    /// Counts a failure that the caller found in an answer.
    pub(crate) fn blame(&self) {
        if let Ok(own) = self.own() {
            own.blame(self.set.now());
        }
    }

    fn own(&self) -> Result<&Endpoint, Error> {
        self.set.endpoint(self.index).ok_or(Error::NoEndpoints)
    }

    fn error(&self, method: &'static str, source: rpc::Error) -> Error {
        let host = self.set.endpoint(self.index).map(Endpoint::host).unwrap_or_default();
        Error::Call { endpoint: self.index, host, method, source }
    }
}

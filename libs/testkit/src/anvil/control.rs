//! What a test does to a chain, beyond what a client may do.

use std::time::Duration;

use alloy::primitives::{Address, B256, Bytes, U64, U256};
use serde::{Deserialize, de::DeserializeOwned};

use super::{Anvil, Error};

/// How long a transaction may take to be mined where blocks come by themselves.
const MINED_LIMIT: Duration = Duration::from_secs(10);

/// How often a receipt is asked for: anvil answers from memory.
const RECEIPT_POLL: Duration = Duration::from_millis(10);

/// What became of a transaction that the testkit sent itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mined {
    /// Its hash.
    pub transaction_hash: B256,
    /// 1 when it took effect, 0 when it reverted.
    pub status: U64,
    /// The block that holds it.
    pub block_number: U64,
    /// What it cost.
    pub gas_used: U64,
    /// The contract that it made, if it made one.
    pub contract_address: Option<Address>,
}

impl Mined {
    /// True when it did not revert.
    pub fn took_effect(&self) -> bool {
        self.status == U64::from(1)
    }
}

impl Anvil {
    /// Mines so many blocks now.
    ///
    /// # Errors
    /// [`Error::Rpc`] or [`Error::Transport`], as all of these.
    pub async fn mine(&self, blocks: u64) -> Result<(), Error> {
        self.rpc.call("anvil_mine", &(U64::from(blocks),)).await
    }

    /// Turns mining at once on or off. Off, and without an interval, only [`Anvil::mine`] makes blocks.
    ///
    /// # Errors
    /// As [`Anvil::mine`].
    pub async fn set_automine(&self, on: bool) -> Result<(), Error> {
        self.rpc.call("evm_setAutomine", &(on,)).await
    }

    /// A block per so many seconds from now on; 0 stops the interval.
    ///
    /// # Errors
    /// As [`Anvil::mine`].
    pub async fn set_interval_seconds(&self, seconds: u64) -> Result<(), Error> {
        self.rpc.call("anvil_setIntervalMining", &(seconds,)).await
    }

    /// Replaces the last `depth` blocks by as many empty ones: their transactions are gone for good, and
    /// no `removed` logs are sent.
    ///
    /// # Errors
    /// As [`Anvil::mine`].
    pub async fn reorganise(&self, depth: u64) -> Result<(), Error> {
        let no_transactions: [(); 0] = [];
        self.rpc.call("anvil_reorg", &(depth, no_transactions)).await
    }

    /// Remembers the whole state; the id goes to [`Anvil::revert_to`].
    ///
    /// # Errors
    /// As [`Anvil::mine`].
    pub async fn snapshot(&self) -> Result<U256, Error> {
        self.rpc.call("evm_snapshot", &()).await
    }

    /// Goes back to a remembered state; true when the id was known. An id serves once.
    ///
    /// # Errors
    /// As [`Anvil::mine`].
    pub async fn revert_to(&self, snapshot: U256) -> Result<bool, Error> {
        self.rpc.call("evm_revert", &(snapshot,)).await
    }

    /// The whole state, for [`Anvil::resume`].
    ///
    /// # Errors
    /// As [`Anvil::mine`].
    pub async fn dump(&self) -> Result<String, Error> {
        self.rpc.call("anvil_dumpState", &()).await
    }

    /// Sets a balance in wei.
    ///
    /// # Errors
    /// As [`Anvil::mine`].
    pub async fn set_balance(&self, account: Address, wei: U256) -> Result<(), Error> {
        self.rpc.call("anvil_setBalance", &(account, wei)).await
    }

    /// Sets an account's nonce, as if somebody else had used the ones below it.
    ///
    /// # Errors
    /// As [`Anvil::mine`].
    pub async fn set_nonce(&self, account: Address, nonce: u64) -> Result<(), Error> {
        self.rpc.call("anvil_setNonce", &(account, U64::from(nonce))).await
    }

    /// The time of the next block, in seconds since the epoch; never before the last block's.
    ///
    /// # Errors
    /// As [`Anvil::mine`].
    pub async fn set_next_timestamp(&self, seconds: u64) -> Result<(), Error> {
        let _: serde_json::Value = self.rpc.call("evm_setNextBlockTimestamp", &(seconds,)).await?;
        Ok(())
    }

    /// Moves the chain's clock forward.
    ///
    /// # Errors
    /// As [`Anvil::mine`].
    pub async fn increase_time(&self, seconds: u64) -> Result<(), Error> {
        let _: serde_json::Value = self.rpc.call("evm_increaseTime", &(seconds,)).await?;
        Ok(())
    }

    /// Forgets a transaction that is not mined yet, as a restarted node does; true when it was there.
    ///
    /// # Errors
    /// As [`Anvil::mine`].
    pub async fn drop_transaction(&self, hash: B256) -> Result<bool, Error> {
        let dropped: Option<B256> = self.rpc.call("anvil_dropTransaction", &(hash,)).await?;
        Ok(dropped.is_some())
    }

    /// The number of the last block.
    ///
    /// # Errors
    /// As [`Anvil::mine`].
    pub async fn block_number(&self) -> Result<u64, Error> {
        let number: U64 = self.rpc.call("eth_blockNumber", &()).await?;
        Ok(number.to())
    }

    /// The nonce of the account's next transaction at the last block.
    ///
    /// # Errors
    /// As [`Anvil::mine`].
    pub async fn nonce(&self, account: Address) -> Result<u64, Error> {
        let nonce: U64 = self.rpc.call("eth_getTransactionCount", &(account, "latest")).await?;
        Ok(nonce.to())
    }

    /// Sends a transaction from one of the chain's own accounts and waits until it is mined, mining a block
    /// itself where none comes by itself. Without `to` it makes a contract.
    ///
    /// # Errors
    /// [`Error::NotMined`] after ten seconds; otherwise as [`Anvil::mine`].
    pub async fn send(&self, from: Address, to: Option<Address>, data: &Bytes) -> Result<Mined, Error> {
        let mut transaction = serde_json::json!({ "from": from, "data": data });
        if let (Some(to), Some(fields)) = (to, transaction.as_object_mut()) {
            fields.insert("to".to_owned(), serde_json::json!(to));
        }
        let hash: B256 = self.rpc.call("eth_sendTransaction", &(transaction,)).await?;
        self.settled(hash).await
    }

    /// The receipt of a transaction that was sent, as whatever the caller reads out of it; mines a block where
    /// none comes by itself.
    pub(crate) async fn settled<R: DeserializeOwned>(&self, hash: B256) -> Result<R, Error> {
        if self.is_manual().await? {
            self.mine(1).await?;
        }
        let receipt = async {
            loop {
                let found: Option<R> = self.rpc.call("eth_getTransactionReceipt", &(hash,)).await?;
                match found {
                    Some(receipt) => return Ok(receipt),
                    None => tokio::time::sleep(RECEIPT_POLL).await,
                }
            }
        };
        tokio::time::timeout(MINED_LIMIT, receipt).await.unwrap_or(Err(Error::NotMined(hash)))
    }

    async fn is_manual(&self) -> Result<bool, Error> {
        let automatic: bool = self.rpc.call("anvil_getAutomine", &()).await?;
        let interval: Option<u64> = self.rpc.call("anvil_getIntervalMining", &()).await?;
        Ok(!automatic && interval.is_none())
    }
}

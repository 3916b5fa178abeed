//! The bridge as its users and owners use it: both chains, the contracts, and a call for each thing that people do.

use alloy::primitives::{Address, B256, U256, b256};

use serde::{Deserialize, Serialize};

use super::{At, BridgeAuthority, BridgedToken, Contracts, Endpoint, Error, Lockbox, LockedToken, Settlement, Temper};

/// `keccak256("eip1967.proxy.implementation") - 1`.
const IMPLEMENTATION_SLOT: B256 = b256!("360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc");

/// One end of the bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Where value is locked.
    Source,
    /// Where it is minted.
    Destination,
}

impl End {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Source, Self::Destination];

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Source => Self::Destination,
            Self::Destination => Self::Source,
        }
    }
}

/// A deposit that is mined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deposited {
    /// The message.
    pub id: B256,
    /// The lockbox's nonce.
    pub nonce: u64,
    /// The block.
    pub block_number: u64,
}

/// A burn that is mined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burned {
    /// The message.
    pub id: B256,
    /// The bridged token's nonce.
    pub nonce: u64,
    /// The block.
    pub block_number: u64,
}

/// Both ends. Cheap to clone; it owns no process.
#[derive(Debug, Clone)]
pub struct Bridge {
    /// The chain where value is locked.
    pub source: Endpoint,
    /// The chain where it is minted.
    pub destination: Endpoint,
    /// What is deployed on them.
    pub contracts: Contracts,
}

impl Bridge {
    /// The chain of an end.
    pub const fn endpoint(&self, end: End) -> &Endpoint {
        match end {
            End::Source => &self.source,
            End::Destination => &self.destination,
        }
    }

    /// The settlement of an end.
    pub const fn settlement(&self, end: End) -> Address {
        match end {
            End::Source => self.contracts.source.settlement,
            End::Destination => self.contracts.destination.settlement,
        }
    }

    /// The contract whose authority matters at an end: the lockbox, or the bridged token.
    pub const fn vault(&self, end: End) -> Address {
        match end {
            End::Source => self.contracts.source.lockbox,
            End::Destination => self.contracts.destination.token,
        }
    }

    /// Locks value at the source for somebody at the destination.
    ///
    /// # Errors
    /// [`Error::Reverted`], for example while paused.
    pub async fn deposit(&self, from: Address, recipient: Address, amount: U256) -> Result<Deposited, Error> {
        let lockbox = self.contracts.source.lockbox;
        let call = Lockbox::depositCall { amount, recipient };
        let receipt = self.source.transact(from, lockbox, &call).await?;
        let Lockbox::Deposit { id, nonce, .. } = receipt.event(lockbox, "a deposit")?;
        Ok(Deposited { id, nonce, block_number: receipt.block_number })
    }

    /// Burns bridged value for somebody at the source.
    ///
    /// # Errors
    /// [`Error::Reverted`], for example of what one does not have.
    pub async fn burn(&self, from: Address, recipient: Address, amount: U256) -> Result<Burned, Error> {
        let token = self.contracts.destination.token;
        let call = BridgedToken::burnCall { amount, recipient };
        let receipt = self.destination.transact(from, token, &call).await?;
        let BridgedToken::Burned { id, nonce, .. } = receipt.event(token, "a burn")?;
        Ok(Burned { id, nonce, block_number: receipt.block_number })
    }

    /// Gives the lockbox tokens that no message stands for.
    ///
    /// # Errors
    /// [`Error::Reverted`] when `from` has fewer.
    pub async fn donate(&self, from: Address, amount: U256) -> Result<(), Error> {
        let call = LockedToken::transferCall { to: self.contracts.source.lockbox, amount };
        self.source.transact(from, self.contracts.source.token, &call).await.map(drop)
    }

    /// What the lockbox holds.
    ///
    /// # Errors
    /// [`Error::Chain`] or [`Error::Shape`].
    pub async fn custody(&self, at: At) -> Result<U256, Error> {
        self.locked_balance(self.contracts.source.lockbox, at).await
    }

    /// An account's balance of the locked token.
    ///
    /// # Errors
    /// As [`Self::custody`].
    pub async fn locked_balance(&self, account: Address, at: At) -> Result<U256, Error> {
        self.source.read(self.contracts.source.token, &LockedToken::balanceOfCall { account }, at).await
    }

    /// An account's balance of the bridged token.
    ///
    /// # Errors
    /// As [`Self::custody`].
    pub async fn bridged_balance(&self, account: Address, at: At) -> Result<U256, Error> {
        self.destination.read(self.contracts.destination.token, &BridgedToken::balanceOfCall { account }, at).await
    }

    /// What exists of the bridged token.
    ///
    /// # Errors
    /// As [`Self::custody`].
    pub async fn supply(&self, at: At) -> Result<U256, Error> {
        self.destination.read(self.contracts.destination.token, &BridgedToken::totalSupplyCall {}, at).await
    }

    /// Whether a settlement has settled a message.
    ///
    /// # Errors
    /// As [`Self::custody`].
    pub async fn is_consumed(&self, end: End, message_id: B256) -> Result<bool, Error> {
        let call = Settlement::consumedCall { messageId: message_id };
        self.endpoint(end).read(self.settlement(end), &call, At::Latest).await
    }

    /// The root that a settlement knows of a batch; zero for none.
    ///
    /// # Errors
    /// As [`Self::custody`].
    pub async fn anchored_root(&self, end: End, batch: u64) -> Result<B256, Error> {
        let call = Settlement::rootsCall { number: U256::from(batch) };
        self.endpoint(end).read(self.settlement(end), &call, At::Latest).await
    }

    /// The implementation that the vault of an end keeps in ERC-1967's slot.
    ///
    /// # Errors
    /// [`Error::Chain`].
    pub async fn implementation(&self, end: End, at: At) -> Result<Address, Error> {
        let word = self.endpoint(end).storage(self.vault(end), IMPLEMENTATION_SLOT, at).await?;
        Ok(Address::from_word(word))
    }

    /// The owner spoils a settlement, or mends it.
    ///
    /// # Errors
    /// [`Error::Reverted`] when `owner` is not its owner.
    pub async fn set_temper(&self, end: End, owner: Address, temper: Temper) -> Result<(), Error> {
        let call = Settlement::setTemperCall { temper: temper.number() };
        self.endpoint(end).transact(owner, self.settlement(end), &call).await.map(drop)
    }

    /// The owner lets the lockbox log deposits without taking them, or mends it.
    ///
    /// # Errors
    /// [`Error::Reverted`] when `owner` is not its owner.
    pub async fn set_collects(&self, owner: Address, collects: bool) -> Result<(), Error> {
        let call = Lockbox::setCollectsCall { collects };
        self.source.transact(owner, self.contracts.source.lockbox, &call).await.map(drop)
    }

    /// Stops the vault of an end.
    ///
    /// # Errors
    /// [`Error::Reverted`] when `by` is neither guardian nor owner.
    pub async fn pause(&self, end: End, by: Address) -> Result<(), Error> {
        self.endpoint(end).transact(by, self.vault(end), &BridgeAuthority::pauseCall {}).await.map(drop)
    }

    /// Starts it again.
    ///
    /// # Errors
    /// [`Error::Reverted`] when `owner` is not its owner.
    pub async fn unpause(&self, end: End, owner: Address) -> Result<(), Error> {
        self.endpoint(end).transact(owner, self.vault(end), &BridgeAuthority::unpauseCall {}).await.map(drop)
    }

    /// Whether the vault of an end is stopped.
    ///
    /// # Errors
    /// As [`Self::custody`].
    pub async fn is_paused(&self, end: End) -> Result<bool, Error> {
        self.endpoint(end).read(self.vault(end), &BridgeAuthority::pausedCall {}, At::Latest).await
    }
}

//! What is deployed where, and who is who: the two addresses lists that a relayer and a guard are configured with.

use alloy::{
    primitives::{Address, U256},
    sol_types::SolValue,
};
use serde::{Deserialize, Serialize};

use super::{BridgeAuthority, Endpoint, Error, LockedToken};
use crate::{anvil::Anvil, contracts::Contract};

/// Who an account is, on both chains. The keys are anvil's public ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Owns every contract.
    Owner,
    /// The relayer's hot key: anchors batches, and may move value on its word alone.
    Keeper,
    /// May pause, and nothing else.
    Guardian,
    /// Deposits and burns; has tokens and has approved the lockbox.
    User,
    /// Where stolen value goes.
    Thief,
    /// Has coins and no rights.
    Stranger,
}

impl Role {
    /// The position among the chain's accounts.
    pub(super) const fn position(self) -> usize {
        match self {
            Self::Owner => 0,
            Self::Keeper => 1,
            Self::Guardian => 2,
            Self::User => 3,
            Self::Thief => 4,
            Self::Stranger => 5,
        }
    }

    /// The account of this role on a chain.
    ///
    /// # Errors
    /// [`Error::Accounts`] when the chain has too few.
    pub fn account(self, anvil: &Anvil) -> Result<Address, Error> {
        anvil.accounts().get(self.position()).map(|account| account.address).ok_or(Error::Accounts)
    }

    /// Its private key in hex with `0x`; worth nothing outside a test's own chain.
    ///
    /// # Errors
    /// As [`Self::account`].
    pub fn key(self, anvil: &Anvil) -> Result<String, Error> {
        anvil.accounts().get(self.position()).map(|account| account.key.clone()).ok_or(Error::Accounts)
    }
}

/// What a settlement thinks of proofs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Temper {
    /// It verifies them.
    Verifies,
    /// It accepts any, also against a root that nobody anchored.
    AcceptsAnything,
    /// It rejects all, the valid ones too.
    RejectsEverything,
}

impl Temper {
    /// As the contract numbers it.
    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Verifies => 0,
            Self::AcceptsAnything => 1,
            Self::RejectsEverything => 2,
        }
    }
}

/// The contracts of the chain where value is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceContracts {
    /// The locked token, 18 decimals. Its address is the asset's name on both chains.
    pub token: Address,
    /// Custody.
    pub lockbox: Address,
    /// Releases what was burned.
    pub settlement: Address,
}

/// The contracts of the chain where value is minted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationContracts {
    /// The bridged token, 18 decimals.
    pub token: Address,
    /// Mints what was deposited.
    pub settlement: Address,
}

/// All of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contracts {
    /// On 138.
    pub source: SourceContracts,
    /// On 1337.
    pub destination: DestinationContracts,
}

/// What the user starts with: a billion whole tokens, more than any traffic uses up.
fn endowment() -> U256 {
    U256::from(10).pow(U256::from(27))
}

/// Settlement's `Exit`.
const RELEASES: u8 = 0;
const MINTS: u8 = 1;

impl SourceContracts {
    pub(super) async fn deploy(site: &Site<'_>) -> Result<Self, Error> {
        let named = ("Sigil".to_owned(), "SIGIL".to_owned()).abi_encode_params();
        let token = site.create(Contract::BridgeToken, named).await?;
        let lockbox = site.create(Contract::Lockbox, (token, site.keeper, site.guardian).abi_encode_params()).await?;
        let settlement = site.settlement(RELEASES, lockbox).await?;
        let user = site.user;
        site.endpoint
            .transact(site.owner, token, &LockedToken::mintCall { account: user, amount: endowment() })
            .await?;
        let approval = LockedToken::approveCall { spender: lockbox, amount: U256::MAX };
        site.endpoint.transact(user, token, &approval).await?;
        Ok(Self { token, lockbox, settlement })
    }
}

impl DestinationContracts {
    /// `asset` is the locked token's address on the other chain.
    pub(super) async fn deploy(site: &Site<'_>, asset: Address) -> Result<Self, Error> {
        let named = ("Bridged Sigil".to_owned(), "bSIGIL".to_owned(), asset, site.keeper, site.guardian);
        let token = site.create(Contract::BridgedToken, named.abi_encode_params()).await?;
        let settlement = site.settlement(MINTS, token).await?;
        Ok(Self { token, settlement })
    }
}

/// A chain under construction.
#[derive(Debug)]
pub(super) struct Site<'a> {
    endpoint: &'a Endpoint,
    owner: Address,
    keeper: Address,
    guardian: Address,
    user: Address,
}

impl<'a> Site<'a> {
    pub(super) fn new(anvil: &Anvil, endpoint: &'a Endpoint) -> Result<Self, Error> {
        Ok(Self {
            endpoint,
            owner: Role::Owner.account(anvil)?,
            keeper: Role::Keeper.account(anvil)?,
            guardian: Role::Guardian.account(anvil)?,
            user: Role::User.account(anvil)?,
        })
    }

    async fn create(&self, contract: Contract, arguments: Vec<u8>) -> Result<Address, Error> {
        let code = [contract.artefact()?.bytecode.as_ref(), &arguments].concat();
        let receipt = self.endpoint.attempt(self.owner, None, code.into()).await?;
        let what = contract.name();
        receipt.contract.filter(|_| receipt.took_effect).ok_or(Error::Reverted { what, hash: receipt.hash })
    }

    /// A settlement in front of a contract that has to know it.
    async fn settlement(&self, exit: u8, target: Address) -> Result<Address, Error> {
        let arguments = (U256::from(exit), target, self.keeper, self.guardian).abi_encode_params();
        let settlement = self.create(Contract::Settlement, arguments).await?;
        self.endpoint.transact(self.owner, target, &BridgeAuthority::setSettlementCall { settlement }).await?;
        Ok(settlement)
    }
}

//! Deploys token and registry, and does what their owners and holders do.

use alloy::{
    primitives::{Address, U256, keccak256},
    sol_types::{SolCall, SolValue},
};

use super::abi::{AssetRegistry, SettlementToken};
use crate::{
    bridge::{At, Endpoint, Error},
    contracts::Contract,
};

/// Which token to deploy.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Its symbol, which is its name as well.
    pub symbol: String,
    /// Its decimals.
    pub decimals: u8,
    /// The most that may exist, in units.
    pub cap: U256,
    /// Makes it and administers it: an account of the node's own.
    pub admin: Address,
    /// Mints, burns and moves by reference.
    pub issuer: Address,
    /// Pauses and freezes.
    pub guardian: Address,
}

/// A token on a chain.
#[derive(Debug, Clone)]
pub struct Token {
    /// Where it is.
    pub address: Address,
    endpoint: Endpoint,
    admin: Address,
    guardian: Address,
}

impl Token {
    /// Deploys one, without holders.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn deploy(endpoint: &Endpoint, spec: &Spec) -> Result<Self, Error> {
        let Spec { symbol, decimals, cap, admin, issuer, guardian } = spec;
        let arguments = (symbol.clone(), symbol.clone(), U256::from(*decimals), *cap, *issuer, *guardian);
        let address = create(endpoint, Contract::SettlementToken, *admin, &arguments.abi_encode_params()).await?;
        Ok(Self { address, endpoint: endpoint.clone(), admin: *admin, guardian: *guardian })
    }

    /// Lists a holder, or takes him off.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn set_holder(&self, account: Address, listed: bool) -> Result<(), Error> {
        self.act(self.admin, &SettlementToken::setHolderCall { account, listed }).await
    }

    /// Freezes so much of a holder's balance.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn freeze(&self, account: Address, amount: U256) -> Result<(), Error> {
        self.act(self.guardian, &SettlementToken::setFrozenTokensCall { account, amount }).await
    }

    /// Stops all movements.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn pause(&self) -> Result<(), Error> {
        self.act(self.guardian, &SettlementToken::pauseCall {}).await
    }

    /// Lets them go on.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn unpause(&self) -> Result<(), Error> {
        self.act(self.admin, &SettlementToken::unpauseCall {}).await
    }

    /// Calls the token as an account of the node's own.
    ///
    /// # Errors
    /// [`Error::Reverted`] when the token refuses.
    pub async fn act<C: SolCall>(&self, from: Address, call: &C) -> Result<(), Error> {
        self.endpoint.transact(from, self.address, call).await.map(drop)
    }

    /// Asks the token at the last block.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn read<C: SolCall>(&self, call: &C) -> Result<C::Return, Error> {
        self.endpoint.read(self.address, call, At::Latest).await
    }

    /// What exists, in units.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn total_supply(&self) -> Result<U256, Error> {
        self.read(&SettlementToken::totalSupplyCall {}).await
    }

    /// What a holder has, in units.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn balance_of(&self, account: Address) -> Result<U256, Error> {
        self.read(&SettlementToken::balanceOfCall { account }).await
    }

    /// Everything that was ever done by reference, oldest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn performed(&self) -> Result<Vec<SettlementToken::Performed>, Error> {
        let head = self.endpoint.head().await?.number;
        let found = self.endpoint.logs::<SettlementToken::Performed>(self.address, 0, head).await?;
        Ok(found.into_iter().map(|(_, event)| event).collect())
    }
}

/// A registry of assets on a chain.
#[derive(Debug, Clone)]
pub struct Registry {
    /// Where it is.
    pub address: Address,
    endpoint: Endpoint,
    owner: Address,
}

impl Registry {
    /// Deploys an empty one.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn deploy(endpoint: &Endpoint, owner: Address) -> Result<Self, Error> {
        let address = create(endpoint, Contract::AssetRegistry, owner, &[]).await?;
        Ok(Self { address, endpoint: endpoint.clone(), owner })
    }

    /// Says which token stands for an asset.
    ///
    /// # Errors
    /// [`Error::Reverted`] when asset or token is taken.
    pub async fn register(&self, asset: &str, token: Address, denomination: &str) -> Result<(), Error> {
        let asset_id = keccak256(asset);
        let call = AssetRegistry::registerCall { assetId: asset_id, token, denomination: denomination.to_owned() };
        self.endpoint.transact(self.owner, self.address, &call).await.map(drop)
    }

    /// Closes an asset for good.
    ///
    /// # Errors
    /// [`Error::Reverted`] when it is not open.
    pub async fn close(&self, asset: &str) -> Result<(), Error> {
        let call = AssetRegistry::closeCall { assetId: keccak256(asset) };
        self.endpoint.transact(self.owner, self.address, &call).await.map(drop)
    }

    /// What it says of an asset.
    ///
    /// # Errors
    /// [`Error`], also when it never heard of it.
    pub async fn asset(&self, asset: &str) -> Result<AssetRegistry::Asset, Error> {
        self.endpoint.read(self.address, &AssetRegistry::assetOfCall { assetId: keccak256(asset) }, At::Latest).await
    }
}

pub(super) async fn create(
    endpoint: &Endpoint,
    contract: Contract,
    from: Address,
    arguments: &[u8],
) -> Result<Address, Error> {
    let code = [contract.artefact()?.bytecode.as_ref(), arguments].concat();
    let receipt = endpoint.attempt(from, None, code.into()).await?;
    let what = contract.name();
    receipt.contract.filter(|_| receipt.took_effect).ok_or(Error::Reverted { what, hash: receipt.hash })
}

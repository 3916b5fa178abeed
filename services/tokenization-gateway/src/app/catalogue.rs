//! Which assets there are, under which rules, and whose account is whose: what turns an order into an instruction.

use std::collections::BTreeMap;

use causeway_primitives::{Address, AssetId, FeedId};

use crate::domain::{
    authorise::Policy,
    identity::BusinessKey,
    instruction::{Instruction, Kind, Movement},
    order::{Denomination, Order},
    reference::{Reference, Salt},
    units::{TokenDecimals, Units, UnitsError},
    valuation::Demand,
};

/// Why a catalogue cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// Two assets of one denomination: a message would not say which it means.
    #[error("{denomination} stands for two assets")]
    Denomination {
        /// Which one.
        denomination: Denomination,
    },
}

/// An asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// What messages call it.
    pub denomination: Denomination,
    /// Of its token, pinned when the asset was taken on.
    pub decimals: TokenDecimals,
    /// Its rules.
    pub policy: Policy,
    /// Where its price comes from; `None` for an asset that needs none.
    pub price: Option<(FeedId, Demand)>,
}

/// Why an order is no instruction here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// Nothing of that name is tokenized.
    #[error("no asset is called so")]
    Asset,
    /// The account is nobody's here.
    #[error("the account is not in the directory")]
    Account,
    /// The amount is no whole number of units.
    #[error("the amount cannot be told in units of the token")]
    Units(#[source] UnitsError),
    /// A bridge order names no chain.
    #[error("a message cannot order a bridge")]
    Kind,
}

impl Unresolved {
    /// Label and wire value.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Asset => "asset_unknown",
            Self::Account => "account_unknown",
            Self::Units(_) => "amount_not_in_units",
            Self::Kind => "kind_not_in_messages",
        }
    }
}

/// All of it.
#[derive(Debug)]
pub struct Catalogue {
    assets: BTreeMap<AssetId, Asset>,
    by_denomination: BTreeMap<Denomination, AssetId>,
    accounts: BTreeMap<String, Address>,
    salt: Salt,
}

impl Catalogue {
    /// A catalogue of assets and of accounts as messages write them.
    ///
    /// # Errors
    /// [`CatalogueError`].
    pub fn new(
        assets: BTreeMap<AssetId, Asset>,
        accounts: BTreeMap<String, Address>,
        salt: Salt,
    ) -> Result<Self, CatalogueError> {
        let mut by_denomination = BTreeMap::new();
        for (id, asset) in &assets {
            let denomination = asset.denomination.clone();
            if by_denomination.insert(denomination.clone(), id.clone()).is_some() {
                return Err(CatalogueError::Denomination { denomination });
            }
        }
        Ok(Self { assets, by_denomination, accounts, salt })
    }

    /// An asset by its name.
    pub fn asset(&self, id: &AssetId) -> Option<&Asset> {
        self.assets.get(id)
    }

    /// All assets, by name.
    pub fn assets(&self) -> impl Iterator<Item = (&AssetId, &Asset)> {
        self.assets.iter()
    }

    /// Everybody who may hold an asset.
    pub fn holders(&self, asset: &AssetId) -> impl Iterator<Item = Address> {
        self.assets.get(asset).into_iter().flat_map(|asset| asset.policy.holders.iter().copied())
    }

    /// The reference of a business event here.
    pub fn reference(&self, asset: &AssetId, kind: Kind, key: &BusinessKey) -> Reference {
        Reference::of(&self.salt, asset, kind, key)
    }

    /// What an order of a message is in the gateway's own words. `key` names it on chain.
    ///
    /// # Errors
    /// [`Unresolved`].
    pub fn resolve(&self, order: &Order, key: &BusinessKey) -> Result<Instruction, Unresolved> {
        let id = self.by_denomination.get(&order.denomination).ok_or(Unresolved::Asset)?;
        let asset = self.assets.get(id).ok_or(Unresolved::Asset)?;
        let holder = |account: &Option<String>| {
            let account = account.as_ref().ok_or(Unresolved::Account)?;
            self.accounts.get(account).copied().ok_or(Unresolved::Account)
        };
        let movement = match order.kind {
            Kind::Mint => Movement::Mint { to: holder(&order.to)? },
            Kind::Transfer => Movement::Transfer { from: holder(&order.from)?, to: holder(&order.to)? },
            Kind::Redeem => Movement::Redeem { from: holder(&order.from)? },
            Kind::Bridge => return Err(Unresolved::Kind),
        };
        Ok(Instruction {
            asset: id.clone(),
            movement,
            units: Units::exact(order.amount, asset.decimals).map_err(Unresolved::Units)?,
            reference: self.reference(id, order.kind, key),
        })
    }
}

//! A chain under construction: its owner deploys and configures.

use alloy::{
    primitives::{Address, U256, Uint},
    sol_types::SolCall,
};

use super::{
    Error, Role, Tokens,
    abi::common::{GasPrice, PriceUpdates, Prices, TokenPrice},
    chain::account,
    package::Chainlink,
    transact::{Call, Transaction, deploy, transact},
};
use crate::anvil::Anvil;

/// US dollars per whole token, in whole dollars: what they are today does not matter, that they are set does.
pub(super) const LINK_USD: u64 = 15;
const COIN_USD: u64 = 2_500;
const BRIDGED_USD: u64 = 1;

/// US dollars per unit of gas, with 18 decimals: one gwei at [`COIN_USD`].
pub(super) const GAS_USD: u64 = 2_500_000_000_000;

/// When a failed or forgotten message may be executed by anybody: the eight hours of the public networks.
pub(super) const PERMISSIONLESS_AFTER_SECONDS: u32 = 8 * 60 * 60;

/// Where contracts are deployed, and for which two selectors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) anvil: &'a Anvil,
    pub(super) tokens: &'a Tokens,
    pub(super) selector: u64,
    pub(super) remote: u64,
}

impl Site<'_> {
    pub(super) fn account(&self, role: Role) -> Result<Address, Error> {
        account(self.anvil, role)
    }

    pub(super) async fn deploy(&self, contract: Chainlink, arguments: Vec<u8>) -> Result<Address, Error> {
        deploy(self.anvil, self.account(Role::Owner)?, contract, arguments).await
    }

    pub(super) async fn transact<C: SolCall>(&self, to: Address, call: &C) -> Result<Transaction, Error> {
        transact(self.anvil, Call::new(self.account(Role::Owner)?, to, call)).await
    }

    /// Tells a fee quoter or price registry what everything costs.
    pub(super) async fn set_prices(&self, prices: Address) -> Result<(), Error> {
        self.transact(prices, &Prices::updatePricesCall { prices: self.prices() }).await.map(drop)
    }

    fn prices(&self) -> PriceUpdates {
        let Tokens { link, wrapped, bridged, .. } = *self.tokens;
        let price = |(token, dollars)| TokenPrice { sourceToken: token, usdPerToken: usd(dollars) };
        let tokens = [(link, LINK_USD), (wrapped, COIN_USD), (bridged, BRIDGED_USD)];
        PriceUpdates {
            tokenPriceUpdates: tokens.map(price).to_vec(),
            gasPriceUpdates: vec![GasPrice { destChainSelector: self.remote, usdPerUnitGas: Uint::from(GAS_USD) }],
        }
    }
}

/// So many US dollars with the contracts' 18 decimals.
pub(super) fn usd(dollars: u64) -> Uint<224, 4> {
    Uint::from(dollars).saturating_mul(Uint::from(10).pow(Uint::from(18)))
}

/// So many whole tokens of 18 decimals.
pub(super) fn whole_tokens(count: u64) -> U256 {
    U256::from(count).saturating_mul(U256::from(10).pow(U256::from(18)))
}

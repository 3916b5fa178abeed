//! A token on both chains of a CCIP world, with a bridge between them that carries references.

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    sol_types::{SolCall, SolValue},
};

use super::{
    Spec, Token,
    abi::{SettlementToken, TokenBridge},
    deployed::create,
};
use crate::{
    bridge::{At, Endpoint, Error},
    ccip::{Chain, Side, World},
    contracts::Contract,
};

/// What each end has for fees: more than any test sends.
const FEES: u64 = 1_000_000_000_000_000_000;

/// One end of the bridge.
#[derive(Debug, Clone)]
pub struct End {
    /// The token on this chain.
    pub token: Token,
    /// The bridge's contract on this chain.
    pub address: Address,
    /// CCIP's selector of this chain.
    pub selector: u64,
    endpoint: Endpoint,
    owner: Address,
}

/// Both ends.
#[derive(Debug, Clone)]
pub struct Bridge {
    /// On the consortium's chain.
    pub home: End,
    /// On the other one.
    pub away: End,
}

impl Bridge {
    /// Deploys a token like this on both chains, and the bridge between them, over the world's CCIP 1.6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn deploy(world: &World, spec: &Spec) -> Result<Self, Error> {
        let home = End::deploy(world.chain(Side::Home), spec).await?;
        let away = End::deploy(world.chain(Side::Away), spec).await?;
        home.meet(&away).await?;
        away.meet(&home).await?;
        for (side, end) in [(Side::Home, &home), (Side::Away, &away)] {
            let wei = U256::from(FEES).saturating_mul(U256::from(1_000));
            world.chain(side).anvil.set_balance(end.address, wei).await?;
        }
        Ok(Self { home, away })
    }
}

impl End {
    async fn deploy(chain: &Chain, spec: &Spec) -> Result<Self, Error> {
        let endpoint = Endpoint::connect(chain.anvil.url(), chain.chain_id).await?;
        let token = Token::deploy(&endpoint, spec).await?;
        let arguments = (token.address, chain.v1_6.router, Address::ZERO).abi_encode_params();
        let address = create(&endpoint, Contract::TokenBridge, spec.admin, &arguments).await?;
        let grant = SettlementToken::grantRoleCall { role: keccak256("ISSUER"), account: address };
        token.act(spec.admin, &grant).await?;
        Ok(Self { token, address, selector: chain.selector, endpoint, owner: spec.admin })
    }

    /// Takes messages of the other end.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn meet(&self, peer: &Self) -> Result<(), Error> {
        self.act(self.owner, &TokenBridge::setPeerCall { selector: peer.selector, peer: peer.address }).await
    }

    /// Takes them no more: whatever comes reverts.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn forget(&self, peer: &Self) -> Result<(), Error> {
        self.act(self.owner, &TokenBridge::setPeerCall { selector: peer.selector, peer: Address::ZERO }).await
    }

    /// Calls the bridge as one of the node's accounts.
    ///
    /// # Errors
    /// [`Error::Reverted`] when it does not take the call.
    pub async fn act<C: SolCall>(&self, from: Address, call: &C) -> Result<(), Error> {
        self.endpoint.transact(from, self.address, call).await.map(drop)
    }

    /// Everything that was ever sent from here, oldest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn departed(&self) -> Result<Vec<TokenBridge::Departed>, Error> {
        let head = self.endpoint.head().await?.number;
        let found = self.endpoint.logs::<TokenBridge::Departed>(self.address, 0, head).await?;
        Ok(found.into_iter().map(|(_, event)| event).collect())
    }

    /// Whether a reference came here and was declined for good.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn declined(&self, reference: B256) -> Result<bool, Error> {
        let call = TokenBridge::declinedCall { businessReference: reference };
        self.endpoint.read(self.address, &call, At::Latest).await
    }
}

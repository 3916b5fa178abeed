//! Deploys the private family on one chain.

use alloy::{
    primitives::{Address, U256},
    sol_types::SolValue,
};

use crate::{
    ccip::{
        Error, Role,
        abi::own::RelayRouter::{setChainSupportCall, setRelayerCall},
        site::{Site, whole_tokens},
        transact::deploy_own,
    },
    contracts::Contract,
};

/// The private family on a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contracts {
    /// Emits `MessageSent` for what leaves and `MessageExecuted` for what arrives; takes its fees in LINK.
    pub router: Address,
    /// Emits whatever anybody wants; no monitor should have it on its list.
    pub look_alike: Address,
}

impl Contracts {
    /// The router, open to the other chain, and the look-alike.
    pub(in crate::ccip) async fn deploy(site: &Site<'_>) -> Result<Self, Error> {
        let owner = site.account(Role::Owner)?;
        // A quarter of a LINK, and 0.0001 LINK per byte.
        let (base, byte) = (whole_tokens(1) / U256::from(4), whole_tokens(1) / U256::from(10_000));
        let arguments = (site.tokens.link, base, byte).abi_encode_params();
        let router = deploy_own(site.anvil, owner, Contract::RelayRouter, arguments).await?;
        let look_alike = deploy_own(site.anvil, owner, Contract::LookAlike, Vec::new()).await?;
        let relayer = site.account(Role::Relayer)?;
        site.transact(router, &setRelayerCall { account: relayer, allowed: true }).await?;
        site.transact(router, &setChainSupportCall { selector: site.remote, supported: true }).await?;
        Ok(Self { router, look_alike })
    }
}

//! The pool of the bridged token: it burns here what its counterpart mints there.

use alloy::{
    primitives::{Address, U256},
    sol_types::SolValue,
};

use super::{Contracts, contracts::Remote};
use crate::ccip::{
    Error, Role,
    abi::{
        common::{RateLimit, RemotePool, TokenAdminRegistry, TokenPool},
        own::BridgeToken,
    },
    codec::padded,
    package::Chainlink,
    site::Site,
};

/// Deploys it, makes it a minter and registers it.
pub(super) async fn deploy(site: &Site<'_>, contracts: &Contracts) -> Result<Address, Error> {
    let token = site.tokens.bridged;
    let (decimals, everybody) = (U256::from(18), Vec::<Address>::new());
    let arguments = (token, decimals, everybody, contracts.rmn_proxy, contracts.router).abi_encode_params();
    let pool = site.deploy(Chainlink::BurnMintTokenPool, arguments).await?;
    let registry = contracts.token_admin_registry;
    let administrator = site.account(Role::Owner)?;
    site.transact(token, &BridgeToken::addMinterCall { account: pool }).await?;
    site.transact(registry, &TokenAdminRegistry::proposeAdministratorCall { token, administrator }).await?;
    site.transact(registry, &TokenAdminRegistry::acceptAdminRoleCall { token }).await?;
    site.transact(registry, &TokenAdminRegistry::setPoolCall { token, pool }).await?;
    Ok(pool)
}

/// Tells it of its counterpart.
pub(super) async fn connect(site: &Site<'_>, pool: Address, remote: &Remote) -> Result<(), Error> {
    let unlimited = || RateLimit { isEnabled: false, capacity: 0, rate: 0 };
    let added = RemotePool {
        remoteChainSelector: site.remote,
        remotePoolAddresses: vec![padded(remote.token_pool)],
        remoteTokenAddress: padded(remote.bridged),
        outboundRateLimiterConfig: unlimited(),
        inboundRateLimiterConfig: unlimited(),
    };
    let call = TokenPool::applyChainUpdatesCall { removed: Vec::new(), added: vec![added] };
    site.transact(pool, &call).await.map(drop)
}

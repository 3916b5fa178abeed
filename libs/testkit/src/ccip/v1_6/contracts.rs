//! Deploys CCIP 1.6 on one chain, in two rounds: the off-ramp must know the other chain's on-ramp.

use alloy::{
    primitives::{Address, B256, Uint, fixed_bytes},
    sol_types::SolValue,
};

use super::pool;
use crate::ccip::{
    Error, Role,
    abi::{
        common::{OffRampOf, OnRampOf, Router},
        v1_6::{
            AuthorizedCallers, Callers, Destination, FeedOf, OcrConfig, OffRamp, OffRampDynamic, OffRampStatic,
            OnRampDynamic, OnRampStatic, Premium, QuoterDestination, QuoterDestinationOf, QuoterStatic, Source,
            TransferFeesTo,
        },
    },
    codec::padded,
    oracles::{FAULTY, Oracles},
    package::Chainlink,
    site::{PERMISSIONLESS_AFTER_SECONDS, Site},
};

/// Names the oracle network's configurations; the contracts compare it and nothing else.
pub(super) const CONFIG_DIGEST: B256 = B256::repeat_byte(0x16);
/// The plugin that commits, which signs.
const COMMIT: u8 = 0;
/// The plugin that executes, which does not sign.
const EXECUTE: u8 = 1;

/// Gas that the router keeps back when it calls a receiver, as on the public networks.
const GAS_FOR_CALL_EXACT_CHECK: u16 = 5_000;

/// CCIP 1.6 on a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contracts {
    /// What applications talk to.
    pub router: Address,
    /// What the ramps ask about curses; points to [`Contracts::rmn`].
    pub rmn_proxy: Address,
    /// The risk network's contract.
    pub rmn: Address,
    /// Counts the senders' messages.
    pub nonce_manager: Address,
    /// Tells the pool of a token.
    pub token_admin_registry: Address,
    /// Prices.
    pub fee_quoter: Address,
    /// Emits `CCIPMessageSent`.
    pub on_ramp: Address,
    /// Emits `CommitReportAccepted` and `ExecutionStateChanged`.
    pub off_ramp: Address,
    /// The pool of the bridged token.
    pub token_pool: Address,
}

impl Contracts {
    /// Everything but the off-ramp, which [`Contracts::connect`] adds.
    pub(in crate::ccip) async fn deploy(site: &Site<'_>) -> Result<Self, Error> {
        let none = Address::ZERO;
        let rmn = site.deploy(Chainlink::RmnRemote, (site.selector, none).abi_encode_params()).await?;
        let rmn_proxy = site.deploy(Chainlink::RmnProxy, rmn.abi_encode()).await?;
        let router = site.deploy(Chainlink::Router, (site.tokens.wrapped, rmn_proxy).abi_encode_params()).await?;
        let nobody = Vec::<Address>::new();
        let nonce_manager = site.deploy(Chainlink::NonceManager, (nobody,).abi_encode_params()).await?;
        let token_admin_registry = site.deploy(Chainlink::TokenAdminRegistry, Vec::new()).await?;
        let fee_quoter = site.deploy(Chainlink::FeeQuoter, quoter_arguments(site)?).await?;
        let mut contracts = Self {
            router,
            rmn_proxy,
            rmn,
            nonce_manager,
            token_admin_registry,
            fee_quoter,
            on_ramp: none,
            off_ramp: none,
            token_pool: none,
        };
        contracts.on_ramp = site.deploy(Chainlink::OnRamp16, contracts.on_ramp_arguments(site)?).await?;
        contracts.token_pool = pool::deploy(site, &contracts).await?;
        Ok(contracts)
    }

    fn on_ramp_arguments(&self, site: &Site<'_>) -> Result<Vec<u8>, Error> {
        let owner = site.account(Role::Owner)?;
        let fixed = OnRampStatic {
            chainSelector: site.selector,
            rmnRemote: self.rmn_proxy,
            nonceManager: self.nonce_manager,
            tokenAdminRegistry: self.token_admin_registry,
        };
        let dynamic = OnRampDynamic {
            feeQuoter: self.fee_quoter,
            reentrancyGuardEntered: false,
            messageInterceptor: Address::ZERO,
            feeAggregator: owner,
            allowlistAdmin: owner,
        };
        let destination = Destination { destChainSelector: site.remote, router: self.router, allowlistEnabled: false };
        Ok((fixed, dynamic, vec![destination]).abi_encode_params())
    }

    /// Adds the off-ramp for the other chain's contracts, and opens the lane in both directions.
    pub(in crate::ccip) async fn connect(self, site: &Site<'_>, remote: &Remote) -> Result<Self, Error> {
        let off_ramp = site.deploy(Chainlink::OffRamp16, self.off_ramp_arguments(site, remote.on_ramp)).await?;
        let contracts = Self { off_ramp, ..self };
        contracts.authorise(site).await?;
        contracts.set_oracles(site).await?;
        let ramps = Router::applyRampUpdatesCall {
            onRamps: vec![OnRampOf { destChainSelector: site.remote, onRamp: contracts.on_ramp }],
            removed: Vec::new(),
            added: vec![OffRampOf { sourceChainSelector: site.remote, offRamp: off_ramp }],
        };
        site.transact(contracts.router, &ramps).await?;
        site.set_prices(contracts.fee_quoter).await?;
        pool::connect(site, contracts.token_pool, remote).await?;
        Ok(contracts)
    }

    fn off_ramp_arguments(&self, site: &Site<'_>, remote_on_ramp: Address) -> Vec<u8> {
        let fixed = OffRampStatic {
            chainSelector: site.selector,
            gasForCallExactCheck: GAS_FOR_CALL_EXACT_CHECK,
            rmnRemote: self.rmn_proxy,
            tokenAdminRegistry: self.token_admin_registry,
            nonceManager: self.nonce_manager,
        };
        let dynamic = OffRampDynamic {
            feeQuoter: self.fee_quoter,
            permissionLessExecutionThresholdSeconds: PERMISSIONLESS_AFTER_SECONDS,
            messageInterceptor: Address::ZERO,
        };
        let source = Source {
            router: self.router,
            sourceChainSelector: site.remote,
            isEnabled: true,
            // Roots come unblessed: the risk network's off-chain half is not played.
            isRMNVerificationDisabled: true,
            onRamp: padded(remote_on_ramp),
        };
        (fixed, dynamic, vec![source]).abi_encode_params()
    }

    async fn authorise(&self, site: &Site<'_>) -> Result<(), Error> {
        let owner = site.account(Role::Owner)?;
        let allowed =
            [(self.nonce_manager, vec![self.on_ramp, self.off_ramp]), (self.fee_quoter, vec![self.off_ramp, owner])];
        for (contract, added) in allowed {
            let callers = AuthorizedCallers { added, removed: Vec::new() };
            site.transact(contract, &Callers::applyAuthorizedCallerUpdatesCall { callers }).await?;
        }
        Ok(())
    }

    async fn set_oracles(&self, site: &Site<'_>) -> Result<(), Error> {
        let plugin = |number, signed: bool, signers, transmitter| OcrConfig {
            configDigest: CONFIG_DIGEST,
            ocrPluginType: number,
            F: FAULTY,
            isSignatureVerificationEnabled: signed,
            signers,
            transmitters: vec![transmitter],
        };
        let configs = vec![
            plugin(COMMIT, true, Oracles::new()?.addresses(), site.account(Role::Committer)?),
            plugin(EXECUTE, false, Vec::new(), site.account(Role::Executor)?),
        ];
        site.transact(self.off_ramp, &OffRamp::setOCR3ConfigsCall { configs }).await.map(drop)
    }
}

/// What a chain must know of the other one.
#[derive(Debug, Clone, Copy)]
pub(in crate::ccip) struct Remote {
    pub(in crate::ccip) on_ramp: Address,
    pub(in crate::ccip) token_pool: Address,
    pub(in crate::ccip) bridged: Address,
}

fn quoter_arguments(site: &Site<'_>) -> Result<Vec<u8>, Error> {
    let tokens = site.tokens;
    let fixed = QuoterStatic {
        // 200 LINK.
        maxFeeJuelsPerMsg: Uint::from(200_000_000_000_000_000_000_u128),
        linkToken: tokens.link,
        tokenPriceStalenessThreshold: u32::MAX,
    };
    let premium = |token, multiplier| Premium { token, premiumMultiplierWeiPerEth: multiplier };
    Ok((
        fixed,
        vec![site.account(Role::Owner)?],
        vec![tokens.link, tokens.wrapped],
        Vec::<FeedOf>::new(),
        Vec::<TransferFeesTo>::new(),
        // Paying in LINK is cheaper, as on the public networks.
        vec![premium(tokens.link, 900_000_000_000_000_000), premium(tokens.wrapped, 1_000_000_000_000_000_000)],
        vec![QuoterDestinationOf { destChainSelector: site.remote, destChainConfig: quoter_destination() }],
    )
        .abi_encode_params())
}

/// An EVM chain with cheap gas and no data availability fees.
fn quoter_destination() -> QuoterDestination {
    QuoterDestination {
        isEnabled: true,
        maxNumberOfTokensPerMsg: 5,
        maxDataBytes: 30_000,
        maxPerMsgGasLimit: 3_000_000,
        destGasOverhead: 300_000,
        destGasPerPayloadByteBase: 16,
        destGasPerPayloadByteHigh: 40,
        destGasPerPayloadByteThreshold: 3_000,
        destDataAvailabilityOverheadGas: 0,
        destGasPerDataAvailabilityByte: 0,
        destDataAvailabilityMultiplierBps: 0,
        // `bytes4(keccak256("CCIP ChainFamilySelector EVM"))`.
        chainFamilySelector: fixed_bytes!("2812d52c"),
        enforceOutOfOrder: false,
        defaultTokenFeeUSDCents: 25,
        defaultTokenDestGasOverhead: 150_000,
        defaultTxGasLimit: 200_000,
        gasMultiplierWeiPerEth: 1_100_000_000_000_000_000,
        // Never stale: tests move clocks.
        gasPriceStalenessThreshold: 0,
        networkFeeUSDCents: 10,
    }
}

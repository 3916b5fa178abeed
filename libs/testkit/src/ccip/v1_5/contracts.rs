//! Deploys CCIP 1.5 on one chain, in two rounds: the commit store must know the other chain's on-ramp.

use alloy::{
    primitives::{Address, Bytes, Uint, keccak256},
    sol_types::SolValue,
};

use crate::ccip::{
    Error, Role,
    abi::{
        common::{OffRampOf, OnRampOf, RateLimit, Router},
        v1_5::{
            CommitStoreStatic, FeeToken, NodeOperator, Ocr2, OffRampDynamic, OffRampStatic, OnRampDynamic,
            OnRampStatic, RmnConfig, TransferFee, Voter,
        },
    },
    oracles::{FAULTY, Oracles},
    package::Chainlink,
    site::{PERMISSIONLESS_AFTER_SECONDS, Site},
};

/// CCIP 1.5 on a chain: the lane to the other chain, and the lane from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contracts {
    /// What applications talk to; another one than 1.6's, as a router has one on-ramp per destination.
    pub router: Address,
    /// What the ramps ask about curses and blessings; points to [`Contracts::rmn`].
    pub rmn_proxy: Address,
    /// The risk network's contract.
    pub rmn: Address,
    /// Prices.
    pub price_registry: Address,
    /// Tells the pool of a token; has none.
    pub token_admin_registry: Address,
    /// Emits `CCIPSendRequested` for messages to the other chain.
    pub on_ramp: Address,
    /// Emits `ReportAccepted` for messages from the other chain.
    pub commit_store: Address,
    /// Emits `ExecutionStateChanged` for messages from the other chain.
    pub off_ramp: Address,
}

impl Contracts {
    /// Everything but the commit store and the off-ramp, which [`Contracts::connect`] adds.
    pub(in crate::ccip) async fn deploy(site: &Site<'_>) -> Result<Self, Error> {
        let tokens = site.tokens;
        let voters = RmnConfig {
            voters: vec![Voter {
                blessVoteAddr: site.account(Role::Blesser)?,
                curseVoteAddr: site.account(Role::Curser)?,
                blessWeight: 1,
                curseWeight: 1,
            }],
            blessWeightThreshold: 1,
            curseWeightThreshold: 1,
        };
        let rmn = site.deploy(Chainlink::Rmn15, voters.abi_encode()).await?;
        let rmn_proxy = site.deploy(Chainlink::RmnProxy, rmn.abi_encode()).await?;
        let router = site.deploy(Chainlink::Router, (tokens.wrapped, rmn_proxy).abi_encode_params()).await?;
        let prices = (vec![site.account(Role::Owner)?], vec![tokens.link, tokens.wrapped], u32::MAX);
        let price_registry = site.deploy(Chainlink::PriceRegistry, prices.abi_encode_params()).await?;
        let token_admin_registry = site.deploy(Chainlink::TokenAdminRegistry, Vec::new()).await?;
        let none = Address::ZERO;
        let (on_ramp, commit_store, off_ramp) = (none, none, none);
        let mut contracts =
            Self { router, rmn_proxy, rmn, price_registry, token_admin_registry, on_ramp, commit_store, off_ramp };
        contracts.on_ramp = site.deploy(Chainlink::EvmOnRamp15, contracts.on_ramp_arguments(site)).await?;
        site.set_prices(price_registry).await?;
        Ok(contracts)
    }

    fn on_ramp_arguments(&self, site: &Site<'_>) -> Vec<u8> {
        let fixed = OnRampStatic {
            linkToken: site.tokens.link,
            chainSelector: site.selector,
            destChainSelector: site.remote,
            defaultTxGasLimit: 200_000,
            // A hundred million LINK: more than there will be.
            maxNopFeesJuels: Uint::from(100_000_000_000_000_000_000_000_000_u128),
            prevOnRamp: Address::ZERO,
            rmnProxy: self.rmn_proxy,
            tokenAdminRegistry: self.token_admin_registry,
        };
        let fee = |token| FeeToken {
            token,
            networkFeeUSDCents: 10,
            gasMultiplierWeiPerEth: 1_100_000_000_000_000_000,
            premiumMultiplierWeiPerEth: 1_000_000_000_000_000_000,
            enabled: true,
        };
        let fees = vec![fee(site.tokens.link), fee(site.tokens.wrapped)];
        let (transfer_fees, operators) = (Vec::<TransferFee>::new(), Vec::<NodeOperator>::new());
        (fixed, self.on_ramp_dynamic(), unlimited(), fees, transfer_fees, operators).abi_encode_params()
    }

    fn on_ramp_dynamic(&self) -> OnRampDynamic {
        OnRampDynamic {
            router: self.router,
            maxNumberOfTokensPerMsg: 5,
            destGasOverhead: 300_000,
            destGasPerPayloadByte: 16,
            destDataAvailabilityOverheadGas: 0,
            destGasPerDataAvailabilityByte: 0,
            destDataAvailabilityMultiplierBps: 0,
            priceRegistry: self.price_registry,
            maxDataBytes: 30_000,
            maxPerMsgGasLimit: 3_000_000,
            defaultTokenFeeUSDCents: 25,
            defaultTokenDestGasOverhead: 150_000,
            enforceOutOfOrder: false,
        }
    }

    /// Adds the commit store and the off-ramp for the other chain's on-ramp, and opens the lanes.
    pub(in crate::ccip) async fn connect(self, site: &Site<'_>, remote_on_ramp: Address) -> Result<Self, Error> {
        let store = CommitStoreStatic {
            chainSelector: site.selector,
            sourceChainSelector: site.remote,
            onRamp: remote_on_ramp,
            rmnProxy: self.rmn_proxy,
        };
        let commit_store = site.deploy(Chainlink::CommitStore15, store.abi_encode()).await?;
        let fixed = OffRampStatic {
            commitStore: commit_store,
            chainSelector: site.selector,
            sourceChainSelector: site.remote,
            onRamp: remote_on_ramp,
            prevOffRamp: Address::ZERO,
            rmnProxy: self.rmn_proxy,
            tokenAdminRegistry: self.token_admin_registry,
        };
        let off_ramp = site.deploy(Chainlink::EvmOffRamp15, (fixed, unlimited()).abi_encode_params()).await?;
        let contracts = Self { commit_store, off_ramp, ..self };
        contracts.set_oracles(site).await?;
        let ramps = Router::applyRampUpdatesCall {
            onRamps: vec![OnRampOf { destChainSelector: site.remote, onRamp: contracts.on_ramp }],
            removed: Vec::new(),
            added: vec![OffRampOf { sourceChainSelector: site.remote, offRamp: off_ramp }],
        };
        site.transact(contracts.router, &ramps).await?;
        Ok(contracts)
    }

    async fn set_oracles(&self, site: &Site<'_>) -> Result<(), Error> {
        let signers = Oracles::new()?.addresses();
        let executing = OffRampDynamic {
            permissionLessExecutionThresholdSeconds: PERMISSIONLESS_AFTER_SECONDS,
            maxDataBytes: 30_000,
            maxNumberOfTokensPerMsg: 5,
            router: self.router,
            priceRegistry: self.price_registry,
        };
        let networks = [
            (self.commit_store, Role::Committer, self.price_registry.abi_encode()),
            (self.off_ramp, Role::Executor, executing.abi_encode()),
        ];
        for (contract, role, on_chain) in networks {
            let call = Ocr2::setOCR2ConfigCall {
                signers: signers.clone(),
                transmitters: transmitters(site.account(role)?, signers.len()),
                f: FAULTY,
                onchainConfig: on_chain.into(),
                offchainConfigVersion: 1,
                offchainConfig: Bytes::new(),
            };
            site.transact(contract, &call).await?;
        }
        Ok(())
    }
}

/// The contracts want as many transmitters as signers; the others are nobody.
fn transmitters(first: Address, count: usize) -> Vec<Address> {
    let nobody = (1..count).map(|position| Address::from_word(keccak256(format!("causeway nobody {position}"))));
    std::iter::once(first).chain(nobody).collect()
}

const fn unlimited() -> RateLimit {
    RateLimit { isEnabled: false, capacity: 0, rate: 0 }
}

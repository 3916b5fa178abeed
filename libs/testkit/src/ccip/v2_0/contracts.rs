//! Deploys CCIP 2.0 on one chain, in two rounds: each ramp must know its counterpart.

use alloy::{
    primitives::{Address, FixedBytes, Uint, fixed_bytes},
    sol_types::SolValue,
};

use crate::ccip::{
    Error, Role,
    abi::{
        common::{OffRampOf, OnRampOf, Router},
        v2_0::{
            Committee, CommitteeVerifier, Destination, Executor, ExecutorDestination, ExecutorDynamic, ExecutorFee,
            Inbound, OffRamp, OffRampStatic, OnRamp, OnRampDynamic, OnRampStatic, Outbound, QuoterDestination,
            QuoterDestinationOf, QuoterStatic, Resolver, Source, TransferFeesTo, VerifierDynamic, VerifierRemote,
        },
    },
    codec::padded,
    oracles::{Oracles, SIGNATURES},
    package::Chainlink,
    site::Site,
};

/// Names the verifier's version in every attestation; the resolver finds the verifier by it.
pub(super) const VERSION_TAG: FixedBytes<4> = fixed_bytes!("49ff34ed");

/// CCIP 2.0 on a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contracts {
    /// What applications talk to.
    pub router: Address,
    /// The risk network's contract, which curses and does nothing else.
    pub rmn: Address,
    /// Prices.
    pub fee_quoter: Address,
    /// Emits `CCIPMessageSent`.
    pub on_ramp: Address,
    /// Emits `ExecutionStateChanged`.
    pub off_ramp: Address,
    /// The committee's verifier, behind [`Contracts::resolver`].
    pub verifier: Address,
    /// Tells the verifier of a version; what messages name.
    pub resolver: Address,
    /// Takes the executor's fee.
    pub executor: Address,
}

impl Contracts {
    /// Everything, as yet without the other chain.
    pub(in crate::ccip) async fn deploy(site: &Site<'_>) -> Result<Self, Error> {
        let owner = site.account(Role::Owner)?;
        let rmn = site.deploy(Chainlink::Rmn20, (vec![owner],).abi_encode_params()).await?;
        let router = site.deploy(Chainlink::Router, (site.tokens.wrapped, rmn).abi_encode_params()).await?;
        let registry = site.deploy(Chainlink::TokenAdminRegistry, Vec::new()).await?;
        let fee_quoter = site.deploy(Chainlink::FeeQuoter20, quoter_arguments(site, owner)).await?;
        let fixed = OnRampStatic {
            chainSelector: site.selector,
            rmnRemote: rmn,
            maxUSDCentsPerMessage: 10_000,
            tokenAdminRegistry: registry,
        };
        let dynamic = OnRampDynamic { feeQuoter: fee_quoter, reentrancyGuardEntered: false, feeAggregator: owner };
        let on_ramp = site.deploy(Chainlink::OnRamp20, (fixed, dynamic).abi_encode_params()).await?;
        let fixed = OffRampStatic {
            localChainSelector: site.selector,
            gasForCallExactCheck: 5_000,
            rmnRemote: rmn,
            tokenAdminRegistry: registry,
            maxGasBufferToUpdateState: 12_000,
        };
        let off_ramp = site.deploy(Chainlink::OffRamp20, fixed.abi_encode()).await?;
        let admins = VerifierDynamic { feeAggregator: owner, allowlistAdmin: owner };
        let arguments = (admins, Vec::<String>::new(), rmn, VERSION_TAG).abi_encode_params();
        let verifier = site.deploy(Chainlink::CommitteeVerifier, arguments).await?;
        let resolver = site.deploy(Chainlink::VerifierResolver, Vec::new()).await?;
        let dynamic = ExecutorDynamic {
            feeAggregator: owner,
            allowedFinalityConfig: FixedBytes::ZERO,
            ccvAllowlistEnabled: false,
        };
        let arguments = (Uint::<256, 4>::from(10), dynamic).abi_encode_params();
        let executor = site.deploy(Chainlink::Executor, arguments).await?;
        Ok(Self { router, rmn, fee_quoter, on_ramp, off_ramp, verifier, resolver, executor })
    }

    /// Opens the lane to and from the other chain's contracts.
    pub(in crate::ccip) async fn connect(&self, site: &Site<'_>, remote: &Self) -> Result<(), Error> {
        self.connect_verifier(site).await?;
        let fee = ExecutorFee { usdCentsFee: 5, enabled: true };
        let added = vec![ExecutorDestination { destChainSelector: site.remote, config: fee }];
        let removed = Vec::new();
        site.transact(self.executor, &Executor::applyDestChainUpdatesCall { removed, added }).await?;
        let destinations = vec![self.destination(site, remote)];
        site.transact(self.on_ramp, &OnRamp::applyDestChainConfigUpdatesCall { destinations }).await?;
        let source = Source {
            router: self.router,
            sourceChainSelector: site.remote,
            isEnabled: true,
            onRamps: vec![padded(remote.on_ramp)],
            defaultCCVs: vec![self.resolver],
            laneMandatedCCVs: Vec::new(),
        };
        site.transact(self.off_ramp, &OffRamp::applySourceChainConfigUpdatesCall { sources: vec![source] }).await?;
        let ramps = Router::applyRampUpdatesCall {
            onRamps: vec![OnRampOf { destChainSelector: site.remote, onRamp: self.on_ramp }],
            removed: Vec::new(),
            added: vec![OffRampOf { sourceChainSelector: site.remote, offRamp: self.off_ramp }],
        };
        site.transact(self.router, &ramps).await?;
        site.set_prices(self.fee_quoter).await
    }

    fn destination(&self, site: &Site<'_>, remote: &Self) -> Destination {
        Destination {
            destChainSelector: site.remote,
            router: self.router,
            addressBytesLength: 20,
            tokenReceiverAllowed: false,
            messageNetworkFeeUSDCents: 10,
            tokenNetworkFeeUSDCents: 25,
            baseExecutionGasCost: 80_000,
            defaultCCVs: vec![self.resolver],
            laneMandatedCCVs: Vec::new(),
            defaultExecutor: self.executor,
            offRamp: remote.off_ramp.to_vec().into(),
        }
    }

    async fn connect_verifier(&self, site: &Site<'_>) -> Result<(), Error> {
        let remotes = vec![VerifierRemote {
            router: self.router,
            remoteChainSelector: site.remote,
            allowlistEnabled: false,
            feeUSDCents: 5,
            gasForVerification: 50_000,
            payloadSizeBytes: 6 + 2 * 64,
        }];
        site.transact(self.verifier, &CommitteeVerifier::applyRemoteChainConfigUpdatesCall { remotes }).await?;
        let committee =
            Committee { sourceChainSelector: site.remote, threshold: SIGNATURES, signers: Oracles::new()?.addresses() };
        let signers = CommitteeVerifier::applySignatureConfigsCall { removed: Vec::new(), committees: vec![committee] };
        site.transact(self.verifier, &signers).await?;
        let outbound = vec![Outbound { destChainSelector: site.remote, verifier: self.verifier }];
        let call = Resolver::applyOutboundImplementationUpdatesCall { implementations: outbound };
        site.transact(self.resolver, &call).await?;
        let inbound = vec![Inbound { version: VERSION_TAG, verifier: self.verifier }];
        let call = Resolver::applyInboundImplementationUpdatesCall { implementations: inbound };
        site.transact(self.resolver, &call).await.map(drop)
    }
}

fn quoter_arguments(site: &Site<'_>, owner: Address) -> Vec<u8> {
    let fixed = QuoterStatic {
        // 200 LINK.
        maxFeeJuelsPerMsg: Uint::from(200_000_000_000_000_000_000_u128),
        linkToken: site.tokens.link,
    };
    let destination = QuoterDestination {
        isEnabled: true,
        maxDataBytes: 30_000,
        maxPerMsgGasLimit: 3_000_000,
        destGasOverhead: 300_000,
        destGasPerPayloadByteBase: 16,
        // `bytes4(keccak256("CCIP ChainFamilySelector EVM"))`.
        chainFamilySelector: fixed_bytes!("2812d52c"),
        defaultTokenFeeUSDCents: 25,
        defaultTokenDestGasOverhead: 150_000,
        defaultTxGasLimit: 200_000,
        networkFeeUSDCents: 10,
        linkFeeMultiplierPercent: 90,
    };
    let destinations = vec![QuoterDestinationOf { destChainSelector: site.remote, destChainConfig: destination }];
    (fixed, vec![owner], Vec::<TransferFeesTo>::new(), destinations).abi_encode_params()
}

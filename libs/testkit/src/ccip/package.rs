//! Chainlink's contracts as npm has them: creation bytecode by version, read when a world is deployed.
//!
//! The package of 2.0.0 carries the bytecode of every version since 1.0. Its licence is not ours, so nothing of
//! it is committed; what we know of the interfaces is written in [`super::abi`].

use alloy::primitives::{Bytes, hex};

use super::Error;
use crate::tools;

const PACKAGE: &str = "@chainlink/contracts-ccip";
/// The version that the worlds were written against.
const VERSION: &str = "2.0.0";

/// A contract of the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chainlink {
    RmnProxy,
    Router,
    PriceRegistry,
    TokenAdminRegistry,
    Rmn15,
    CommitStore15,
    EvmOnRamp15,
    EvmOffRamp15,
    RmnRemote,
    NonceManager,
    FeeQuoter,
    OnRamp16,
    OffRamp16,
    BurnMintTokenPool,
    Rmn20,
    FeeQuoter20,
    OnRamp20,
    OffRamp20,
    CommitteeVerifier,
    VerifierResolver,
    Executor,
}

impl Chainlink {
    /// For errors.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::RmnProxy => "RMNProxy 1.0",
            Self::Router => "Router 1.2",
            Self::PriceRegistry => "PriceRegistry 1.2",
            Self::TokenAdminRegistry => "TokenAdminRegistry 1.5",
            Self::Rmn15 => "RMN 1.5",
            Self::CommitStore15 => "CommitStore 1.5",
            Self::EvmOnRamp15 => "EVM2EVMOnRamp 1.5",
            Self::EvmOffRamp15 => "EVM2EVMOffRamp 1.5",
            Self::RmnRemote => "RMNRemote 1.6",
            Self::NonceManager => "NonceManager 1.6",
            Self::FeeQuoter => "FeeQuoter 1.6",
            Self::OnRamp16 => "OnRamp 1.6",
            Self::OffRamp16 => "OffRamp 1.6",
            Self::BurnMintTokenPool => "BurnMintTokenPool 1.6.1",
            Self::Rmn20 => "RMN 2.0",
            Self::FeeQuoter20 => "FeeQuoter 2.0",
            Self::OnRamp20 => "OnRamp 2.0",
            Self::OffRamp20 => "OffRamp 2.0",
            Self::CommitteeVerifier => "CommitteeVerifier 2.0",
            Self::VerifierResolver => "VersionedVerifierResolver 2.0",
            Self::Executor => "Executor 2.0",
        }
    }

    const fn file(self) -> &'static str {
        match self {
            Self::RmnProxy => "bytecode/v1_0_0/rmn_proxy_contract.bin",
            Self::Router => "bytecode/v1_2_0/router.bin",
            Self::PriceRegistry => "bytecode/v1_2_0/price_registry.bin",
            Self::TokenAdminRegistry => "bytecode/v1_5_0/token_admin_registry.bin",
            Self::Rmn15 => "bytecode/v1_5_0/rmn_contract.bin",
            Self::CommitStore15 => "bytecode/v1_5_0/commit_store.bin",
            Self::EvmOnRamp15 => "bytecode/v1_5_0/evm_2_evm_onramp.bin",
            Self::EvmOffRamp15 => "bytecode/v1_5_0/evm_2_evm_offramp.bin",
            Self::RmnRemote => "bytecode/v1_6_0/rmn_remote.bin",
            Self::NonceManager => "bytecode/v1_6_0/nonce_manager.bin",
            Self::FeeQuoter => "bytecode/v1_6_0/fee_quoter.bin",
            Self::OnRamp16 => "bytecode/v1_6_0/onramp.bin",
            Self::OffRamp16 => "bytecode/v1_6_0/offramp.bin",
            Self::BurnMintTokenPool => "bytecode/v1_6_1/burn_mint_token_pool.bin",
            Self::Rmn20 => "bytecode/v2_0_0/rmn.bin",
            // The package keeps this one under no version; its sources are those of 2.0.
            Self::FeeQuoter20 => "bytecode/latest/fee_quoter.bin",
            Self::OnRamp20 => "bytecode/v2_0_0/onramp.bin",
            Self::OffRamp20 => "bytecode/v2_0_0/offramp.bin",
            Self::CommitteeVerifier => "bytecode/v2_0_0/committee_verifier.bin",
            Self::VerifierResolver => "bytecode/v2_0_0/versioned_verifier_resolver.bin",
            Self::Executor => "bytecode/v2_0_0/executor.bin",
        }
    }

    /// The code that makes the contract, without its constructor's arguments. Fetches the package when this is
    /// the first time for the build folder.
    pub(super) async fn bytecode(self) -> Result<Bytes, Error> {
        tokio::task::spawn_blocking(move || self.read()).await.map_err(Error::Task)?
    }

    fn read(self) -> Result<Bytes, Error> {
        let package = tools::npm_unpacked("chainlink-ccip", PACKAGE, VERSION).map_err(Error::Package)?;
        let file = package.join(self.file());
        let text = std::fs::read_to_string(&file).map_err(|source| Error::Bytecode { file: file.clone(), source })?;
        let code = hex::decode(text.trim())
            .map_err(|source| Error::Bytecode { file, source: std::io::Error::other(source) })?;
        Ok(code.into())
    }
}

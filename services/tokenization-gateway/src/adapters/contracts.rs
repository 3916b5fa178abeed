//! What the assets' contracts and their registry say, beside what was pinned when each asset was taken on.
#![allow(missing_docs, reason = "the contracts' own sources say what each function is")]

use alloy::{sol, sol_types::SolCall};
use causeway_chain::{
    endpoints::{BlockTag, CallRequest, EndpointSet, Error, Session},
    rpc::RefusalKind,
};
use causeway_primitives::{Address, AssetId, keccak256};

use crate::app::Differences;

sol! {
    interface Pins {
        struct Entry {
            address token;
            uint8 decimals;
            bool active;
            string denomination;
        }

        function decimals() external view returns (uint8);
        function assetOf(bytes32 assetId) external view returns (Entry);
    }
}

/// What was pinned of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// The asset.
    pub asset: AssetId,
    /// Its contract.
    pub token: Address,
    /// Of the contract.
    pub decimals: u8,
    /// What messages call the asset.
    pub denomination: String,
}

/// The contracts.
#[derive(Debug, Clone)]
pub struct Contracts {
    endpoints: EndpointSet,
    /// Where assets are registered; `None`: only the tokens themselves are asked.
    registry: Option<Address>,
    pinned: Vec<Pinned>,
}

impl Contracts {
    /// The contracts of these assets, and the registry that lists them.
    pub const fn new(endpoints: EndpointSet, registry: Option<Address>, pinned: Vec<Pinned>) -> Self {
        Self { endpoints, registry, pinned }
    }

    /// The assets that are looked at.
    pub fn assets(&self) -> impl Iterator<Item = &AssetId> {
        self.pinned.iter().map(|pinned| &pinned.asset)
    }

    /// What differs from what was pinned; empty when nothing does.
    ///
    /// # Errors
    /// [`Error`] when no endpoint answers: nothing was found out then.
    pub async fn differences(&self) -> Result<Differences, Error> {
        let mut found = Differences::new();
        for pinned in &self.pinned {
            if let Some(difference) = self.difference(pinned).await? {
                found.insert(pinned.asset.clone(), difference);
            }
        }
        Ok(found)
    }

    async fn difference(&self, pinned: &Pinned) -> Result<Option<String>, Error> {
        let Pinned { asset, token, decimals, denomination } = pinned;
        match self.ask(*token, &Pins::decimalsCall {}).await? {
            None => return Ok(Some(format!("{token} is no token"))),
            Some(said) if said != *decimals => {
                return Ok(Some(format!("{token} has {said} decimals and not {decimals}")));
            }
            Some(_) => {}
        }
        let Some(registry) = self.registry else { return Ok(None) };
        let call = Pins::assetOfCall { assetId: keccak256(asset.as_str()) };
        let Some(entry) = self.ask(registry, &call).await? else {
            return Ok(Some(format!("the registry does not know {asset}")));
        };
        Ok(if entry.token != *token {
            Some(format!("the registry names the token {}", entry.token))
        } else if entry.decimals != *decimals {
            Some(format!("the registry says {} decimals", entry.decimals))
        } else if entry.denomination != *denomination {
            Some("the registry names another denomination".to_owned())
        } else if entry.active {
            None
        } else {
            Some("the registry has closed it".to_owned())
        })
    }

    /// What a contract answers; `None` when it refuses, or answers something else.
    async fn ask<C: SolCall>(&self, to: Address, call: &C) -> Result<Option<C::Return>, Error> {
        let request = CallRequest::read(to, call.abi_encode().into());
        let read = |session: Session| {
            let request = request.clone();
            async move { session.eth_call(&request, BlockTag::Latest).await }
        };
        match self.endpoints.liveness().run(read).await {
            Ok(answer) => Ok(C::abi_decode_returns(&answer).ok()),
            // Where there is no contract, nothing answers.
            Err(error) if error.is_empty_answer() => Ok(None),
            Err(error) if error.refusal().is_some_and(|refusal| refusal.kind() == RefusalKind::Reverted) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

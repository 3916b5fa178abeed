//! What is asked of a chain: the same of every endpoint, on every sweep.

use std::{collections::BTreeMap, time::Duration};

use alloy::sol_types::SolCall as _;
use causeway_chain::finality::Finality;
use causeway_primitives::{Address, AssetId, B256, Bytes};

use super::abi;
use crate::domain::{evidence::EventKind, name::Name};

/// An endpoint, as findings name it: never by its address, which may hold a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name.
    pub name: Name,
    /// Who runs it.
    pub operator: Name,
}

/// A chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The endpoints, in the order of the set.
    pub endpoints: Vec<Endpoint>,
    /// When a block can no longer be undone.
    pub finality: Finality,
    /// What is read at the watermark.
    pub asks: Vec<Ask>,
    /// Who emits the events that move value.
    pub emitters: Vec<Emitter>,
    /// Assets by the address that events name them with.
    pub assets: BTreeMap<Address, AssetId>,
    /// The contract that holds anchored roots, where this chain has one.
    pub settlement: Option<Address>,
    /// Where logs are read from while there is no checkpoint: nothing below is the bridge's.
    pub first_block: u64,
    /// Blocks of one request for logs; Besu takes 5,000.
    pub log_blocks: u64,
    /// For all of an endpoint's answers together: well below the age at which a verdict is stale.
    pub within: Duration,
}

/// A reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// An amount, of an asset's term.
    Amount {
        /// The asset.
        asset: AssetId,
        /// The term.
        term: Name,
        /// Who is asked.
        to: Address,
        /// What.
        data: Bytes,
    },
    /// The nonce of an account that signs.
    Nonce(Address),
    /// The next message number of a contract.
    Counter(Address),
    /// Who may do what.
    Slot {
        /// Its name in the rules.
        name: Name,
        /// Where it is.
        of: Slot,
    },
}

/// Where an authority is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot {
    /// In a contract's storage, such as ERC-1967's implementation.
    Storage(Address, B256),
    /// Behind a getter without arguments that returns one word.
    Getter(Address, Bytes),
}

/// A contract whose events move value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emitter {
    /// The contract.
    pub contract: Address,
    /// Which event.
    pub kind: EventKind,
}

impl Ask {
    /// `balanceOf(account)` of a token.
    pub fn balance(asset: AssetId, term: Name, token: Address, account: Address) -> Self {
        Self::Amount { asset, term, to: token, data: abi::balanceOfCall { account }.abi_encode().into() }
    }

    /// `totalSupply()` of a token.
    pub fn supply(asset: AssetId, term: Name, token: Address) -> Self {
        Self::Amount { asset, term, to: token, data: abi::totalSupplyCall {}.abi_encode().into() }
    }
}

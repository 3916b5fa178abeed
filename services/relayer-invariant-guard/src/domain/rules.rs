//! What must be true, as data. The hash of it is part of every verdict and every checkpoint.

use std::collections::{BTreeMap, BTreeSet};

use causeway_primitives::{AssetId, B256, ChainName, Scope, keccak256};

use super::{
    canonical,
    equation::Equation,
    finding::{Code, Consequence},
    name::Name,
    velocity::Cap,
};

/// Everything that is checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// The balances.
    pub equations: Vec<Equation>,
    /// Where each asset lives.
    pub routes: BTreeMap<AssetId, Route>,
    /// What evidence of a chain takes.
    pub chains: BTreeMap<ChainName, ChainRule>,
    /// An effect whose cause is not visible is a violation once the cause's chain has been indexed by so many blocks more
    /// than it had when the effect was first seen.
    pub matching_bound: u64,
    /// How long a nonce gap may take to close.
    pub nonces: NonceRule,
    /// Unique constraints that must exist.
    pub constraints: BTreeSet<Name>,
    /// Values that slots must have.
    pub slots: BTreeMap<Name, SlotRule>,
    /// How fast value may leave.
    pub velocity: Vec<Cap>,
    /// What follows from a broken check; [`default_consequence`] where nothing is said.
    pub consequences: BTreeMap<Code, Consequence>,
}

/// The two chains of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Where it is deposited and released.
    pub home: ChainName,
    /// Where it is minted and burned.
    pub remote: ChainName,
}

/// What evidence of a chain takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainRule {
    /// How many independent operators must agree. Zero counts as one.
    pub quorum: u32,
    /// How far the books may be behind the head, in blocks: nodes keep state for a while only.
    pub max_lag: u64,
    /// The genesis: events below this block are nobody's, and are not looked for. 0 where the guard has watched from the
    /// start.
    pub first_block: u64,
}

/// Nonce gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NonceRule {
    /// Younger ones are business as usual, in ms.
    pub settle_ms: u64,
    /// Older ones halt, in ms; those in between alert.
    pub limit_ms: u64,
}

/// A storage slot, or what a getter answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotRule {
    /// Its chain.
    pub chain: ChainName,
    /// What it must hold.
    pub value: B256,
}

impl Rules {
    /// What follows from a broken check of this family.
    pub fn consequence(&self, code: Code) -> Consequence {
        self.consequences.get(&code).copied().unwrap_or_else(|| default_consequence(code))
    }

    /// Names these rules and no others.
    pub fn hash(&self) -> B256 {
        keccak256(canonical::encode(canonical::RULES, self))
    }
}

/// Batches stop batches, proofs stop settlement, everything else stops everything (GRD-1, GRD-7).
pub const fn default_consequence(code: Code) -> Consequence {
    match code {
        Code::DuplicateBatch | Code::ConstraintMissing => Consequence::halt(Scope::BatchCreation),
        Code::ProofVerificationFail => Consequence::halt(Scope::Settlement),
        Code::SupplyMismatch
        | Code::NonceDesync
        | Code::UnmatchedEffect
        | Code::CheckpointRegression
        | Code::FinalityBroken
        | Code::AuthorityChanged
        | Code::VelocityExceeded => Consequence::halt(Scope::All),
    }
}

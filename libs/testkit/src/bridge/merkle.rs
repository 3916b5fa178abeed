//! The merkle tree of the bridge's batches: OpenZeppelin's `StandardMerkleTree`, format standard-v1.
//!
//! A leaf is `keccak256(keccak256(abi.encode(fields)))`; leaves are sorted by their hash and stand at the end of a
//! complete binary tree in an array, in falling order; the hash of an inner node is that of its two children, the smaller
//! one first. A test compares roots and proofs with npm's `@openzeppelin/merkle-tree`.
//!
//! The guard has a verifier of its own, on purpose: this one makes what that one judges.

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    sol_types::SolValue,
};

/// What a leaf proves: that this message is in this batch for this contract of this chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// The chain where it is claimed.
    pub chain_id: u64,
    /// The settlement where it is claimed.
    pub settlement: Address,
    /// The batch's number.
    pub batch: u64,
    /// The message.
    pub message_id: B256,
    /// The locked token.
    pub asset: Address,
    /// Who gets it.
    pub recipient: Address,
    /// In base units.
    pub amount: U256,
}

impl Leaf {
    /// The types of the fields, as the npm package takes them.
    pub const TYPES: [&'static str; 7] = ["uint256", "address", "uint256", "bytes32", "address", "address", "uint256"];

    /// The leaf's hash.
    pub fn hash(&self) -> B256 {
        let Self { chain_id, settlement, batch, message_id, asset, recipient, amount } = *self;
        let fields = (U256::from(chain_id), settlement, U256::from(batch), message_id, asset, recipient, amount);
        keccak256(keccak256(fields.abi_encode_params()))
    }
}

/// The tree over a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The root first, then its children, and so on; the leaves are the last ones.
    nodes: Vec<B256>,
}

impl Tree {
    /// The tree over leaves in any order; `None` over none.
    pub fn new(leaves: &[B256]) -> Option<Self> {
        let inner = leaves.len().checked_sub(1)?;
        let mut sorted = leaves.to_vec();
        sorted.sort_unstable_by(|one, other| other.cmp(one));
        let mut nodes = vec![B256::ZERO; inner];
        nodes.append(&mut sorted);
        for index in (0..inner).rev() {
            let (left, right) = children(index);
            let node = pair(*nodes.get(left)?, *nodes.get(right)?);
            *nodes.get_mut(index)? = node;
        }
        Some(Self { nodes })
    }

    /// The root.
    pub fn root(&self) -> B256 {
        self.nodes.first().copied().unwrap_or_default()
    }

    /// The siblings from a leaf up to the root; `None` when the leaf is not in the tree. Of equal leaves it proves one.
    pub fn prove(&self, leaf: B256) -> Option<Vec<B256>> {
        let leaves = self.nodes.len() / 2;
        let position = self.nodes.get(leaves..)?.iter().position(|node| *node == leaf)?;
        let mut index = leaves.checked_add(position)?;
        let mut proof = Vec::new();
        while let Some(parent) = index.checked_sub(1).map(|index| index / 2) {
            let (left, right) = children(parent);
            let sibling = if index == left { right } else { left };
            proof.push(*self.nodes.get(sibling)?);
            index = parent;
        }
        Some(proof)
    }
}

const fn children(index: usize) -> (usize, usize) {
    let left = index.saturating_mul(2).saturating_add(1);
    (left, left.saturating_add(1))
}

fn pair(one: B256, other: B256) -> B256 {
    let (smaller, larger) = if one < other { (one, other) } else { (other, one) };
    keccak256([smaller.as_slice(), larger.as_slice()].concat())
}

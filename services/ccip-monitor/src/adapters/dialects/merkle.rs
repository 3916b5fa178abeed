//! The merkle trees of CCIP's commits, and proofs for several of their leaves at once.
//!
//! An inner node is `keccak256(1 ‖ smaller ‖ larger)` with the 1 as a word, so that no leaf can pass for a node; a layer
//! with an odd number of nodes is filled up with a word of ones (`MerkleMultiProof` of the contracts). Whoever executes
//! a message by hand needs the leaves of its whole commit and such a proof.

use std::collections::BTreeSet;

use alloy::primitives::keccak256;
use causeway_primitives::{B256, U256};

/// The most leaves that the contracts prove over, and hence the most messages of one commit.
pub const MOST_LEAVES: usize = 256;

/// Fills a layer up.
const FILLER: B256 = B256::repeat_byte(0xff);

/// Why there is no tree or no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No leaf, or more than the contracts accept.
    #[error("a commit has between 1 and {MOST_LEAVES} messages, not {0}")]
    Leaves(usize),
    /// A leaf that is not there.
    #[error("the commit has no leaf {0}")]
    NoLeaf(usize),
    /// The parts of a proof do not fit each other.
    #[error("the proof has too many or too few parts for its leaves")]
    Shape,
}

/// A tree over the leaves of a commit, in the order of their sequence numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// From the leaves to the layer below the root, each filled up to an even number.
    layers: Vec<Vec<B256>>,
    leaves: usize,
    root: B256,
}

/// A proof that leaves are in a tree, in the form of the contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Nodes that cannot be computed from the leaves.
    pub hashes: Vec<B256>,
    /// For each node that is computed: whether its other half is computed as well (true) or comes from `hashes`.
    pub flags: Vec<bool>,
}

impl Proof {
    /// The flags as the contracts take them, the first in the lowest bit.
    pub fn flag_bits(&self) -> U256 {
        let set = self.flags.iter().enumerate().filter(|(_, flag)| **flag);
        set.fold(U256::ZERO, |bits, (index, _)| bits | (U256::from(1) << index))
    }
}

impl Tree {
    /// # Errors
    /// [`Error::Leaves`].
    pub fn new(leaves: &[B256]) -> Result<Self, Error> {
        if leaves.is_empty() || leaves.len() > MOST_LEAVES {
            return Err(Error::Leaves(leaves.len()));
        }
        let (mut layers, mut layer) = (Vec::new(), leaves.to_vec());
        while layer.len() > 1 {
            if layer.len() % 2 == 1 {
                layer.push(FILLER);
            }
            let above = layer.as_chunks::<2>().0.iter().map(|[left, right]| node(*left, *right)).collect();
            layers.push(std::mem::replace(&mut layer, above));
        }
        let root = layer.first().copied().ok_or(Error::Leaves(0))?;
        Ok(Self { layers, leaves: leaves.len(), root })
    }

    /// The root, which the commit states.
    pub const fn root(&self) -> B256 {
        self.root
    }

    /// A proof for the leaves at these places, counted from 0 in the order of the tree.
    ///
    /// # Errors
    /// [`Error::NoLeaf`], or [`Error::Leaves`] when none is asked for.
    pub fn prove(&self, leaves: &BTreeSet<usize>) -> Result<Proof, Error> {
        let beyond = leaves.last().ok_or(Error::Leaves(0))?;
        if *beyond >= self.leaves {
            return Err(Error::NoLeaf(*beyond));
        }
        let mut proof = Proof { hashes: Vec::new(), flags: Vec::new() };
        let mut known = leaves.clone();
        for layer in &self.layers {
            known = proof.climb(layer, &known)?;
        }
        Ok(proof)
    }
}

impl Proof {
    /// Takes the nodes that are known of a layer to those of the layer above.
    fn climb(&mut self, layer: &[B256], known: &BTreeSet<usize>) -> Result<BTreeSet<usize>, Error> {
        let mut above = BTreeSet::new();
        for index in known {
            if !above.insert(index / 2) {
                // The left half has brought this one along.
                continue;
            }
            let sibling = index ^ 1;
            let computed = known.contains(&sibling);
            self.flags.push(computed);
            if !computed {
                self.hashes.push(*layer.get(sibling).ok_or(Error::NoLeaf(sibling))?);
            }
        }
        Ok(above)
    }

    /// The root that the leaves and the proof give, as the contracts compute it.
    ///
    /// # Errors
    /// [`Error::Shape`] for a proof that is none of these leaves, [`Error::Leaves`] without leaves or with too many.
    pub fn root(&self, leaves: &[B256]) -> Result<B256, Error> {
        if leaves.is_empty() || leaves.len() > MOST_LEAVES {
            return Err(Error::Leaves(leaves.len()));
        }
        let nodes = leaves.len().saturating_add(self.hashes.len()).saturating_sub(1);
        if self.flags.len() != nodes || nodes > MOST_LEAVES {
            return Err(Error::Shape);
        }
        let mut known: std::collections::VecDeque<B256> = leaves.iter().copied().collect();
        let mut hashes = self.hashes.iter().copied();
        for computed in &self.flags {
            let other = if *computed { known.pop_front() } else { hashes.next() };
            let (one, other) = known.pop_front().zip(other).ok_or(Error::Shape)?;
            known.push_back(node(one, other));
        }
        match (known.pop_front(), known.pop_front(), hashes.next()) {
            (Some(root), None, None) => Ok(root),
            (_, _, _) => Err(Error::Shape),
        }
    }
}

/// An inner node; its halves are sorted, so a proof need not say which is left.
fn node(one: B256, other: B256) -> B256 {
    let (small, large) = if one < other { (one, other) } else { (other, one) };
    keccak256([U256::from(1).to_be_bytes::<32>(), small.0, large.0].as_flattened())
}

//! The Merkle trees of CCIP 1.x: how a commit's root is made, and how any of its leaves are proven.
//!
//! A pair is hashed as `keccak256(1 ‖ smaller ‖ larger)` with a 32-byte one before it, a layer of odd length is
//! padded with 32 bytes of `0xff`, and a tree of one leaf is that leaf. From the contracts' `MerkleMultiProof`;
//! the off-ramps accept what this makes.

use alloy::primitives::{B256, U256, keccak256};

/// Stands in for the missing sibling at the end of a layer.
const PADDING: B256 = B256::repeat_byte(0xff);

/// The layers above some leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// From the leaves to the root; every layer but the last is padded to an even length.
    layers: Vec<Vec<B256>>,
}

/// What an off-ramp needs beside the leaves themselves to arrive at the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The hashes that cannot be computed from the proven leaves, in the order of their use.
    pub hashes: Vec<B256>,
    /// Bit i tells where the first operand of the i-th hashing comes from: 1 from what is proven, 0 from
    /// [`Proof::hashes`].
    pub flags: U256,
}

impl Tree {
    /// The tree over leaves in the order of their sequence numbers; none gives the root zero, which every ramp
    /// refuses.
    pub fn new(leaves: Vec<B256>) -> Self {
        let mut layers = Vec::new();
        let mut layer = leaves;
        while layer.len() > 1 {
            if layer.len() % 2 == 1 {
                layer.push(PADDING);
            }
            let above = layer.chunks(2).map(pair).collect();
            layers.push(std::mem::replace(&mut layer, above));
        }
        layers.push(layer);
        Self { layers }
    }

    /// The root.
    pub fn root(&self) -> B256 {
        self.layers.last().and_then(|layer| layer.first()).copied().unwrap_or_default()
    }

    /// Proves the leaves at these positions, which must be ascending and below the number of leaves; others are
    /// left out.
    pub fn prove(&self, positions: &[usize]) -> Proof {
        let mut proof = Proof { hashes: Vec::new(), flags: U256::ZERO };
        let mut bit = 0_usize;
        let mut known = positions.to_vec();
        let below_the_root = self.layers.len().saturating_sub(1);
        for layer in self.layers.iter().take(below_the_root) {
            let mut above = Vec::with_capacity(known.len());
            let mut rest = known.iter().copied().peekable();
            while let Some(position) = rest.next() {
                let sibling = position ^ 1;
                let sibling_is_known = rest.next_if_eq(&sibling).is_some();
                if sibling_is_known {
                    proof.flags.set_bit(bit, true);
                } else {
                    proof.hashes.extend(layer.get(sibling));
                }
                bit = bit.saturating_add(1);
                above.push(position / 2);
            }
            known = above;
        }
        proof
    }
}

fn pair(nodes: &[B256]) -> B256 {
    let (Some(one), Some(other)) = (nodes.first(), nodes.get(1)) else {
        return PADDING;
    };
    let (smaller, larger) = if one < other { (one, other) } else { (other, one) };
    let separator = B256::with_last_byte(1);
    keccak256([separator.as_slice(), smaller.as_slice(), larger.as_slice()].concat())
}

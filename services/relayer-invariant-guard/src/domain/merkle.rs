//! The merkle trees of the bridge: OpenZeppelin's standard tree, version 1.
//!
//! A leaf is `keccak256(keccak256(abi.encode(…)))`, so that no inner node can pass for one; leaves are sorted by hash; the
//! tree is complete and lies in an array, root first, leaves from its end; an inner node is `keccak256` of its children,
//! the smaller first. A proof is checked without knowing the shape; a root is rebuilt with it. Written here because a
//! verifier that decides about a halt should be readable in one glance; the tests compare it with the JavaScript original.

use causeway_primitives::{B256, keccak256};

/// The leaf of an ABI-encoded tuple.
pub fn leaf(encoded: &[u8]) -> B256 {
    keccak256(keccak256(encoded))
}

/// The node over two others, in whatever order they come.
pub fn node(a: B256, b: B256) -> B256 {
    let (small, large) = if a <= b { (a, b) } else { (b, a) };
    keccak256([small.0, large.0].as_flattened())
}

/// Whether the path leads from the leaf to the root. The root zero is the root of nothing.
pub fn verify(root: B256, leaf: B256, path: &[B256]) -> bool {
    root != B256::ZERO && path.iter().fold(leaf, |below, beside| node(below, *beside)) == root
}

/// The root over these leaves, in whatever order they come; `None` over none.
pub fn root(leaves: &[B256]) -> Option<B256> {
    let mut sorted = leaves.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    // The lowest row of the array, from left to right: of n leaves, the first `inner` places are nodes. Folding the
    // array from its end is a queue: two nodes are taken from the end of what is left and their parent goes to its front.
    let mut row: std::collections::VecDeque<B256> = sorted.into();
    while row.len() > 1 {
        let (right, left) = (row.pop_back()?, row.pop_back()?);
        row.push_front(node(left, right));
    }
    row.pop_front()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaves(count: u8) -> Vec<B256> {
        (0..count).map(|number| leaf(&[number])).collect()
    }

    #[test]
    fn grd_1_small_trees_by_hand() {
        assert_eq!(root(&[]), None);
        let one = leaves(1);
        assert_eq!(root(&one), Some(one[0]));
        assert!(verify(one[0], one[0], &[]));
        let mut three = leaves(3);
        three.sort();
        // Array of five: [0] the root, [1] over [3] and [4], [2] the largest leaf; leaves lie from the end, smallest last.
        let inner = node(three[0], three[1]);
        assert_eq!(root(&three), Some(node(inner, three[2])));
        assert!(verify(node(inner, three[2]), three[0], &[three[1], three[2]]));
    }

    #[test]
    fn grd_1_the_root_zero_proves_nothing() {
        assert!(!verify(B256::ZERO, B256::ZERO, &[]));
    }

    proptest! {
        #[test]
        fn grd_1_a_root_does_not_depend_on_the_order_of_its_leaves(count in 1_u8..40, seed in any::<u64>()) {
            let mut shuffled = leaves(count);
            let turn = usize::try_from(seed % u64::from(count)).unwrap();
            shuffled.rotate_left(turn);
            prop_assert_eq!(root(&shuffled), root(&leaves(count)));
        }

        #[test]
        fn grd_1_a_changed_leaf_path_or_root_is_refused(bytes in any::<[u8; 32]>(), beside in any::<[u8; 32]>(), bit in 0_u8..8) {
            let (one, other) = (leaf(&bytes), leaf(&beside));
            prop_assume!(one != other);
            let top = node(one, other);
            prop_assert!(verify(top, one, &[other]));
            let flipped = |hash: B256| { let mut hash = hash; hash.0[7] ^= 1 << bit; hash };
            prop_assert!(!verify(flipped(top), one, &[other]));
            prop_assert!(!verify(top, flipped(one), &[other]));
            prop_assert!(!verify(top, one, &[flipped(other)]));
            prop_assert!(!verify(top, one, &[]));
        }
    }
}

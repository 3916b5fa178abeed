//! The formulas against vectors of others, where the shared data is there; the contracts check them everywhere.

use std::{collections::VecDeque, fs, path::PathBuf};

use alloy::primitives::{B256, keccak256};
use proptest::prelude::*;
use serde::Deserialize;

use crate::{
    ccip::{Proof, Tree},
    tools,
};

/// A file of the shared data; says so when it is not there.
fn shared(name: &str) -> Option<String> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let file = tools::variable("CAUSEWAY_DATA").map_or(beside, PathBuf::from).join("ccip").join(name);
    let text = fs::read_to_string(&file).ok();
    if text.is_none() {
        eprintln!("{} is not there: nothing compared", file.display());
    }
    text
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Vector {
    all_leafs: Vec<B256>,
    proof_leaves: Vec<B256>,
    proof_hashes: Vec<B256>,
    proof_flags: Vec<bool>,
    expected_root: B256,
}

/// The root that the contracts compute from leaves and a proof.
fn root_of(leaves: &[B256], proof: &Proof) -> B256 {
    let (mut known, mut given) = (VecDeque::from(leaves.to_vec()), proof.hashes.iter());
    for bit in 0..(leaves.len() + proof.hashes.len() - 1) {
        let first = if proof.flags.bit(bit) { known.pop_front() } else { given.next().copied() };
        let second = known.pop_front();
        known.push_back(Tree::new(vec![first.unwrap(), second.unwrap()]).root());
    }
    known.pop_front().unwrap()
}

#[test]
fn trees_and_proofs_are_those_of_the_published_vectors() {
    let Some(text) = shared("merklemulti_vectors.json") else { return };
    let vectors: Vec<Vector> = serde_json::from_str(&text).unwrap();
    assert!(!vectors.is_empty());
    for vector in vectors {
        let tree = Tree::new(vector.all_leafs.clone());
        assert_eq!(tree.root(), vector.expected_root);
        let position = |leaf| vector.all_leafs.iter().position(|other| other == leaf).unwrap();
        let proof = tree.prove(&vector.proof_leaves.iter().map(position).collect::<Vec<_>>());
        assert_eq!(proof.hashes, vector.proof_hashes);
        let flags: Vec<_> = (0..vector.proof_flags.len()).map(|bit| proof.flags.bit(bit)).collect();
        assert_eq!(flags, vector.proof_flags);
        assert_eq!(root_of(&vector.proof_leaves, &proof), vector.expected_root);
    }
}

#[test]
fn a_tree_of_one_leaf_is_the_leaf_and_of_three_is_padded() {
    let leaf = |byte| B256::repeat_byte(byte);
    assert_eq!(Tree::new(vec![leaf(7)]).root(), leaf(7));
    let pair = |one, other| Tree::new(vec![one, other]).root();
    let three = Tree::new(vec![leaf(1), leaf(2), leaf(3)]).root();
    assert_eq!(three, pair(pair(leaf(1), leaf(2)), pair(leaf(3), leaf(0xff))));
    assert_eq!(pair(leaf(1), leaf(2)), pair(leaf(2), leaf(1)));
    assert_eq!(Tree::new(Vec::new()).root(), B256::ZERO);
}

proptest! {
    #[test]
    fn any_leaves_of_any_tree_prove_its_root(count in 1_usize..40, chosen in prop::collection::btree_set(0_usize..40, 1..20)) {
        let leaves: Vec<_> = (0..count).map(|number| keccak256(number.to_be_bytes())).collect();
        let tree = Tree::new(leaves.clone());
        let mut positions: Vec<_> = chosen.into_iter().filter(|position| *position < count).collect();
        if positions.is_empty() {
            positions.push(0);
        }
        let proof = tree.prove(&positions);
        let proven: Vec<_> = positions.iter().map(|position| leaves[*position]).collect();
        prop_assert_eq!(root_of(&proven, &proof), tree.root());
    }
}

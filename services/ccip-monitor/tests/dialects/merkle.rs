//! Trees and proofs of commits.

use std::collections::BTreeSet;

use alloy::primitives::{B256, U256, b256, keccak256};
use ccip_monitor::adapters::dialects::merkle::{Error, MOST_LEAVES, Proof, Tree};
use proptest::prelude::*;

fn leaves(count: usize) -> Vec<B256> {
    (0..count).map(|index| keccak256(U256::from(index).to_be_bytes::<32>())).collect()
}

#[test]
fn ccip_15_the_root_of_a_commit_is_that_of_a_vector_of_our_own() {
    // Three leaves by hand: a filler of ones beside the third, halves sorted, a word of 1 before each pair.
    let [a, b, c] = <[B256; 3]>::try_from(leaves(3)).unwrap();
    let pair = |one: B256, other: B256| {
        let (small, large) = if one < other { (one, other) } else { (other, one) };
        keccak256([&U256::from(1).to_be_bytes::<32>()[..], &small[..], &large[..]].concat())
    };
    let root = pair(pair(a, b), pair(c, B256::repeat_byte(0xff)));
    assert_eq!(Tree::new(&[a, b, c]).unwrap().root(), root);
    // The same, computed by another program.
    assert_eq!(root, b256!("0xf29519b6a98432b23d927c4496b472b6399e14c08dc4d87b830ba1c353e293ca"));
}

#[test]
fn ccip_15_a_single_message_is_its_own_root_and_needs_no_proof() {
    let tree = Tree::new(&leaves(1)).unwrap();
    let proof = tree.prove(&BTreeSet::from([0])).unwrap();
    assert_eq!((tree.root(), &proof), (leaves(1)[0], &Proof { hashes: vec![], flags: vec![] }));
    assert_eq!(proof.root(&leaves(1)), Ok(tree.root()));
}

#[test]
fn ccip_15_commits_have_between_1_and_256_messages() {
    assert_eq!(Tree::new(&[]), Err(Error::Leaves(0)));
    assert!(Tree::new(&leaves(MOST_LEAVES)).is_ok());
    assert_eq!(Tree::new(&leaves(MOST_LEAVES + 1)), Err(Error::Leaves(257)));
    let tree = Tree::new(&leaves(5)).unwrap();
    assert_eq!(tree.prove(&BTreeSet::from([5])), Err(Error::NoLeaf(5)), "the filler is no message");
    assert_eq!(tree.prove(&BTreeSet::new()), Err(Error::Leaves(0)));
}

#[test]
fn ccip_15_a_proof_with_a_part_too_many_or_too_few_is_none() {
    let tree = Tree::new(&leaves(5)).unwrap();
    let proof = tree.prove(&BTreeSet::from([1])).unwrap();
    let more = Proof { hashes: [&proof.hashes[..], &[B256::ZERO]].concat(), ..proof.clone() };
    let fewer = Proof { hashes: proof.hashes[1..].to_vec(), ..proof.clone() };
    let greedy = Proof { flags: vec![true; proof.flags.len()], ..proof.clone() };
    for broken in [more, fewer, greedy] {
        assert_eq!(broken.root(&leaves(5)[1..2]), Err(Error::Shape));
    }
    assert_eq!(proof.root(&[]), Err(Error::Leaves(0)));
    assert_eq!(proof.flag_bits(), U256::ZERO, "one leaf: every other half comes with the proof");
}

proptest! {
    /// Whatever part of a commit is executed by hand, its proof gives the root, and no other leaf does.
    #[test]
    fn ccip_15_every_part_of_a_commit_can_be_proven(count in 1_usize..60, picks in proptest::collection::btree_set(0_usize..60, 1..8)) {
        let all = leaves(count);
        let picked: BTreeSet<usize> = picks.into_iter().map(|pick| pick % count).collect();
        let tree = Tree::new(&all).unwrap();
        let proof = tree.prove(&picked).unwrap();
        let mut chosen: Vec<_> = picked.iter().map(|index| all[*index]).collect();
        prop_assert_eq!(proof.root(&chosen), Ok(tree.root()));
        let bits = proof.flags.iter().enumerate().all(|(bit, flag)| proof.flag_bits().bit(bit) == *flag);
        prop_assert!(bits);
        chosen[0] = B256::repeat_byte(0x66);
        prop_assert_ne!(proof.root(&chosen), Ok(tree.root()));
    }
}

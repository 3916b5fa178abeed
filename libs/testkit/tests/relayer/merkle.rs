//! Roots and proofs against npm's `@openzeppelin/merkle-tree`, of which ours claims to be a second writing.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use alloy::primitives::{Address, B256, U256, keccak256};
use causeway_testkit::{
    bridge::{Leaf, Tree},
    tools,
};
use serde::Deserialize;
use serde_json::json;

/// The version that the comparison was written against.
const VERSION: &str = "1.0.8";

/// Reads batches from stdin and answers with the root of each and the proof of each of its values.
const SCRIPT: &str = r#"
const { StandardMerkleTree } = require("@openzeppelin/merkle-tree");
const { types, batches } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const answers = batches.map((values) => {
  const tree = StandardMerkleTree.of(values, types);
  return { root: tree.root, proofs: values.map((_, index) => tree.getProof(index)) };
});
require("node:fs").writeSync(1, JSON.stringify(answers));
"#;

#[derive(Deserialize)]
struct Answer {
    root: B256,
    proofs: Vec<Vec<B256>>,
}

/// A leaf that differs from all others, in every field of its message.
fn leaf(batch: u64, index: u64) -> Leaf {
    let seed = keccak256([batch.to_be_bytes(), index.to_be_bytes()].concat());
    Leaf {
        chain_id: 138 + index % 2,
        settlement: Address::from_slice(&seed[..20]),
        batch,
        message_id: seed,
        asset: Address::from_slice(&seed[4..24]),
        recipient: Address::from_slice(&seed[8..28]),
        amount: U256::from_be_bytes(*seed) >> (index % 200),
    }
}

fn value(leaf: &Leaf) -> serde_json::Value {
    let Leaf { chain_id, settlement, batch, message_id, asset, recipient, amount } = leaf;
    json!([chain_id.to_string(), settlement, batch.to_string(), message_id, asset, recipient, amount.to_string()])
}

fn ask(batches: &[Vec<Leaf>]) -> Vec<Answer> {
    let installed = tools::npm("merkle-tree", &[("@openzeppelin/merkle-tree", VERSION)]).unwrap();
    let values: Vec<Vec<_>> = batches.iter().map(|batch| batch.iter().map(value).collect()).collect();
    let mut child = Command::new("node")
        .args(["-e", SCRIPT])
        .env("NODE_PATH", installed.join("node_modules"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = json!({ "types": Leaf::TYPES, "batches": values }).to_string();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn grd_1_roots_and_proofs_are_those_of_openzeppelins_standard_tree() {
    let sizes = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 100, 127];
    let batches: Vec<Vec<_>> =
        sizes.iter().enumerate().map(|(batch, size)| (0..*size).map(|i| leaf(batch as u64, i)).collect()).collect();
    for (leaves, theirs) in batches.iter().zip(ask(&batches)) {
        let hashes: Vec<_> = leaves.iter().map(Leaf::hash).collect();
        let tree = Tree::new(&hashes).unwrap();
        assert_eq!(tree.root(), theirs.root, "{} leaves", leaves.len());
        let proofs: Vec<_> = hashes.iter().map(|hash| tree.prove(*hash).unwrap()).collect();
        assert_eq!(proofs, theirs.proofs, "{} leaves", leaves.len());
    }
}

#[test]
fn no_leaves_make_no_tree_and_a_strange_leaf_has_no_proof() {
    assert_eq!(Tree::new(&[]), None);
    let tree = Tree::new(&[leaf(1, 1).hash(), leaf(1, 2).hash()]).unwrap();
    assert_eq!(tree.prove(leaf(1, 3).hash()), None);
    assert_eq!(tree.prove(tree.root()), None, "an inner node is no leaf");
}

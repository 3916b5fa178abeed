//! The merkle tree against npm `@openzeppelin/merkle-tree`: a thousand trees of the original, their roots rebuilt and all
//! their proofs checked, and the same proofs refused once anything in them is changed.

use std::{
    fs,
    process::{Command, Stdio},
};

use causeway_primitives::B256;
use causeway_testkit::tools;
use relayer_invariant_guard::domain::merkle;
use serde_json::Value;

const PACKAGES: [(&str, &str); 1] = [("@openzeppelin/merkle-tree", "1.0.8")];

/// Trees of every size to 40 and around the powers of two, of tuples as the bridge hashes them; some with equal leaves.
const SCRIPT: &str = r"
const { StandardMerkleTree } = require('@openzeppelin/merkle-tree');
const { createHash } = require('crypto');
const hash = (...parts) => '0x' + createHash('sha256').update(parts.join('/')).digest('hex');
const types = ['uint256', 'address', 'uint64', 'bytes32', 'uint256'];
const sizes = [...Array(40).keys()].map((n) => n + 1).concat([63, 64, 65, 127, 128, 129, 255, 256, 257]);
const trees = [];
for (let round = 0; round < 20; round += 1) {
  for (const size of sizes) {
    const values = [...Array(size).keys()].map((n) => {
      const leaf = round % 5 === 4 ? n % 3 : n;
      return ['138', '0x' + 'ab'.repeat(20), String(round), hash(round, size, leaf), String(leaf + 1) + '000000000000000000'];
    });
    const tree = StandardMerkleTree.of(values, types);
    const proofs = [...Array(Math.min(size, 5)).keys()].map((n) => {
      const index = (n * 7 + round) % size;
      return { leaf: tree.leafHash(values[index]), path: tree.getProof(index) };
    });
    trees.push({ root: tree.root, leaves: values.map((value) => tree.leafHash(value)), proofs });
  }
}
process.stdout.write(JSON.stringify(trees));
";

fn original() -> Vec<Value> {
    let folder = tools::npm("merkle-tree", &PACKAGES).unwrap();
    let script = tempfile::NamedTempFile::with_suffix_in(".cjs", &folder).unwrap();
    fs::write(script.path(), SCRIPT).unwrap();
    let output = Command::new("node").arg(script.path()).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "node could not make the trees");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn hash(value: &Value) -> B256 {
    value.as_str().unwrap().parse().unwrap()
}

fn hashes(value: &Value) -> Vec<B256> {
    value.as_array().unwrap().iter().map(hash).collect()
}

#[test]
fn grd_1_roots_and_proofs_are_those_of_openzeppelin() {
    let trees = original();
    assert_eq!(trees.len(), 980);
    let mut checked = 0;
    for tree in &trees {
        let (root, leaves) = (hash(&tree["root"]), hashes(&tree["leaves"]));
        assert_eq!(merkle::root(&leaves), Some(root), "{} leaves", leaves.len());
        for proof in tree["proofs"].as_array().unwrap() {
            let (leaf, path) = (hash(&proof["leaf"]), hashes(&proof["path"]));
            assert!(merkle::verify(root, leaf, &path));
            checked += 1;
            refuses_what_is_changed(root, leaf, &path);
        }
    }
    assert!(checked > 4_000, "{checked} proofs");
}

fn refuses_what_is_changed(root: B256, leaf: B256, path: &[B256]) {
    let flipped = |hash: B256| {
        let mut hash = hash;
        hash.0[31] ^= 1;
        hash
    };
    assert!(!merkle::verify(flipped(root), leaf, path));
    assert!(!merkle::verify(root, flipped(leaf), path));
    for place in 0..path.len() {
        let mut changed = path.to_vec();
        changed[place] = flipped(changed[place]);
        assert!(!merkle::verify(root, leaf, &changed));
    }
    if let Some((_, shorter)) = path.split_last() {
        assert!(!merkle::verify(root, leaf, shorter));
    }
}

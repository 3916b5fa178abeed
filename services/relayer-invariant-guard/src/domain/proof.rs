//! What contracts made of proofs, against what the mathematics makes of them. Accepting a bad one is worse than refusing a
//! good one, and both halt settlement.

use std::collections::{BTreeMap, BTreeSet};

use causeway_primitives::{B256, ChainName};

use super::{
    evidence::{BatchRow, Books, ProofOutcome, ProofRow},
    figures::Chains,
    finding::{Code, Detail, Finding, Gap, Outcome, Reason},
    merkle,
    name::Name,
    rules::Rules,
};

/// Judges proofs and roots of a cut.
pub fn judge(rules: &Rules, books: &Books, chains: &Chains<'_>) -> Outcome {
    let mut outcome = Outcome::default();
    let find = |detail, subject: String, summary: String| Finding {
        consequence: rules.consequence(Code::ProofVerificationFail),
        code: Code::ProofVerificationFail,
        detail,
        check: Name::literal("proofs"),
        subject,
        summary,
    };
    for batch in &books.batches {
        for (detail, summary) in roots(batch, chains) {
            outcome.findings.push(find(detail, format!("batch {}", batch.number), summary));
        }
    }
    let known: BTreeSet<B256> = books.batches.iter().map(|batch| batch.root).collect();
    for proof in &books.proofs {
        match judge_one(proof, &known) {
            Judged::Right => {}
            Judged::Wrong(detail, summary) => {
                outcome.findings.push(find(detail, proof.message.to_string(), summary));
            }
            Judged::Undecidable(why) => {
                outcome.gaps.push(Gap::new(Reason::ProofUndecidable, proof.message.to_string(), why));
            }
        }
    }
    let (leaves, messages) = (reused(&books.proofs, |proof| proof.leaf), reused(&books.proofs, |proof| proof.message));
    for (leaf, times) in leaves {
        outcome.findings.push(find(
            Detail::LeafReused,
            leaf.to_string(),
            format!("the leaf was executed {times} times"),
        ));
    }
    for (message, times) in messages {
        let summary = format!("the message was executed {times} times");
        outcome.findings.push(find(Detail::ConsumedTwice, message.to_string(), summary));
    }
    outcome
}

/// The root of a batch: that of its members, and that which is anchored.
fn roots(batch: &BatchRow, chains: &Chains<'_>) -> Vec<(Detail, String)> {
    let mut wrong = Vec::new();
    if let Some(leaves) = &batch.leaves {
        let rebuilt = merkle::root(leaves);
        if rebuilt != Some(batch.root) {
            let rebuilt = rebuilt.map_or_else(|| "nothing".to_owned(), |root| root.to_string());
            let summary = format!("its {} members give {rebuilt}, the books have {}", leaves.len(), batch.root);
            wrong.push((Detail::MembersDoNotRebuildRoot, summary));
        }
        let distinct: BTreeSet<_> = leaves.iter().collect();
        if distinct.len() < leaves.len() {
            wrong.push((Detail::LeafReused, "a leaf is in it more than once".to_owned()));
        }
    }
    for (chain, agreed) in chains.iter().filter_map(|(chain, agreed)| Some((chain, agreed.as_ref().ok()?))) {
        let Some(anchored) = agreed.reading.roots.get(&batch.number) else { continue };
        // A root that the chain has and the books have not noted yet is compared as well: the number is the same.
        if *anchored != batch.root {
            wrong.push((Detail::RootMismatchDbChain, mismatch(chain, *anchored, batch.root)));
        }
    }
    wrong
}

fn mismatch(chain: &ChainName, anchored: B256, root: B256) -> String {
    format!("{chain} has {anchored}, the books have {root}")
}

enum Judged {
    Right,
    Wrong(Detail, String),
    Undecidable(String),
}

fn judge_one(proof: &ProofRow, known: &BTreeSet<B256>) -> Judged {
    let is_known = known.contains(&proof.root);
    match proof.outcome {
        ProofOutcome::Accepted if proof.root == B256::ZERO => {
            Judged::Wrong(Detail::ZeroRoot, "a proof was accepted against the root zero".to_owned())
        }
        // The books hold every batch that a proof names, so a root that they do not have is nobody's.
        ProofOutcome::Accepted if !is_known => Judged::Wrong(
            Detail::UnknownRoot,
            format!("a proof was accepted against {}, the root of no batch", proof.root),
        ),
        ProofOutcome::Accepted | ProofOutcome::Rejected => match &proof.path {
            None => Judged::Undecidable(format!("the path of row {} could not be loaded", proof.row)),
            Some(path) => compare(proof, merkle::verify(proof.root, proof.leaf, path), is_known),
        },
    }
}

fn compare(proof: &ProofRow, proves: bool, is_known: bool) -> Judged {
    match proof.outcome {
        ProofOutcome::Accepted if !proves => {
            let summary = format!("the leaf {} is not under the root {} and was accepted", proof.leaf, proof.root);
            Judged::Wrong(Detail::InvalidAccepted, summary)
        }
        ProofOutcome::Rejected if proves && is_known => {
            let summary = format!("the leaf {} is under the root {} and was refused", proof.leaf, proof.root);
            Judged::Wrong(Detail::ValidRejected, summary)
        }
        ProofOutcome::Accepted | ProofOutcome::Rejected => Judged::Right,
    }
}

/// What was accepted more than once, in different rows.
fn reused(proofs: &[ProofRow], key: impl Fn(&ProofRow) -> B256) -> BTreeMap<B256, usize> {
    let mut rows: BTreeMap<B256, BTreeSet<u64>> = BTreeMap::new();
    for proof in proofs.iter().filter(|proof| proof.outcome == ProofOutcome::Accepted) {
        rows.entry(key(proof)).or_default().insert(proof.row);
    }
    rows.into_iter().map(|(key, rows)| (key, rows.len())).filter(|(_, times)| *times > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> (B256, B256, B256) {
        let (one, other) = (merkle::leaf(b"one"), merkle::leaf(b"other"));
        (merkle::node(one, other), one, other)
    }

    fn proof(row: u64, outcome: ProofOutcome) -> ProofRow {
        let (root, leaf, beside) = tree();
        ProofRow { row, message: B256::repeat_byte(9), batch: 1, root, leaf, path: Some(vec![beside]), outcome }
    }

    fn books(proofs: Vec<ProofRow>) -> Books {
        let (root, one, other) = tree();
        let leaves = Some(vec![other, one]);
        let batches = vec![BatchRow { row: 1, number: 1, root, anchored_at: Some(4), leaves }];
        Books { batches, proofs, ..Books::default() }
    }

    fn details(books: &Books) -> Vec<Detail> {
        judge(&Rules::default(), books, &Chains::new()).findings.iter().map(|finding| finding.detail).collect()
    }

    #[test]
    fn grd_1_a_good_proof_that_is_accepted_and_a_bad_one_that_is_refused_are_right() {
        let mut bad = proof(2, ProofOutcome::Rejected);
        bad.path = Some(Vec::new());
        assert_eq!(details(&books(vec![proof(1, ProofOutcome::Accepted), bad])), []);
    }

    #[test]
    fn grd_1_a_valid_proof_that_is_refused_halts_settlement() {
        let outcome = judge(&Rules::default(), &books(vec![proof(1, ProofOutcome::Rejected)]), &Chains::new());
        assert_eq!(outcome.findings[0].detail, Detail::ValidRejected);
        assert_eq!(outcome.findings[0].consequence.scope, causeway_primitives::Scope::Settlement);
    }

    #[test]
    fn grd_1_an_invalid_proof_that_is_accepted_is_found_in_each_of_its_forms() {
        let changed = |change: fn(&mut ProofRow)| {
            let mut row = proof(1, ProofOutcome::Accepted);
            change(&mut row);
            details(&books(vec![row]))
        };
        assert_eq!(changed(|row| row.path = Some(Vec::new())), [Detail::InvalidAccepted]);
        assert_eq!(changed(|row| row.root = B256::ZERO), [Detail::ZeroRoot]);
        assert_eq!(changed(|row| row.root = B256::repeat_byte(3)), [Detail::UnknownRoot]);
    }

    #[test]
    fn grd_1_a_leaf_or_a_message_twice_is_found_and_a_row_read_twice_is_not() {
        let (first, second) = (proof(1, ProofOutcome::Accepted), proof(2, ProofOutcome::Accepted));
        assert_eq!(details(&books(vec![first.clone(), first.clone()])), []);
        assert_eq!(details(&books(vec![first, second])), [Detail::LeafReused, Detail::ConsumedTwice]);
    }

    #[test]
    fn grd_1_members_that_do_not_give_the_root_are_found() {
        let mut books = books(Vec::new());
        books.batches[0].leaves = Some(vec![merkle::leaf(b"one")]);
        assert_eq!(details(&books), [Detail::MembersDoNotRebuildRoot]);
        books.batches[0].leaves = Some(Vec::new());
        assert_eq!(details(&books), [Detail::MembersDoNotRebuildRoot]);
    }

    #[test]
    fn grd_14_a_proof_whose_path_is_not_there_cannot_be_judged() {
        let mut row = proof(1, ProofOutcome::Accepted);
        row.path = None;
        let outcome = judge(&Rules::default(), &books(vec![row]), &Chains::new());
        assert_eq!((outcome.findings.len(), outcome.gaps[0].reason), (0, Reason::ProofUndecidable));
    }
}

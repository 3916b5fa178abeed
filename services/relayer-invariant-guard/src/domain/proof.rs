//! What contracts made of proofs, against what the mathematics makes of them. Accepting a bad one is worse than refusing a
//! good one, and both halt settlement.

use std::collections::{BTreeMap, BTreeSet};

use causeway_primitives::{B256, ChainName};

use super::{
    checkpoint::Checkpoint,
    evidence::{BatchRow, Books, ProofOutcome, ProofRow},
    figures::Chains,
    finding::{Code, Detail, Finding, Gap, Outcome, Reason},
    merkle,
    name::Name,
    rules::Rules,
};

/// Judges proofs and roots of a cut.
///
/// What was accepted is judged at once, also where its block is above the watermark: a bad one is bad in every fork. What
/// was refused is judged when its block is below, because a refusal may belong to a fork that is gone; it is read again
/// until then.
pub fn judge(rules: &Rules, before: Option<&Checkpoint>, books: &Books, chains: &Chains<'_>) -> Outcome {
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
        let subject = format!("batch {}", batch.number);
        for (detail, summary) in roots(batch, chains) {
            outcome.findings.push(find(detail, subject.clone(), summary));
        }
        outcome.gaps.extend(not_anchored(batch, chains).map(|why| Gap::new(Reason::ProofUndecidable, subject, why)));
    }
    let known: BTreeSet<B256> = books.batches.iter().map(|batch| batch.root).collect();
    for proof in &books.proofs {
        if let Some(why) = not_executed(rules, proof, before, chains) {
            outcome.gaps.push(Gap::new(Reason::ProofUndecidable, proof.message.to_string(), why));
        }
        if proof.outcome == ProofOutcome::Rejected && is_above(proof, chains) {
            continue;
        }
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
        let Some(anchored) = agreed.reading.roots.get(&batch.number).filter(|root| !root.is_zero()) else { continue };
        // A root that the chain has and the books have not noted yet is compared as well: the number is the same.
        if *anchored != batch.root {
            wrong.push((Detail::RootMismatchDbChain, mismatch(chain, *anchored, batch.root)));
        }
    }
    wrong
}

/// Why the books cannot be right about where a root stands: they have it anchored, and the chain has none. A chain that was
/// reorganised has the transaction in a later block, so that this passes; what never passes lets leases lapse.
fn not_anchored(batch: &BatchRow, chains: &Chains<'_>) -> Option<String> {
    let (chain, at) = (batch.chain.as_ref()?, batch.anchored_at?);
    let agreed = chains.get(chain)?.as_ref().ok()?;
    let root = agreed.reading.roots.get(&batch.number)?;
    (at <= agreed.watermark.height && root.is_zero())
        .then(|| format!("the books have its root in block {at}, {chain} has none at {}", agreed.watermark.height))
}

/// Why the books cannot be right about a proof: it was accepted in a block that was read, and nothing came of it there. Not
/// for blocks below the checkpoint, whose events are not read again.
fn not_executed(rules: &Rules, proof: &ProofRow, before: Option<&Checkpoint>, chains: &Chains<'_>) -> Option<String> {
    let chain = proof.chain.as_ref()?;
    let agreed = chains.get(chain)?.as_ref().ok()?;
    let from = before.and_then(|before| before.chains.get(chain)).map_or(0, |mark| mark.height);
    let is_read = proof.height <= agreed.watermark.height && (from < proof.height || before.is_none());
    let bridges = rules.routes.values().any(|route| route.home == *chain || route.remote == *chain);
    let is_there = agreed.reading.events.iter().any(|event| event.id == proof.message && event.kind.is_effect());
    (proof.outcome == ProofOutcome::Accepted && bridges && is_read && !is_there)
        .then(|| format!("the books have it executed in block {}, {chain} logged nothing for it", proof.height))
}

/// Whether a proof is of a block that the books do not vouch for yet. A chain without a quorum vouches for nothing; one that
/// the rules do not name never will.
fn is_above(proof: &ProofRow, chains: &Chains<'_>) -> bool {
    let chain = proof.chain.as_ref().and_then(|chain| chains.get(chain));
    chain.is_some_and(|chain| chain.as_ref().map_or(true, |agreed| proof.height > agreed.watermark.height))
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
mod tests;

//! What was true at the last Pass, linked by hash to the Pass before. Whatever only grows may not shrink after it, and a
//! block that was final is the same block for ever.
//!
//! There is no trust on first use: without a checkpoint or an approved genesis nothing passes.

use std::collections::BTreeMap;

use causeway_primitives::{Address, AssetId, B256, ChainName, U256, keccak256};

use super::{
    canonical,
    evidence::{Approved, Books, Watermark},
    figures::Chains,
    finding::{Code, Detail, Finding, Gap, Outcome, Reason},
    name::Name,
    quantity::Quantity,
    rules::Rules,
};

/// A state that passed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checkpoint {
    /// 0 for an approved genesis, then one more with each.
    pub sequence: u64,
    /// Where each chain was.
    pub chains: BTreeMap<ChainName, Watermark>,
    /// The books' cumulative sums.
    pub sums: BTreeMap<(AssetId, Name), U256>,
    /// The newest batch.
    pub last_batch: Option<(u64, B256)>,
    /// The newest row of proofs: later ones are still to be judged.
    pub last_proof: u64,
    /// The contracts' next message numbers.
    pub counters: BTreeMap<(ChainName, Address), u64>,
    /// The accounts' nonces.
    pub nonces: BTreeMap<(ChainName, Address), u64>,
    /// The rules that it passed.
    pub rules: B256,
    /// The hash of the checkpoint before; zero for a genesis.
    pub previous: B256,
}

impl Checkpoint {
    /// Names this checkpoint and, through `previous`, all before it.
    pub fn hash(&self) -> B256 {
        keccak256(canonical::encode(canonical::CHECKPOINT, self))
    }

    /// The checkpoint after this one, from a cut that passed.
    pub fn succeeded_by(&self, rules: B256, books: &Books, chains: &Chains<'_>) -> Self {
        let agreed = || chains.iter().filter_map(|(chain, agreed)| Some((chain, agreed.as_ref().ok()?)));
        let counted = |of: fn(&super::evidence::Reading) -> &BTreeMap<Address, u64>| {
            let all = agreed()
                .flat_map(|(chain, agreed)| of(agreed.reading).iter().map(move |(address, n)| (chain, address, n)));
            all.map(|(chain, address, number)| ((chain.clone(), *address), *number)).collect()
        };
        Self {
            sequence: self.sequence.saturating_add(1),
            chains: agreed().map(|(chain, agreed)| (chain.clone(), agreed.watermark)).collect(),
            sums: books.sums.clone(),
            last_batch: books.last_batch,
            last_proof: books.last_proof,
            counters: counted(|reading| &reading.counters),
            nonces: counted(|reading| &reading.nonces),
            rules,
            previous: self.hash(),
        }
    }
}

/// Whether a chain of checkpoints holds, oldest first.
///
/// # Errors
/// The sequence of the first one that does not follow the one before it.
pub fn verify<'a>(chain: impl IntoIterator<Item = &'a Checkpoint>) -> Result<(), u64> {
    let mut last: Option<&Checkpoint> = None;
    for next in chain {
        let follows =
            last.is_none_or(|last| next.previous == last.hash() && Some(next.sequence) == last.sequence.checked_add(1));
        if !follows {
            return Err(next.sequence);
        }
        last = Some(next);
    }
    Ok(())
}

/// Judges a cut against the checkpoint before it.
pub fn judge(
    rules: &Rules,
    checkpoint: Option<&Checkpoint>,
    approved: &Approved,
    books: &Books,
    chains: &Chains<'_>,
) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(before) = checkpoint else {
        let detail = "there is neither a checkpoint nor an approved genesis";
        outcome.gaps.push(Gap::new(Reason::NoBaseline, "checkpoint", detail));
        return outcome;
    };
    let current = rules.hash();
    if before.rules != current && !approved.rules.contains(&current) {
        let detail = format!("the checkpoint is of rules {}, these are {current}", before.rules);
        outcome.gaps.push(Gap::new(Reason::RulesChanged, "rules", detail));
    }
    for (detail, subject, summary) in regressions(before, approved, books, chains) {
        let code = if detail == Detail::HashChanged { Code::FinalityBroken } else { Code::CheckpointRegression };
        let (consequence, check) = (rules.consequence(code), Name::literal("checkpoint"));
        outcome.findings.push(Finding { consequence, code, detail, check, subject, summary });
    }
    outcome
}

type Regression = (Detail, String, String);

fn regressions(before: &Checkpoint, approved: &Approved, books: &Books, chains: &Chains<'_>) -> Vec<Regression> {
    let mut found = Vec::new();
    found.extend(heights(before, chains));
    for ((asset, term), was) in &before.sums {
        let key = (asset.clone(), term.clone());
        let was_taken_out = |is: U256| {
            let taken = approved.corrections.iter().filter(|one| one.asset == *asset && one.term == *term);
            let mut taken = taken.filter(|one| one.checkpoint == before.hash());
            taken.any(|one| Quantity::from(is).minus(one.difference).is_some_and(|is| is >= Quantity::from(*was)))
        };
        if let Some(is) = books.sums.get(&key).filter(|is| *is < was && !was_taken_out(**is)) {
            found.push((Detail::SumFell, format!("{term} of {asset}"), format!("it was {was} and is {is}")));
        }
    }
    if let Some((number, _)) = before.last_batch {
        match books.last_batch {
            Some((now, _)) if now >= number => {}
            Some((now, _)) => {
                found.push((Detail::BatchFell, "batches".to_owned(), format!("the newest was {number} and is {now}")));
            }
            None => found.push((Detail::BatchFell, "batches".to_owned(), format!("{number} is there no more"))),
        }
    }
    found.extend(counts(&before.counters, chains, |reading| &reading.counters));
    found.extend(counts(&before.nonces, chains, |reading| &reading.nonces));
    found
}

fn heights(before: &Checkpoint, chains: &Chains<'_>) -> Vec<Regression> {
    let mut found = Vec::new();
    for (chain, was) in &before.chains {
        let Some(Ok(agreed)) = chains.get(chain) else { continue };
        let is = agreed.watermark.height;
        if is < was.height {
            let summary = format!("the books were at {} and are at {is}", was.height);
            found.push((Detail::HeightFell, chain.to_string(), summary));
        }
        if let Some(hash) = agreed.reading.checkpoint_hash.filter(|hash| *hash != was.hash) {
            let summary = format!("block {} was {} and is {hash}", was.height, was.hash);
            found.push((Detail::HashChanged, chain.to_string(), summary));
        }
    }
    found
}

fn counts(
    before: &BTreeMap<(ChainName, Address), u64>,
    chains: &Chains<'_>,
    of: fn(&super::evidence::Reading) -> &BTreeMap<Address, u64>,
) -> Vec<Regression> {
    let mut found = Vec::new();
    for ((chain, address), was) in before {
        let Some(Ok(agreed)) = chains.get(chain) else { continue };
        if let Some(is) = of(agreed.reading).get(address).filter(|is| *is < was) {
            found.push((Detail::NonceFell, format!("{address} on {chain}"), format!("it was {was} and is {is}")));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grd_9_checkpoints_are_linked_and_a_change_of_any_breaks_the_chain() {
        let genesis = Checkpoint::default();
        let first = genesis.succeeded_by(B256::ZERO, &Books::default(), &Chains::new());
        let second = first.succeeded_by(B256::ZERO, &Books::default(), &Chains::new());
        assert_eq!(verify([&genesis, &first, &second]), Ok(()));
        assert_eq!(verify([&genesis, &second]), Err(2), "one left out");
        let forged = Checkpoint { last_batch: Some((1, B256::ZERO)), ..first.clone() };
        assert_eq!(verify([&genesis, &forged, &second]), Err(2), "one changed");
    }

    #[test]
    fn grd_9_without_a_baseline_nothing_is_trusted() {
        let outcome = judge(&Rules::default(), None, &Approved::default(), &Books::default(), &Chains::new());
        assert_eq!((outcome.findings.len(), outcome.gaps[0].reason), (0, Reason::NoBaseline));
    }

    #[test]
    fn grd_9_what_only_grows_may_not_shrink() {
        let key: (AssetId, Name) = ("sigil".parse().unwrap(), "deposits".parse().unwrap());
        let sums = |units: u64| BTreeMap::from([(key.clone(), U256::from(units))]);
        let rules = Rules::default();
        let before = Checkpoint {
            sums: sums(5),
            last_batch: Some((3, B256::ZERO)),
            rules: rules.hash(),
            ..Checkpoint::default()
        };
        let judged = |units, batch| {
            let books = Books { sums: sums(units), last_batch: batch, ..Books::default() };
            let outcome = judge(&rules, Some(&before), &Approved::default(), &books, &Chains::new());
            assert_eq!(outcome.gaps, []);
            outcome.findings.into_iter().map(|finding| finding.detail).collect::<Vec<_>>()
        };
        assert_eq!(judged(5, Some((3, B256::ZERO))), []);
        assert_eq!(judged(4, Some((2, B256::ZERO))), [Detail::SumFell, Detail::BatchFell]);
        assert_eq!(judged(6, None), [Detail::BatchFell]);
    }

    #[test]
    fn grd_16_other_rules_need_somebody_s_approval() {
        let (rules, before) = (Rules::default(), Checkpoint::default());
        let with =
            |approved: Approved| judge(&rules, Some(&before), &approved, &Books::default(), &Chains::new()).gaps.len();
        assert_eq!(with(Approved::default()), 1);
        assert_eq!(with(Approved { rules: [rules.hash()].into(), ..Approved::default() }), 0);
    }
}

//! What the guard can say about a loss by itself: its direction, and the transactions that nobody can explain.

use std::collections::BTreeMap;

use causeway_primitives::{AssetId, B256, U256};

use super::{
    evaluate::{Balance, Evaluation},
    evidence::{Event, EventKind},
    finding::{Code, Detail},
    matching::Pairing,
    quantity::Quantity,
};

/// Which way value went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Direction {
    /// The chain holds less than the books say.
    Lost {
        /// Of what.
        asset: AssetId,
        /// How much, in base units.
        amount: Quantity,
    },
    /// The chain has more than the books say.
    Inflated {
        /// Of what.
        asset: AssetId,
        /// How much, in base units.
        amount: Quantity,
    },
}

/// The directions of all balances that do not hold: a theft and an unbacked mint of the same size are two of them, where a
/// single sum would be zero.
pub fn directions(evaluation: &Evaluation) -> Vec<Direction> {
    evaluation.balances.iter().filter(|balance| balance.holds == Some(false)).filter_map(direction).collect()
}

fn direction(balance: &Balance) -> Option<Direction> {
    let (delta, asset) = (balance.delta?, balance.asset.clone());
    let opposite = Quantity::ZERO.minus(delta)?;
    // By habit the books are on the left; the backing has the chain there, and its shortage is a loss.
    let lost = (delta > Quantity::ZERO) != (balance.name.as_str() == "backing");
    let amount = delta.max(opposite);
    Some(if lost { Direction::Lost { asset, amount } } else { Direction::Inflated { asset, amount } })
}

/// Why a transaction is suspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suspicion {
    /// It moved value without a cause, twice, or otherwise than its cause says.
    Contradicted,
    /// It moved value out since the last Pass and is explained: the largest ones are worth a look.
    Explained,
}

/// A transaction since the last Pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect {
    /// Why.
    pub suspicion: Suspicion,
    /// The transaction.
    pub tx: B256,
    /// What it moved.
    pub asset: AssetId,
    /// How much, in base units.
    pub amount: U256,
    /// Its block.
    pub height: u64,
}

/// The transactions that moved value since the last Pass, contradicted ones first, then by amount.
pub fn suspects(evaluation: &Evaluation, pairings: &[Pairing], most: usize) -> Vec<Suspect> {
    let contradicted = |id: &B256| {
        let subject = id.to_string();
        let of_it = |finding: &&super::finding::Finding| finding.subject == subject;
        evaluation
            .findings
            .iter()
            .filter(of_it)
            .any(|finding| finding.code == Code::UnmatchedEffect || finding.detail == Detail::ConsumedTwice)
    };
    let mut suspects: BTreeMap<(B256, u64), Suspect> = BTreeMap::new();
    for pairing in pairings {
        let suspicion = if contradicted(&pairing.id) { Suspicion::Contradicted } else { Suspicion::Explained };
        for event in pairing.events.iter().filter(|event| moves_out(event)) {
            let Event { tx, asset, amount, height, log_index, .. } = event.clone();
            suspects.insert((tx, log_index), Suspect { suspicion, tx, asset, amount, height });
        }
    }
    let mut suspects: Vec<_> = suspects.into_values().collect();
    suspects.sort_by(|a, b| a.suspicion.cmp(&b.suspicion).then(b.amount.cmp(&a.amount)).then(a.tx.cmp(&b.tx)));
    suspects.truncate(most);
    suspects
}

/// Whether it takes value out of custody or makes some.
const fn moves_out(event: &Event) -> bool {
    match event.kind {
        EventKind::Mint | EventKind::Release => true,
        EventKind::Deposit | EventKind::Burn => false,
    }
}

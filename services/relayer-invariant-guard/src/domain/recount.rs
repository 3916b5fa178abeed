//! What was counted once stays what it was: the books counted anew, from the first row, against what counting on from the
//! checkpoint gives. Both are of one snapshot, so whatever lies between them is a change of the past: a row that was slipped
//! into an old block to hide a theft, or one that was taken out.

use super::{
    checkpoint::Checkpoint,
    evidence::{Approved, Books, Correction},
    finding::{Code, Detail, Finding, Gap, Outcome, Reason},
    name::Name,
    quantity::Quantity,
    rules::Rules,
};

/// Judges a recount; nothing where there was none.
pub fn judge(rules: &Rules, before: Option<&Checkpoint>, approved: &Approved, books: &Books) -> Outcome {
    let mut outcome = Outcome::default();
    let Some(carried) = &books.carried else { return outcome };
    let checkpoint = before.map(Checkpoint::hash).unwrap_or_default();
    for ((asset, term), carried) in carried {
        let key = (asset.clone(), term.clone());
        let Some(anew) = books.sums.get(&key).filter(|anew| *anew != carried) else { continue };
        let Some(difference) = Quantity::from(*anew).minus(Quantity::from(*carried)) else {
            let detail = "the difference of two sums does not fit 512 bits";
            outcome.gaps.push(Gap::new(Reason::Arithmetic, term.as_str(), detail));
            continue;
        };
        let correction = Correction { checkpoint, asset: asset.clone(), term: term.clone(), difference };
        if approved.corrections.contains(&correction) {
            continue;
        }
        let summary = format!(
            "counted anew it is {anew}, counted on from checkpoint {checkpoint} it is {carried}: rows of the past have \
             changed by {difference}"
        );
        outcome.findings.push(Finding {
            consequence: rules.consequence(Code::CheckpointRegression),
            code: Code::CheckpointRegression,
            detail: Detail::HistoryChanged,
            check: Name::literal("recount"),
            subject: format!("{term} of {asset}"),
            summary,
        });
    }
    outcome
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use causeway_primitives::{AssetId, B256, U256};

    use super::*;

    fn sums(units: u64) -> BTreeMap<(AssetId, Name), U256> {
        BTreeMap::from([(("sigil".parse().unwrap(), "deposits".parse().unwrap()), U256::from(units))])
    }

    fn found(anew: u64, carried: Option<u64>, approved: &Approved) -> Vec<Detail> {
        let books = Books { sums: sums(anew), carried: carried.map(sums), ..Books::default() };
        let outcome = judge(&Rules::default(), Some(&Checkpoint::default()), approved, &books);
        assert_eq!(outcome.gaps, []);
        outcome.findings.iter().map(|finding| finding.detail).collect()
    }

    #[test]
    fn grd_5_a_recount_that_agrees_is_silent_and_one_that_does_not_is_a_change_of_the_past() {
        let nobody = Approved::default();
        assert_eq!(found(7, None, &nobody), [], "there was no recount");
        assert_eq!(found(7, Some(7), &nobody), []);
        assert_eq!(found(8, Some(7), &nobody), [Detail::HistoryChanged], "slipped in");
        assert_eq!(found(6, Some(7), &nobody), [Detail::HistoryChanged], "taken out");
    }

    #[test]
    fn grd_17_a_change_of_the_past_is_approved_by_its_figure_and_against_one_checkpoint() {
        let correction = |checkpoint, units: u64| Correction {
            checkpoint,
            asset: "sigil".parse().unwrap(),
            term: "deposits".parse().unwrap(),
            difference: Quantity::from(U256::from(units)),
        };
        let approved = |one: Correction| Approved { corrections: BTreeSet::from([one]), ..Approved::default() };
        let here = Checkpoint::default().hash();
        assert_eq!(found(9, Some(7), &approved(correction(here, 2))), []);
        assert_eq!(found(9, Some(7), &approved(correction(here, 3))), [Detail::HistoryChanged]);
        assert_eq!(found(9, Some(7), &approved(correction(B256::ZERO, 2))), [Detail::HistoryChanged], "used before");
    }
}

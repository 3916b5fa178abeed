//! No batch twice: not by its root, not by its number, and no deposit in two. And the constraint that keeps it so exists.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    evidence::{BatchRow, Books},
    finding::{Code, Detail, Finding, Outcome},
    name::Name,
    rules::Rules,
};

/// Judges the batches of a cut. Complete for duplicates, because the books' part of the evidence holds every batch that
/// shares its number or root, and every deposit that is in two.
pub fn judge(rules: &Rules, books: &Books) -> Outcome {
    let mut outcome = Outcome::default();
    let duplicate = |detail, subject: String, summary: String| Finding {
        consequence: rules.consequence(Code::DuplicateBatch),
        code: Code::DuplicateBatch,
        detail,
        check: Name::literal("batches"),
        subject,
        summary,
    };
    for (root, rows) in shared(&books.batches, |batch| batch.root) {
        let numbers = numbers(&rows);
        outcome.findings.push(duplicate(
            Detail::SameRoot,
            root.to_string(),
            format!("batches {numbers} have one root"),
        ));
    }
    for (number, rows) in shared(&books.batches, |batch| batch.number) {
        let summary = format!("{} batches have the number {number}", rows.len());
        outcome.findings.push(duplicate(Detail::SameNumber, number.to_string(), summary));
    }
    for (deposit, batches) in books.shared_deposits.iter().filter(|(_, batches)| batches.len() > 1) {
        let batches = batches.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let summary = format!("the deposit is in the batches {batches}");
        outcome.findings.push(duplicate(Detail::DepositInTwoBatches, deposit.to_string(), summary));
    }
    for missing in rules.constraints.difference(&books.constraints) {
        outcome.findings.push(Finding {
            consequence: rules.consequence(Code::ConstraintMissing),
            code: Code::ConstraintMissing,
            detail: Detail::UniqueMissing,
            check: Name::literal("constraints"),
            subject: missing.to_string(),
            summary: format!("the unique constraint {missing} does not exist any more"),
        });
    }
    outcome
}

/// Rows that are different and have the same key.
fn shared<K: Ord>(batches: &[BatchRow], key: impl Fn(&BatchRow) -> K) -> BTreeMap<K, BTreeSet<(u64, u64)>> {
    let mut groups: BTreeMap<K, BTreeSet<(u64, u64)>> = BTreeMap::new();
    for batch in batches {
        groups.entry(key(batch)).or_default().insert((batch.row, batch.number));
    }
    groups.retain(|_, rows| rows.len() > 1);
    groups
}

fn numbers(rows: &BTreeSet<(u64, u64)>) -> String {
    rows.iter().map(|(_, number)| number.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use causeway_primitives::B256;

    use super::*;

    fn batch(row: u64, number: u64, root: u8) -> BatchRow {
        BatchRow { row, number, root: B256::repeat_byte(root), chain: None, anchored_at: None, leaves: None }
    }

    fn details(batches: Vec<BatchRow>) -> Vec<Detail> {
        let books = Books { batches, ..Books::default() };
        judge(&Rules::default(), &books).findings.iter().map(|finding| finding.detail).collect()
    }

    #[test]
    fn grd_1_a_batch_twice_by_root_or_by_number_is_found() {
        assert_eq!(details(vec![batch(1, 1, 1), batch(2, 2, 2)]), []);
        assert_eq!(details(vec![batch(1, 1, 1), batch(2, 2, 1)]), [Detail::SameRoot]);
        assert_eq!(details(vec![batch(1, 1, 1), batch(2, 1, 2)]), [Detail::SameNumber]);
        assert_eq!(details(vec![batch(1, 1, 1), batch(2, 1, 1)]), [Detail::SameRoot, Detail::SameNumber]);
        assert_eq!(details(vec![batch(1, 1, 1), batch(1, 1, 1)]), [], "a row read twice is one batch");
    }

    #[test]
    fn grd_1_a_deposit_in_two_batches_is_found() {
        let shared_deposits = BTreeMap::from([
            (B256::repeat_byte(7), BTreeSet::from([3, 4])),
            (B256::repeat_byte(8), BTreeSet::from([3])),
        ]);
        let outcome = judge(&Rules::default(), &Books { shared_deposits, ..Books::default() });
        assert_eq!(outcome.findings.len(), 1);
        assert!(outcome.findings[0].summary.ends_with("3, 4"));
    }

    #[test]
    fn grd_1_a_constraint_that_was_dropped_halts_batch_creation() {
        let constraint: Name = "settlement_batch_root_key".parse().unwrap();
        let rules = Rules { constraints: BTreeSet::from([constraint.clone()]), ..Rules::default() };
        let outcome = judge(&rules, &Books::default());
        assert_eq!(outcome.findings[0].consequence.scope, causeway_primitives::Scope::BatchCreation);
        let present = Books { constraints: BTreeSet::from([constraint]), ..Books::default() };
        assert_eq!(judge(&rules, &present), Outcome::default());
    }
}

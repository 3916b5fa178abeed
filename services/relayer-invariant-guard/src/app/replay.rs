//! Stored evidence judged again: by the rules of its time, byte for byte, or by others.

use std::fmt::Display;

use causeway_primitives::Timestamp;
use causeway_store::Error as StoreError;
use uuid::Uuid;

use crate::{
    adapters::store::{Store, VerdictRow, Verdicts},
    domain::{
        canonical::{EVALUATION, EVIDENCE, RULES, decode},
        evaluate::{Evaluation, Verdict, evaluate},
        evidence::Evidence,
        rules::Rules,
    },
};

/// Verdicts of one question: each has its evidence, some tens of kilobytes.
const STRETCH: u32 = 200;

/// A verdict that comes out otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub verdict: Uuid,
    /// When it was made.
    pub at: Timestamp,
    /// What it said.
    pub stored: String,
    /// What it says now.
    pub now: String,
}

/// What a replay found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// How many were judged.
    pub judged: u64,
    /// How many came out otherwise.
    pub different: u64,
}

/// Judges the verdicts of a span again, oldest first; `rules`: by these instead of their own. Byte for byte where the rules
/// are theirs, verdict by verdict where they are not.
///
/// # Errors
/// [`StoreError`]: some were not read.
pub async fn replay(
    store: &Store,
    (from, until): (Option<Timestamp>, Option<Timestamp>),
    rules: Option<&Rules>,
    mut tell: impl FnMut(&Difference),
) -> Result<Replayed, StoreError> {
    let mut found = Replayed::default();
    let mut span = Verdicts { after: None, from, until };
    loop {
        let rows = store.list_verdict_evidence(&span, STRETCH).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        span.after = Some(last.id);
        for row in &rows {
            found.judged = found.judged.saturating_add(1);
            let difference = match rules {
                None => by_its_own(row)?,
                Some(rules) => by_others(row, rules)?,
            };
            if let Some(difference) = difference {
                found.different = found.different.saturating_add(1);
                tell(&difference);
            }
        }
    }
}

fn by_its_own(row: &VerdictRow) -> Result<Option<Difference>, StoreError> {
    if row.replays()? {
        return Ok(None);
    }
    let rules: Rules = decode(RULES, &row.rules).map_err(|_| unreadable("rules.record"))?;
    by_others(row, &rules)
        .map(|found| Some(found.unwrap_or_else(|| difference(row, "the same verdict", "other bytes"))))
}

fn by_others(row: &VerdictRow, rules: &Rules) -> Result<Option<Difference>, StoreError> {
    let stored: Evaluation = decode(EVALUATION, &row.evaluation).map_err(|_| unreadable("verdict.evaluation"))?;
    let mut evidence: Evidence = decode(EVIDENCE, &row.evidence).map_err(|_| unreadable("verdict.evidence"))?;
    // The question is what the rules say, not whether somebody approved them.
    evidence.approved.rules.insert(rules.hash());
    let now = evaluate(rules, &evidence);
    let is_same = stored.verdict == now.verdict;
    Ok((!is_same).then(|| difference(row, words(&stored.verdict), words(&now.verdict))))
}

fn difference(row: &VerdictRow, stored: impl Display, now: impl Display) -> Difference {
    Difference { verdict: row.id, at: row.at, stored: stored.to_string(), now: now.to_string() }
}

fn words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Pass => "pass".to_owned(),
        Verdict::Violation { code, detail, .. } => format!("violation {code} {detail}"),
        Verdict::Indeterminate { reason } => format!("indeterminate {reason}"),
    }
}

const fn unreadable(column: &'static str) -> StoreError {
    StoreError::Unreadable { column }
}

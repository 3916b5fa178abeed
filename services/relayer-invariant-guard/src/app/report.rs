//! An incident's report as Markdown: what a person reads first, and what stays after it. Pure.

use std::fmt::{self, Write as _};

use causeway_primitives::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::Dossier;
use crate::{
    adapters::store::{InvestigationRow, Known},
    domain::evaluate::Balance,
};

/// Rows of an investigation that the report shows; all of them are with the incident.
const ROWS: usize = 20;

/// The whole report.
pub fn markdown(dossier: &Dossier) -> String {
    let mut out = String::new();
    // Writing to a text cannot fail.
    let _ = write(&mut out, dossier);
    out
}

fn write(out: &mut String, dossier: &Dossier) -> fmt::Result {
    let incident = &dossier.incident;
    let halt = &incident.halt.halt;
    writeln!(out, "# Incident {}\n", Uuid::from_u128(halt.id.get()))?;
    writeln!(out, "{} — {} — {}\n", halt.cause.as_str(), halt.scope, incident.state.as_str())?;
    writeln!(out, "{}\n", line(&incident.halt.reason))?;
    writeln!(out, "| | |\n| --- | --- |")?;
    let parent = halt.parent.map_or_else(|| "none".to_owned(), |parent| Uuid::from_u128(parent.get()).to_string());
    for (what, is) in [
        ("halted at", halt.at.to_string()),
        ("caused by", line(&incident.halt.caused_by)),
        ("epoch", halt.epoch.to_string()),
        ("halt before it", parent),
        ("verdict", incident.verdict.map_or_else(|| "none".to_owned(), |id| id.to_string())),
        ("evidence (SHA-256)", halt.evidence.to_string()),
        ("taken by", incident.acknowledged_by.clone().unwrap_or_else(|| "nobody".to_owned())),
        ("decision", incident.decision.map_or("none", |decision| decision.as_str()).to_owned()),
        ("released at", incident.halt.released_at.map_or_else(|| "it holds".to_owned(), |at| at.to_string())),
    ] {
        writeln!(out, "| {what} | {} |", cell(&is))?;
    }
    if !incident.root_cause.is_empty() {
        writeln!(out, "\n## Root cause\n\n{}", line(&incident.root_cause))?;
    }
    timeline(out, dossier)?;
    match &dossier.evidence {
        Some(known) => evidence(out, known)?,
        None => writeln!(out, "\n## Evidence\n\nNone: it was halted on somebody's word.")?,
    }
    writeln!(out, "\n## Investigations")?;
    if dossier.investigations.is_empty() {
        writeln!(out, "\nNot finished yet.")?;
    }
    dossier.investigations.iter().try_for_each(|found| investigation(out, found))
}

fn timeline(out: &mut String, dossier: &Dossier) -> fmt::Result {
    writeln!(out, "\n## Timeline\n\n| at | what | who | |\n| --- | --- | --- | --- |")?;
    let halt = &dossier.incident.halt;
    row(out, halt.halt.at, ("fired", "guard"), &halt.reason)?;
    dossier.entries.iter().try_for_each(|entry| row(out, entry.at, (&entry.kind, &entry.actor), &entry.text))
}

fn row(out: &mut String, at: Timestamp, (what, who): (&str, &str), text: &str) -> fmt::Result {
    writeln!(out, "| {at} | {what} | {} | {} |", cell(who), cell(text))
}

fn evidence(out: &mut String, known: &Known) -> fmt::Result {
    writeln!(out, "\n## What did not hold\n")?;
    for finding in &known.evaluation.findings {
        let (code, detail) = (finding.code, finding.detail);
        writeln!(out, "* **{code} / {detail}** — {}: {}", line(&finding.subject), line(&finding.summary))?;
    }
    writeln!(out, "\n## Balances\n\n| asset | equation | terms | off by | |\n| --- | --- | --- | --- | --- |")?;
    known.evaluation.balances.iter().try_for_each(|one| balance(out, one))?;
    writeln!(out, "\n## Chains\n\n| chain | block | hash | agree | dissent |\n| --- | --- | --- | --- | --- |")?;
    for chain in &known.evaluation.chains {
        let names = |of: &std::collections::BTreeSet<crate::domain::name::Name>| {
            of.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
        };
        let (height, hash) = chain.watermark.map_or_else(
            || ("no quorum".to_owned(), String::new()),
            |mark| (mark.height.to_string(), mark.hash.to_string()),
        );
        let (voters, dissenters) = (names(&chain.voters), names(&chain.dissenters));
        writeln!(out, "| {} | {height} | {hash} | {voters} | {dissenters} |", chain.chain)?;
    }
    Ok(())
}

fn balance(out: &mut String, balance: &Balance) -> fmt::Result {
    let terms = balance.terms.iter().map(|(name, value)| match value {
        Some(value) => format!("{name} {value}"),
        None => format!("{name} ?"),
    });
    let (terms, delta) = (terms.collect::<Vec<_>>().join(", "), balance.delta.map(|delta| delta.to_string()));
    let standing = match balance.holds {
        Some(true) => "holds",
        Some(false) => "**broken**",
        None => "unknown",
    };
    let delta = delta.unwrap_or_else(|| "?".to_owned());
    writeln!(out, "| {} | {} | {terms} | {delta} | {standing} |", balance.asset, balance.name)
}

fn investigation(out: &mut String, found: &InvestigationRow) -> fmt::Result {
    writeln!(out, "\n### {}\n\n{}", found.name.replace('_', " "), line(&found.summary))?;
    let rows: Vec<Value> = serde_json::from_str(&found.rows).unwrap_or_default();
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n```json")?;
    rows.iter().take(ROWS).try_for_each(|row| writeln!(out, "{row}"))?;
    if rows.len() > ROWS {
        writeln!(out, "… {} more", rows.len().saturating_sub(ROWS))?;
    }
    writeln!(out, "```")
}

/// People's words in a line of their own: no line of theirs becomes a heading.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// People's words in a table.
fn cell(text: &str) -> String {
    line(text).replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use causeway_primitives::{B256, Scope};

    use super::*;
    use crate::{
        adapters::store::{EntryRow, HaltRow, IncidentRow},
        domain::{
            finding::Code,
            incident::{Decision, State},
            latch::{Cause, Halt, HaltId},
        },
    };

    fn dossier() -> Dossier {
        let halt = Halt {
            id: HaltId::new(7),
            scope: Scope::All,
            cause: Cause::Violation(Code::SupplyMismatch),
            evidence: B256::repeat_byte(1),
            epoch: 3,
            at: Timestamp::EPOCH,
            parent: None,
        };
        let halt =
            HaltRow { halt, reason: "off by\n# 3".to_owned(), caused_by: "verdict:1".to_owned(), released_at: None };
        let entry = EntryRow {
            at: Timestamp::EPOCH,
            kind: "note".to_owned(),
            actor: "alice".to_owned(),
            text: "a|b".to_owned(),
        };
        let found = InvestigationRow {
            name: "anchored_batches".to_owned(),
            at: Timestamp::EPOCH,
            summary: "2 batches".to_owned(),
            rows: r#"[{"number":1},{"number":2}]"#.to_owned(),
        };
        Dossier {
            incident: IncidentRow {
                halt,
                state: State::Decided,
                acknowledged_by: Some("alice".to_owned()),
                decision: Some(Decision::FixForward),
                root_cause: "a stolen key".to_owned(),
                verdict: None,
            },
            entries: vec![entry],
            investigations: vec![found],
            evidence: None,
        }
    }

    #[test]
    fn grd_9_a_report_has_the_timeline_the_decision_and_what_was_looked_up() {
        let report = markdown(&dossier());
        for part in [
            "# Incident 00000000-0000-0000-0000-000000000007",
            "SUPPLY_MISMATCH — all — decided",
            "| decision | fix_forward |",
            "## Root cause\n\na stolen key",
            "| fired | guard | off by # 3 |",
            "| note | alice | a\\|b |",
            "### anchored batches\n\n2 batches",
            "{\"number\":2}",
        ] {
            assert!(report.contains(part), "{part}:\n{report}");
        }
        assert!(!report.contains("\n# 3"), "nobody's words become a heading");
    }
}

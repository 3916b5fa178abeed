//! What happened, one after the other. The record is the list of events: its index has no gaps and is in the order of
//! commits, so whoever gives back the last number that they saw misses nothing, on whichever replica.

use std::{collections::VecDeque, time::Duration};

use causeway_primitives::Timestamp;
use causeway_store::Error as StoreError;
use serde_json::Value;

use super::Guard;
use crate::adapters::store::AuditRow;

/// How often the record is asked while nothing happens: well under the second in which a page shows a change.
const POLL: Duration = Duration::from_millis(400);

/// Events of one question.
const STRETCH: u32 = 200;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// Its index in the record.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// "verdict", "halt", "release", "lease", "report", "incident", "resume" or "audit".
    pub kind: &'static str,
    /// What it is about.
    pub subject: String,
    /// One sentence.
    pub summary: String,
}

impl From<AuditRow> for Happened {
    fn from(row: AuditRow) -> Self {
        let (kind, summary) = (kind(&row.kind), summary(&row));
        Self { sequence: row.index, at: row.at, kind, subject: row.subject, summary }
    }
}

fn kind(recorded: &str) -> &'static str {
    let known = ["verdict", "halt", "release", "lease", "report", "incident", "resume"];
    known.into_iter().find(|known| *known == recorded).unwrap_or("audit")
}

/// From the record's body, whose shape this service gave it; another version's may lack what is looked for.
fn summary(row: &AuditRow) -> String {
    let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    match row.kind.as_str() {
        "verdict" => match text("reason").as_str() {
            "" => text("outcome"),
            reason => format!("{}: {reason}", text("outcome")),
        },
        "halt" => format!("{} halted, {}: {}", text("scope"), text("code"), text("reason")),
        "incident" => format!("{} by {}: {}", text("line"), row.actor, text("text")),
        _ => match text("summary").as_str() {
            "" => format!("{} by {}", row.kind, row.actor),
            summary => summary.to_owned(),
        },
    }
}

impl Guard {
    /// The newest events, newest first, before an index if one is given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_events(&self, before: Option<u64>, limit: u32) -> Result<Vec<Happened>, StoreError> {
        let rows = self.parts.store.list_audit_back(before, limit).await?;
        Ok(rows.into_iter().map(Happened::from).collect())
    }

    /// Events after a number; `None`: from now on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tail(&self, after: Option<u64>) -> Result<Tail, StoreError> {
        let after = match after {
            Some(after) => after,
            None => self.parts.store.audit_head().await?.index,
        };
        Ok(Tail { guard: self.clone(), after, due: VecDeque::new() })
    }
}

/// Events, one after the other.
#[derive(Debug)]
pub struct Tail {
    guard: Guard,
    after: u64,
    due: VecDeque<AuditRow>,
}

impl Tail {
    /// The next event; waits for it.
    ///
    /// # Errors
    /// [`StoreError`]. The next call goes on where this one stopped.
    pub async fn next(&mut self) -> Result<Happened, StoreError> {
        loop {
            if let Some(row) = self.due.pop_front() {
                self.after = row.index;
                return Ok(row.into());
            }
            self.due = self.guard.parts.store.list_audit(self.after, STRETCH).await?.into();
            if self.due.is_empty() {
                tokio::time::sleep(POLL).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use causeway_primitives::B256;

    use super::*;

    fn row(kind: &str, body: &str) -> AuditRow {
        let (kind, subject, actor, body) = (kind.to_owned(), "s".to_owned(), "alice".to_owned(), body.to_owned());
        AuditRow { index: 1, at: Timestamp::EPOCH, kind, subject, actor, body, link: B256::ZERO, trace_id: None }
    }

    #[test]
    fn grd_11_every_recorded_thing_is_an_event_with_one_sentence() {
        let told = |kind, body| {
            let happened = Happened::from(row(kind, body));
            (happened.kind, happened.summary)
        };
        assert_eq!(told("verdict", r#"{"outcome":"pass","reason":""}"#), ("verdict", "pass".to_owned()));
        let halt = r#"{"scope":"all","code":"MANUAL","reason":"by hand"}"#;
        assert_eq!(told("halt", halt), ("halt", "all halted, MANUAL: by hand".to_owned()));
        let line = r#"{"line":"note","text":"keys rotated"}"#;
        assert_eq!(told("incident", line), ("incident", "note by alice: keys rotated".to_owned()));
        assert_eq!(told("release", r#"{"summary":"released"}"#), ("release", "released".to_owned()));
        assert_eq!(told("anchor", "no json"), ("audit", "anchor by alice".to_owned()), "whatever it is");
    }
}

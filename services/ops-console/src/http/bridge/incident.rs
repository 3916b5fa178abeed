//! One incident: what happened, what the guard found out by itself, who did what, and the ways out.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    response::Response,
};
use causeway_primitives::Timestamp;
use causeway_proto::guard::v1::{
    GetIncidentReportRequest, GetIncidentRequest, Incident, Investigation, ListResumesRequest, TimelineEntry,
    guard_service_client::GuardServiceClient,
};
use serde_json::Value;

use super::{
    super::{
        error::{Error, problem},
        marks::{Code, When},
        page::Mark,
        params::{Params, is_id},
        routes::Pages,
        show::{Page, part, show_with, written},
    },
    act,
    way::{Halted, Way, decision, halted, standing, way},
};
use crate::{
    adapters::{
        siblings::{Sibling, Unanswered},
        wire::{moment, name, prose, sentence},
    },
    app::Person,
    domain::text::inert,
};

/// Rows of a table.
const MOST: usize = 200;
/// Rows of an investigation, and columns.
const ROWS: usize = 50;
const COLUMNS: usize = 12;
/// Characters of a cell.
const CELL: usize = 120;
/// Lines of the report, and characters of each.
const LINES: usize = 2_000;
const LINE: usize = 1_000;

#[derive(Template)]
#[template(path = "bridge/incident.html")]
struct Room {
    id: Code,
    mark: Mark,
    halt: Halted,
    released: When,
    verdict: Code,
    evidence: Code,
    taken_by: String,
    root_cause: String,
    decision: &'static str,
    timeline: Vec<Line>,
    investigations: Vec<Looked>,
    ways: Result<Vec<Way>, String>,
    report: Result<String, String>,
}

struct Line {
    at: When,
    kind: String,
    actor: String,
    text: String,
}

/// What one query of the guard said.
struct Looked {
    name: String,
    summary: String,
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
    left_out: usize,
}

pub(in super::super) async fn incident(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    (Path(id), RawQuery(query)): (Path<String>, RawQuery),
) -> Response {
    if !is_id(&id) {
        return problem(&pages, &person, &Error::NotFound);
    }
    let page = Params::of(query.as_deref(), &[]).map(|_| Page {
        title: "Incident".to_owned(),
        service: pages.siblings.guard.name(),
        key: format!("/bridge/incidents/{id}"),
    });
    let steps = act::forms(&person, &id);
    show_with((&pages, &person), page, room(&pages.siblings.guard, &id, pages.clock.now()), &steps).await
}

async fn room(guard: &Sibling, id: &str, now: Timestamp) -> Result<String, Unanswered> {
    let one = GetIncidentRequest { incident_id: id.to_owned() };
    let call = |client, request| async move { GuardServiceClient::new(client).get_incident(request).await };
    let incident =
        guard.ask(one, call).await?.incident.ok_or(Unanswered::Strange("an incident without an incident"))?;
    let halt = incident.halt.clone().ok_or(Unanswered::Strange("an incident without a halt"))?;
    let (resumes, report) = tokio::join!(
        guard.ask(ListResumesRequest { halt_id: halt.halt_id.clone(), page: None }, |client, request| async move {
            GuardServiceClient::new(client).list_resumes(request).await
        }),
        guard.ask(GetIncidentReportRequest { incident_id: id.to_owned() }, |client, request| async move {
            GuardServiceClient::new(client).get_incident_report(request).await
        }),
    );
    let Incident { verdict_id, evidence_hash, acknowledged_by, root_cause, .. } = &incident;
    written(&Room {
        id: Code::of(&incident.incident_id),
        mark: standing(incident.state()),
        halt: halted(&halt, now),
        released: When::of(moment(halt.released_at.as_ref()), now, "it holds"),
        verdict: Code::of(verdict_id),
        evidence: Code::of(evidence_hash),
        taken_by: name(acknowledged_by),
        root_cause: prose(root_cause),
        decision: decision(incident.decision()),
        timeline: incident.timeline.iter().take(MOST).map(|entry| line(entry, now)).collect(),
        investigations: incident.investigations.iter().take(MOST).map(looked).collect(),
        ways: part(resumes, |all| all.resumes.iter().take(MOST).map(|one| way(one, now)).collect()),
        report: part(report, |report| {
            report.markdown.lines().take(LINES).map(|line| inert(line, LINE)).collect::<Vec<_>>().join("\n")
        }),
    })
}

fn line(wire: &TimelineEntry, now: Timestamp) -> Line {
    Line {
        at: When::of(moment(wire.at.as_ref()), now, "not known"),
        kind: name(&wire.kind).replace('_', " "),
        actor: name(&wire.actor),
        text: prose(&wire.text),
    }
}

/// Rows are objects with the same fields, or whatever a newer guard sends: then each is one cell.
fn looked(wire: &Investigation) -> Looked {
    let rows: Vec<Value> = serde_json::from_str(&wire.rows_json).unwrap_or_default();
    let heads: Vec<String> = rows
        .first()
        .and_then(Value::as_object)
        .map(|row| row.keys().take(COLUMNS).cloned().collect())
        .unwrap_or_default();
    let cells = |row: &Value| match heads.as_slice() {
        [] => vec![cell(row)],
        heads => heads.iter().map(|head| row.get(head).map(cell).unwrap_or_default()).collect(),
    };
    Looked {
        name: name(&wire.name).replace('_', " "),
        summary: sentence(&wire.summary),
        rows: rows.iter().take(ROWS).map(cells).collect(),
        left_out: rows.len().saturating_sub(ROWS),
        heads: heads.iter().map(|head| name(head).replace('_', " ")).collect(),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => inert(text, CELL),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            inert(&other.to_string(), CELL)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grd_11_rows_of_an_investigation_are_a_table_whatever_they_are() {
        let looked = |rows: &str| {
            let Looked { heads, rows, .. } =
                looked(&Investigation { rows_json: rows.to_owned(), ..Investigation::default() });
            (heads, rows)
        };
        let rows = vec![vec!["7".to_owned(), "x".to_owned()], vec![String::new(), "\u{fffd}<b>".to_owned()]];
        let heads = vec!["batch no".to_owned(), "why".to_owned()];
        assert_eq!(looked(r#"[{"batch_no":7,"why":"x"},{"why":"\u202e<b>"}]"#), (heads, rows));
        assert_eq!(looked(r#"["a",[1]]"#).1, [["a"], ["[1]"]]);
        assert_eq!(looked("no json"), (vec![], vec![]));
    }
}

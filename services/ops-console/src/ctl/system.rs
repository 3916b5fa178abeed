//! How everything is, what fires, and what happened.

use std::{collections::BTreeSet, time::Duration};

use causeway_grpc::Client;
use causeway_proto::ops::v1::{
    GetOverviewRequest, GetOverviewResponse, ListEventsRequest, MaintenanceWindow, SeenAlert, SeenEvent, SeenService,
    Severity, console_service_client::ConsoleServiceClient,
};
use causeway_runtime::CancellationToken;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{
    error::Error,
    output::{Format, document, rows, say, time},
};

/// How often is asked for new events.
const POLL: Duration = Duration::from_secs(1);
/// Events of one question.
const EVENTS: u32 = 200;
/// Numbers of events that were shown, for as long as they may come again.
const REMEMBERED: usize = 2_000;

async fn overview(client: Client) -> Result<GetOverviewResponse, Error> {
    Ok(ConsoleServiceClient::new(client).get_overview(GetOverviewRequest {}).await?.into_inner())
}

/// Every service in a line.
pub(super) async fn status(client: Client, format: Format) -> Result<(), Error> {
    let seen = overview(client).await?;
    let row = |one: &SeenService| {
        let up = format!("{}/{}", one.up, one.replicas);
        vec![
            one.name.clone(),
            one.condition.clone(),
            up,
            one.alerts.to_string(),
            one.version.clone(),
            one.reason.clone(),
        ]
    };
    let table: Vec<_> = seen.services.iter().map(row).collect();
    let services: Vec<Value> = seen.services.iter().map(service).collect();
    let windows: Vec<Value> = seen.windows.iter().map(window).collect();
    let whole = json!({ "condition": seen.condition, "services": services, "maintenance": windows });
    rows(format, &["SERVICE", "CONDITION", "UP", "ALERTS", "VERSION", "WHY"], &table, &whole)
}

/// Maintenance that is planned or open.
pub(super) async fn maintenance(client: Client, format: Format) -> Result<(), Error> {
    let seen = overview(client).await?.windows;
    let listed = |names: &[String], all: &str| if names.is_empty() { all.to_owned() } else { names.join(",") };
    let row = |one: &MaintenanceWindow| {
        vec![
            one.window_id.clone(),
            one.state.clone(),
            time(one.from.as_ref()),
            time(one.until.as_ref()),
            listed(&one.services, "all"),
            listed(&one.alerts, "all but critical"),
            one.reason.clone(),
        ]
    };
    let table: Vec<_> = seen.iter().map(row).collect();
    let list: Vec<Value> = seen.iter().map(window).collect();
    let head = ["WINDOW", "STATE", "FROM", "UNTIL", "SERVICES", "QUIET", "WHY"];
    rows(format, &head, &table, &Value::Array(list))
}

fn window(one: &MaintenanceWindow) -> Value {
    json!({
        "window_id": one.window_id, "state": one.state, "from": time(one.from.as_ref()),
        "until": time(one.until.as_ref()), "services": one.services, "alerts": one.alerts, "reason": one.reason,
    })
}

fn service(one: &SeenService) -> Value {
    json!({
        "name": one.name, "condition": one.condition, "reason": one.reason, "version": one.version, "up": one.up,
        "replicas": one.replicas, "alerts": one.alerts,
    })
}

/// What fires, with what to do.
pub(super) async fn alerts(client: Client, format: Format) -> Result<(), Error> {
    let seen = overview(client).await?.alerts;
    let row = |one: &SeenAlert| {
        let alert = one.alert.clone().unwrap_or_default();
        let taken = if one.muted_by.is_empty() { alert.acknowledged_by.clone() } else { "muted".to_owned() };
        let since = time(alert.fired_at.as_ref());
        let severity = severity(alert.severity());
        vec![severity.to_owned(), one.service.clone(), alert.name, alert.subject, since, taken, alert.next_step]
    };
    let table: Vec<_> = seen.iter().map(row).collect();
    let list: Vec<Value> = seen.iter().map(alert).collect();
    let head = ["SEVERITY", "SERVICE", "ALERT", "SUBJECT", "SINCE", "TAKEN BY", "DO"];
    rows(format, &head, &table, &Value::Array(list))
}

fn alert(one: &SeenAlert) -> Value {
    let alert = one.alert.clone().unwrap_or_default();
    json!({
        "service": one.service, "muted_by": one.muted_by, "severity": severity(alert.severity()), "name": alert.name,
        "subject": alert.subject, "summary": alert.summary, "next_step": alert.next_step, "runbook": alert.runbook,
        "fired_at": time(alert.fired_at.as_ref()), "acknowledged_by": alert.acknowledged_by,
    })
}

/// A severity that this program does not know may be the worst.
const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
        Severity::Critical | Severity::Unspecified => "critical",
    }
}

/// What happened; with `stop`, until then.
pub(super) async fn events(client: Client, format: Format, stop: Option<CancellationToken>) -> Result<(), Error> {
    let mut console = ConsoleServiceClient::new(client);
    let limit = if stop.is_some() { EVENTS } else { 50 };
    let mut events = console.list_events(ListEventsRequest { limit }).await?.into_inner().events;
    let Some(stop) = stop else {
        let table: Vec<_> = events.iter().map(cells).collect();
        let list: Vec<Value> = events.iter().map(event).collect();
        return rows(format, &["AT", "SERVICE", "KIND", "SUBJECT", "WHAT"], &table, &Value::Array(list));
    };
    let mut shown: BTreeSet<(String, u64)> = BTreeSet::new();
    loop {
        for one in events.iter().rev() {
            if shown.insert((one.service.clone(), one.sequence)) {
                line(format, one)?;
            }
        }
        if shown.len() > REMEMBERED {
            shown = events.iter().map(|one| (one.service.clone(), one.sequence)).collect();
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = sleep(POLL) => {}
        }
        events = console.list_events(ListEventsRequest { limit }).await?.into_inner().events;
    }
}

fn line(format: Format, one: &SeenEvent) -> Result<(), Error> {
    match format {
        Format::Json => say(&format!("{}\n", serde_json::to_string(&event(one))?)),
        Format::Table => {
            let cells: Vec<String> = cells(one).iter().map(|cell| crate::domain::text::inert(cell, 200)).collect();
            say(&format!("{}\n", cells.join("  ")));
        }
    }
    Ok(())
}

fn cells(one: &SeenEvent) -> Vec<String> {
    vec![time(one.at.as_ref()), one.service.clone(), one.kind.clone(), one.subject.clone(), one.summary.clone()]
}

fn event(one: &SeenEvent) -> Value {
    json!({
        "service": one.service, "sequence": one.sequence, "at": time(one.at.as_ref()), "kind": one.kind,
        "subject": one.subject, "summary": one.summary, "trace_id": one.trace_id,
    })
}

/// The answer to a question that has no table.
pub(super) fn told(format: Format, words: &str, json: &Value) -> Result<(), Error> {
    match format {
        Format::Json => document(json),
        Format::Table => {
            say(&format!("{words}\n"));
            Ok(())
        }
    }
}

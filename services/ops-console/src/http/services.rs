//! One service: its replicas, their parts, its alerts.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use causeway_primitives::Timestamp;

use super::{
    ages::Age,
    error::{Error, problem},
    overview::{Card, Urgent, at, card, urgent, window},
    page::{Frame, Mark, html},
    params::Bare,
    routes::Pages,
};
use crate::{
    app::{Person, Seen},
    ports::Part,
};

#[derive(Template)]
#[template(path = "service.html")]
struct Service {
    frame: Frame,
    card: Card,
    alerts: Vec<Urgent>,
    replicas: Vec<Replica>,
}

struct Replica {
    address: String,
    mark: Mark,
    reason: String,
    instance: String,
    role: String,
    version: String,
    config: String,
    started_at: String,
    heard: Option<Age>,
    parts: Vec<Row>,
}

struct Row {
    name: String,
    mark: Mark,
    detail: String,
    since: String,
    required: bool,
}

pub(super) async fn service(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    _: Bare,
    Path(name): Path<String>,
) -> Response {
    let (fleet, now) = (pages.board.fleet(), pages.clock.now());
    let Some(service) = fleet.service(&name) else {
        return problem(&pages, &person, &Error::NotFound);
    };
    let spans = match pages.store.list_spans(window(now)).await {
        Ok(mut spans) => spans.remove(&name),
        Err(error) => {
            tracing::warn!(error = %causeway_telemetry::Chain(&error), "a service's page is without history");
            None
        }
    };
    html(&Service {
        frame: Frame::of(&pages, &person, &name),
        card: card(&pages, &fleet, service, spans.as_ref(), now),
        alerts: service
            .alerts(now, fleet.stale_after)
            .into_iter()
            .map(|alert| urgent(alert, &pages.config.links, now))
            .collect(),
        replicas: service.replicas.iter().map(|seen| replica(seen, fleet.stale_after, now)).collect(),
    })
}

fn replica(seen: &Seen, stale_after: std::time::Duration, now: Timestamp) -> Replica {
    let condition = seen.condition(now, stale_after);
    let status = seen.status.as_ref();
    let said =
        |of: fn(&crate::ports::Status) -> &String| status.map(of).cloned().unwrap_or_else(|| "not known".to_owned());
    Replica {
        address: seen.address.clone(),
        mark: condition.into(),
        reason: seen.reason(condition),
        instance: said(|status| &status.instance),
        role: said(|status| &status.role),
        version: said(|status| &status.version),
        config: said(|status| &status.config_hash).chars().take(12).collect(),
        started_at: at(status.and_then(|status| status.started_at)),
        heard: seen.heard_at.map(|at| Age::of(at, now)),
        parts: status.into_iter().flat_map(|status| &status.parts).map(row).collect(),
    }
}

fn row(part: &Part) -> Row {
    Row {
        name: part.name.clone(),
        mark: part.condition.into(),
        detail: part.detail.clone(),
        since: at(part.since),
        required: part.required,
    }
}

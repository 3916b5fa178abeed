//! What the services told, newest first.

use askama::Template;
use axum::{Extension, extract::State, response::Response};
use causeway_primitives::Timestamp;

use super::{
    ages::Age,
    error::problem,
    page::{Frame, html},
    params::Bare,
    routes::Pages,
};
use crate::{adapters::store::EventRow, app::Person, config::Links};

/// Events of the page.
const EVENTS: u32 = 200;

/// An event.
pub(super) struct Line {
    pub(super) service: String,
    pub(super) kind: String,
    pub(super) subject: String,
    pub(super) summary: String,
    pub(super) age: Age,
    /// The first digits of its trace; empty without one.
    pub(super) trace: String,
    pub(super) trace_link: Option<String>,
}

#[derive(Template)]
#[template(path = "events.html")]
struct Events {
    frame: Frame,
    events: Vec<Line>,
}

pub(super) async fn events(State(pages): State<Pages>, Extension(person): Extension<Person>, _: Bare) -> Response {
    match pages.store.list_events(EVENTS).await {
        Ok(rows) => {
            let events = lines(rows, &pages.config.links, pages.clock.now());
            html(&Events { frame: Frame::of(&pages, &person, "Events"), events })
        }
        Err(error) => problem(&pages, &person, &error.into()),
    }
}

pub(super) fn lines(rows: Vec<EventRow>, links: &Links, now: Timestamp) -> Vec<Line> {
    rows.into_iter()
        .map(|row| Line {
            trace_link: links.trace(&row.trace_id),
            trace: row.trace_id.get(..8).unwrap_or_default().to_owned(),
            age: Age::of(row.at, now),
            service: row.service,
            kind: row.kind,
            subject: row.subject,
            summary: row.summary,
        })
        .collect()
}

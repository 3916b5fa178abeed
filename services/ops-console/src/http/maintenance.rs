//! Maintenance windows: what is worked on, what they mute, and who was told.

use askama::Template;
use axum::{Extension, extract::State, response::Response};
use causeway_primitives::Timestamp;
use causeway_store::Error;
use uuid::Uuid;

use super::{
    ages::exact,
    error::problem,
    page::{Frame, Mark, html},
    routes::Pages,
};
use crate::{
    app::Person,
    domain::{
        maintenance::{Stage, Window},
        text::inert,
    },
};

/// Windows that ended so long ago are still shown: a month.
const SHOWN: u64 = 30 * 86_400;
/// Characters of a reason.
const SENTENCE: usize = 300;

/// A window.
pub(super) struct Shown {
    pub(super) id: Uuid,
    pub(super) mark: Mark,
    pub(super) from: String,
    pub(super) until: String,
    pub(super) mutes: String,
    pub(super) reason: String,
    pub(super) notices: String,
    pub(super) can_end: bool,
}

#[derive(Template)]
#[template(path = "maintenance.html")]
struct Maintenance {
    frame: Frame,
    windows: Vec<Shown>,
}

pub(super) async fn maintenance(State(pages): State<Pages>, Extension(person): Extension<Person>) -> Response {
    let now = pages.clock.now();
    let since = Timestamp::from_secs(now.as_secs().saturating_sub(SHOWN)).unwrap_or(now);
    match windows(&pages, since).await {
        Ok(windows) => html(&Maintenance { frame: Frame::of(&pages, &person, "Maintenance"), windows }),
        Err(error) => problem(&pages, &person, &error.into()),
    }
}

/// Windows that end after a time, by their beginning.
pub(super) async fn windows(pages: &Pages, ending_after: Timestamp) -> Result<Vec<Shown>, Error> {
    let now = pages.clock.now();
    let mut shown = Vec::new();
    for (id, window) in pages.store.list_windows(ending_after).await? {
        let told = pages.store.list_notices(id).await?;
        let notices: Vec<&str> = told.keys().map(|notice| notice.as_str()).collect();
        shown.push(one(id, &window, notices.join(", "), now));
    }
    Ok(shown)
}

fn one(id: Uuid, window: &Window, notices: String, now: Timestamp) -> Shown {
    let stage = window.stage(now);
    let (class, shape, word) = match stage {
        Stage::Planned => ("unknown", "◌", "planned"),
        Stage::Open => ("degraded", "▲", "open now"),
        Stage::Over => ("ok", "●", "over"),
    };
    Shown {
        id,
        mark: Mark { class, shape, word },
        from: exact(window.from),
        until: exact(window.closed_at.unwrap_or(window.until).min(window.until)),
        mutes: mutes(window),
        reason: inert(&window.reason, SENTENCE),
        notices: if notices.is_empty() { "nobody was told yet".to_owned() } else { format!("told at {notices}") },
        can_end: stage != Stage::Over,
    }
}

fn mutes(window: &Window) -> String {
    let listed = |names: &std::collections::BTreeSet<String>, all: &str| {
        let names: Vec<String> = names.iter().map(|name| inert(name, 80)).collect();
        if names.is_empty() { all.to_owned() } else { names.join(", ") }
    };
    let alerts = listed(&window.alerts, "all alerts but critical ones");
    format!("{alerts} of {}", listed(&window.services, "all services"))
}

//! Maintenance windows: what is worked on, what they mute, and who was told.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::{Extension, extract::State, response::Response};
use causeway_primitives::Timestamp;
use causeway_store::Error;
use uuid::Uuid;

use super::{
    ages::exact,
    error::problem,
    marks::When,
    page::{Frame, Mark, html},
    params::Bare,
    routes::Pages,
};
use crate::{
    app::Person,
    domain::{
        change::catalogue::CONSOLE,
        maintenance::{Stage, Window},
        telling::{Knows, Told},
        text::inert,
    },
};

/// Windows that ended so long ago are still shown: a month.
const SHOWN: u64 = 30 * 86_400;
/// Characters of a reason.
const SENTENCE: usize = 300;
/// Of a name.
const NAME: usize = 80;

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
    open: Vec<Open>,
}

/// A window that is open, and who knows of it.
struct Open {
    id: Uuid,
    reason: String,
    until: String,
    services: Vec<Hearer>,
}

/// A service that is worked on.
struct Hearer {
    service: String,
    mark: Mark,
    at: When,
    /// Why it was not told, in its own words.
    why: String,
    todo: &'static str,
}

pub(super) async fn maintenance(State(pages): State<Pages>, Extension(person): Extension<Person>, _: Bare) -> Response {
    let now = pages.clock.now();
    let since = Timestamp::from_secs(now.as_secs().saturating_sub(SHOWN)).unwrap_or(now);
    match tokio::try_join!(windows(&pages, since), open(&pages, now)) {
        Ok((windows, open)) => html(&Maintenance { frame: Frame::of(&pages, &person, "Maintenance"), windows, open }),
        Err(error) => problem(&pages, &person, &error.into()),
    }
}

/// Windows that are open, each with the services that are worked on, and whether they know.
async fn open(pages: &Pages, now: Timestamp) -> Result<Vec<Open>, Error> {
    let told = pages.store.list_told().await?;
    let looked_at: BTreeSet<&str> =
        pages.config.services.iter().map(|service| service.name.as_str()).chain([CONSOLE]).collect();
    let windows = pages.store.list_windows(now).await?;
    let open = windows.iter().filter(|(_, window)| window.stage(now) == Stage::Open);
    Ok(open.map(|(id, window)| of_window(*id, window, (&looked_at, &told), now)).collect())
}

fn of_window(
    id: Uuid,
    window: &Window,
    (looked_at, told): (&BTreeSet<&str>, &BTreeMap<String, Told<Uuid>>),
    now: Timestamp,
) -> Open {
    let named = window.services.iter().map(String::as_str);
    let names: BTreeSet<&str> = looked_at.iter().copied().filter(|name| window.is_of(name)).chain(named).collect();
    let hearer = |name: &str| {
        if looked_at.contains(name) { hearer(name, told.get(name), &id, now) } else { stranger(name) }
    };
    Open {
        id,
        reason: inert(&window.reason, SENTENCE),
        until: exact(window.until),
        services: names.into_iter().map(hearer).collect(),
    }
}

fn hearer(service: &str, told: Option<&Told<Uuid>>, window: &Uuid, now: Timestamp) -> Hearer {
    let knows = told.map_or(Knows::Untold, |told| told.knows(window, now));
    let (mark, at, todo) = match knows {
        Knows::Since(at) => (Mark::ok("told"), Some(at), ""),
        Knows::NoMore(at) => (Mark::wrong("not told again"), Some(at), "Its alerts are heard again."),
        Knows::Refused(at) => (
            Mark::wrong("refused"),
            Some(at),
            "Its alerts are heard. Put the name of the console's certificate into its grpc.operators.",
        ),
        Knows::NotReached(at) => (
            Mark::less("not reached"),
            Some(at),
            "It is told within a second of answering; until then its alerts are heard.",
        ),
        Knows::Untold => (
            Mark::unknown("not told yet"),
            None,
            "It is told within seconds, by the console that leads. When this stays, no console leads.",
        ),
    };
    let why = told.filter(|_| knows != Knows::Untold).map(|told| inert(told.heard.words(), SENTENCE));
    Hearer { service: inert(service, NAME), mark, at: When::of(at, now, "never"), why: why.unwrap_or_default(), todo }
}

/// A window may name what this console does not look at.
fn stranger(name: &str) -> Hearer {
    Hearer {
        service: inert(name, NAME),
        mark: Mark::unknown("not looked at"),
        at: When::of(None, Timestamp::EPOCH, "never"),
        why: String::new(),
        todo: "No service of this name is under [[services]] in the console's settings: nobody tells it.",
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
    let listed = |names: &BTreeSet<String>, all: &str| {
        let names: Vec<String> = names.iter().map(|name| inert(name, NAME)).collect();
        if names.is_empty() { all.to_owned() } else { names.join(", ") }
    };
    let alerts = listed(&window.alerts, "all alerts but critical ones");
    format!("{alerts} of {}", listed(&window.services, "all services"))
}

//! One look: is it healthy, what is wrong, what do I do.

use std::{collections::BTreeMap, time::Duration};

use askama::Template;
use axum::{Extension, extract::State, response::Response};
use causeway_primitives::Timestamp;
use causeway_store::Error;
use causeway_telemetry::Chain;

use super::{
    ages::{Age, day, exact},
    bridge::{Current, current},
    events::{Line, lines},
    maintenance,
    map::map,
    marks::exactly,
    page::{Frame, Mark, html},
    params::Bare,
    routes::Pages,
};
use crate::{
    adapters::store::Deployment,
    app::{Fleet, Person, Replicated},
    config::Links,
    domain::{
        condition::Condition,
        figures::{grouped, percent},
        golden::Golden,
        uptime::{Day, Span, availability, days},
    },
    ports::Alert,
};

/// Days of the bars.
const DAYS: u64 = 90;
/// Events on the first page.
const EVENTS: u32 = 12;
/// Deployments on the first page.
const DEPLOYMENTS: u32 = 6;
/// Alerts on the first page; there is a count of all.
const ALERTS: usize = 50;

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    frame: Frame,
    sentence: String,
    /// Services that are not well, whether they tell an alert or not.
    ailing: usize,
    alerts: Vec<Urgent>,
    more_alerts: usize,
    /// Absent where no guard is looked at.
    incidents: Option<Current>,
    services: Vec<Card>,
    /// Who needs whom; empty where nobody needs anybody.
    map: String,
    /// Absent while the database does not answer.
    history: Option<History>,
}

/// What comes from the database.
struct History {
    events: Vec<Line>,
    deployments: Vec<Deployed>,
    windows: Vec<maintenance::Shown>,
}

/// An alert.
pub(super) struct Urgent {
    pub(super) severity: &'static str,
    pub(super) name: String,
    pub(super) service: String,
    pub(super) subject: String,
    pub(super) summary: String,
    pub(super) next_step: String,
    pub(super) runbook: String,
    pub(super) runbook_link: Option<String>,
    pub(super) since: Option<Age>,
    pub(super) taken_by: String,
    /// A maintenance window keeps it quiet.
    pub(super) is_muted: bool,
}

/// A service.
pub(super) struct Card {
    pub(super) name: String,
    pub(super) mark: Mark,
    pub(super) reason: String,
    pub(super) version: String,
    pub(super) up: usize,
    pub(super) replicas: usize,
    pub(super) alerts: usize,
    pub(super) needs: Vec<(String, Mark)>,
    pub(super) reaches: Vec<String>,
    pub(super) bars: Vec<Bar>,
    pub(super) availability: String,
    /// What the last minute was like; empty where nobody knows.
    pub(super) golden: String,
    /// Of the service's own numbers.
    pub(super) metrics_link: Option<String>,
    /// The page that tells more than how it is.
    pub(super) page: Option<&'static str>,
}

/// A day.
pub(super) struct Bar {
    pub(super) x: usize,
    pub(super) class: &'static str,
    pub(super) height: u32,
    pub(super) y: u32,
    pub(super) words: String,
}

struct Deployed {
    service: String,
    version: String,
    config: String,
    age: Age,
}

pub(super) async fn overview(State(pages): State<Pages>, Extension(person): Extension<Person>, _: Bare) -> Response {
    let (fleet, now) = (pages.board.fleet(), pages.clock.now());
    // What the services say now is shown whether the database answers or not.
    let (spans, history) = match past(&pages, now).await {
        Ok((spans, history)) => (spans, Some(history)),
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "the overview is without history");
            (BTreeMap::new(), None)
        }
    };
    let incidents = current(&pages).await;
    let all = fleet.alerts(now);
    let card = |service: &Replicated| card(&pages, &fleet, service, spans.get(&service.name), now);
    let services: Vec<Card> = fleet.services.iter().map(card).collect();
    html(&Overview {
        frame: Frame::of(&pages, &person, "Overview"),
        ailing: services.iter().filter(|card| card.mark != Mark::from(Condition::Ok)).count(),
        sentence: sentence(&fleet, now),
        more_alerts: all.len().saturating_sub(ALERTS),
        incidents,
        alerts: all.into_iter().take(ALERTS).map(|alert| urgent(alert, &pages.config.links, now)).collect(),
        map: map(&fleet, &pages.config.needs, now),
        services,
        history,
    })
}

async fn past(pages: &Pages, now: Timestamp) -> Result<(BTreeMap<String, Vec<Span>>, History), Error> {
    let spans = pages.store.list_spans(window(now)).await?;
    let events = pages.store.list_events(EVENTS).await?;
    let deployments = pages.store.list_deployments(DEPLOYMENTS).await?;
    let history = History {
        events: lines(events, &pages.config.links, now),
        deployments: deployments.into_iter().map(|one| deployed(one, now)).collect(),
        windows: maintenance::windows(pages, now).await?,
    };
    Ok((spans, history))
}

/// Since when the bars show what was.
pub(super) fn window(now: Timestamp) -> Timestamp {
    Timestamp::from_secs(now.as_secs().saturating_sub(DAYS.saturating_mul(86_400))).unwrap_or(now)
}

/// The whole picture in one sentence.
fn sentence(fleet: &Fleet, now: Timestamp) -> String {
    let mut counts: BTreeMap<Condition, Vec<&str>> = BTreeMap::new();
    for service in &fleet.services {
        counts.entry(service.condition(now, fleet.stale_after)).or_default().push(&service.name);
    }
    let wrong = counts.into_iter().rev().filter(|(condition, _)| *condition != Condition::Ok);
    let wrong: Vec<String> =
        wrong.map(|(condition, names)| format!("{}: {}", condition.words(), names.join(", "))).collect();
    if wrong.is_empty() { format!("All {} services are healthy.", fleet.services.len()) } else { wrong.join(" · ") }
}

pub(super) fn urgent(alert: &Alert, links: &Links, now: Timestamp) -> Urgent {
    let link = links.runbooks.as_ref().and_then(|base| base.join(&format!("{}.md", alert.name)).ok());
    Urgent {
        severity: alert.severity.as_str(),
        name: alert.name.clone(),
        service: alert.service.clone(),
        subject: alert.subject.clone(),
        summary: alert.summary.clone(),
        next_step: alert.next_step.clone(),
        runbook: alert.runbook.clone(),
        runbook_link: link.map(String::from),
        since: alert.fired_at.map(|at| Age::of(at, now)),
        taken_by: alert.acknowledged_by.clone(),
        is_muted: !alert.muted_by.is_empty(),
    }
}

/// A service as a card.
pub(super) fn card(
    pages: &Pages,
    fleet: &Fleet,
    service: &Replicated,
    spans: Option<&Vec<Span>>,
    now: Timestamp,
) -> Card {
    let (condition, config) = (service.condition(now, fleet.stale_after), &pages.config);
    let days = days(now, DAYS, spans.map(Vec::as_slice).unwrap_or_default());
    let mut versions: Vec<&str> =
        service.replicas.iter().filter_map(|seen| Some(seen.status.as_ref()?.version.as_str())).collect();
    versions.sort_unstable();
    versions.dedup();
    let is_up = |seen: &&crate::app::Seen| {
        matches!(seen.condition(now, fleet.stale_after), Condition::Ok | Condition::Degraded)
    };
    let condition_of =
        |name: &str| fleet.service(name).map_or(Condition::Unknown, |needed| needed.condition(now, fleet.stale_after));
    Card {
        mark: condition.into(),
        reason: service.reason(now, fleet.stale_after),
        version: if versions.is_empty() { "version unknown".to_owned() } else { versions.join(", ") },
        up: service.replicas.iter().filter(is_up).count(),
        replicas: service.replicas.len(),
        alerts: service.alerts(now, fleet.stale_after).len(),
        needs: config.needs.of(&service.name).map(|name| (name.to_owned(), condition_of(name).into())).collect(),
        reaches: config.needs.reached_by(&service.name).into_iter().map(str::to_owned).collect(),
        availability: availability(&days).map_or_else(|| "no history yet".to_owned(), |share| percent(share.get())),
        bars: days.iter().enumerate().map(|(place, day)| bar(place, day)).collect(),
        golden: pages.meters.of(&service.name, now).map(|golden| figures(&golden)).unwrap_or_default(),
        metrics_link: config.links.metrics_of(&service.name),
        page: page_of(&service.name),
        name: service.name.clone(),
    }
}

/// The golden signals in a line.
fn figures(golden: &Golden) -> String {
    let failed = golden.failed.map(|failed| format!("{} failed", percent(failed.get())));
    let within = |label, took: Option<Duration>| took.map(|took| format!("{label} within {}", exactly(took)));
    let calls = Some(format!("{} calls a minute", grouped(&golden.per_minute.to_string())));
    let all = [calls, failed, within("half", golden.p50), within("95 %", golden.p95)];
    all.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// Services with pages of their own.
fn page_of(service: &str) -> Option<&'static str> {
    match service {
        "oracle-publisher" => Some("/oracle"),
        "ccip-monitor" => Some("/messages"),
        "relayer-invariant-guard" => Some("/bridge"),
        "tokenization-gateway" => Some("/tokens"),
        _ => None,
    }
}

/// Ten units high when anything is known, a stub when nothing is: a day without eyes is not a good day.
fn bar(place: usize, day_seen: &Day) -> Bar {
    let condition = day_seen.worst();
    let height = if condition == Condition::Unknown { 8 } else { 28 };
    let words = match day_seen.availability() {
        None => format!("{}: nothing is known", day(day_seen.begins)),
        Some(share) => {
            let down = super::ages::span(day_seen.down);
            let note =
                if day_seen.down < Duration::from_secs(1) { String::new() } else { format!(", down for {down}") };
            format!("{}: {}{note}", day(day_seen.begins), percent(share.get()))
        }
    };
    Bar { x: place.saturating_mul(4), class: condition.as_str(), height, y: 28_u32.saturating_sub(height), words }
}

fn deployed(one: Deployment, now: Timestamp) -> Deployed {
    let config = one.config_hash.get(..12).unwrap_or(&one.config_hash).to_owned();
    Deployed { service: one.service, version: one.version, config, age: Age::of(one.first_seen_at, now) }
}

/// For pages that show when something was, without its age.
pub(super) fn at(time: Option<Timestamp>) -> String {
    time.map(exact).unwrap_or_else(|| "not known".to_owned())
}

//! The incidents that are not over, for the first page: as the guard tells them, and left out where it does not.

use std::time::Duration;

use askama::Template;
use causeway_primitives::Timestamp;
use causeway_proto::guard::v1::{
    Incident, IncidentState, ListIncidentsRequest, guard_service_client::GuardServiceClient,
};
use futures_util::future::try_join_all;
use tokio::time::timeout;

use super::{
    super::{ages::Age, routes::Pages, show::written},
    way::{Opened, opened},
};
use crate::{
    adapters::siblings::{Sibling, Unanswered},
    app::{Kept, Shown},
};

/// For the guard's answer. The first page is there for when something does not answer, so it waits for nobody.
const WITHIN: Duration = Duration::from_secs(1);

/// Incidents that are shown.
const MOST: usize = 20;

/// What is not over. A newer one that is closed hides none: each state is asked for by itself.
const STATES: [IncidentState; 4] =
    [IncidentState::Open, IncidentState::Acknowledged, IncidentState::Decided, IncidentState::Mitigated];

/// The part of the first page.
pub(in super::super) struct Current {
    /// Written; empty where nothing was ever told.
    pub(in super::super) text: String,
    /// Why it is not of now.
    pub(in super::super) missing: Option<String>,
    /// When it was so, unless that is now.
    pub(in super::super) old: Option<Age>,
}

#[derive(Template)]
#[template(path = "bridge/current.html")]
struct List {
    incidents: Vec<Opened>,
    more: usize,
}

/// `None` where no guard is looked at.
pub(in super::super) async fn current(pages: &Pages) -> Option<Current> {
    let (guard, now) = (&pages.siblings.guard, pages.clock.now());
    let news = pages.board.heard_of(guard.name());
    let make = async {
        let late = |_| Err(Unanswered::Silent(format!("nothing within {} second", WITHIN.as_secs())));
        timeout(WITHIN, list(guard, now)).await.unwrap_or_else(late)
    };
    match pages.shelf.show("/#incidents", news, make).await {
        Shown::Now(kept) => Some(Current { text: kept.text.to_string(), missing: None, old: None }),
        Shown::Before(_, Unanswered::NotNamed) => None,
        Shown::Before(kept, why) => {
            let old = kept.as_ref().map(|Kept { at, .. }| Age::of(*at, now));
            let text = kept.map(|kept| kept.text.to_string()).unwrap_or_default();
            Some(Current { text, missing: Some(why.to_string()), old })
        }
    }
}

async fn list(guard: &Sibling, now: Timestamp) -> Result<String, Unanswered> {
    let of = |state: IncidentState| {
        let question = ListIncidentsRequest { state: state.into(), page: None };
        guard.ask(
            question,
            |client, request| async move { GuardServiceClient::new(client).list_incidents(request).await },
        )
    };
    let answers = try_join_all(STATES.map(of)).await?;
    let mut all: Vec<Incident> = Vec::new();
    for incident in answers.into_iter().flat_map(|answer| answer.incidents) {
        // One that moves on between two questions is told twice.
        if all.iter().all(|other| other.incident_id != incident.incident_id) {
            all.push(incident);
        }
    }
    let incidents = all.iter().take(MOST).map(|one| opened(one, now)).collect();
    written(&List { incidents, more: all.len().saturating_sub(MOST) })
}

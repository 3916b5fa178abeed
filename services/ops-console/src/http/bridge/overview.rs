//! The guard's three pages on one: is it well, how fast and how well, what fires and what happened; with equations, halts,
//! incidents and ways out.

use askama::Template;
use axum::{
    Extension,
    extract::{RawQuery, State},
    response::Response,
};
use causeway_primitives::Timestamp;
use causeway_proto::guard::v1::{
    GetAlertBoardRequest, GetPerformanceRequest, GetStatusRequest, GetSystemHealthRequest, ListEquationsRequest,
    ListHaltsRequest, ListIncidentsRequest, ListResumesRequest, guard_service_client::GuardServiceClient,
};

use super::{
    super::{
        params::Params,
        routes::Pages,
        show::{Page, part, show, written},
    },
    board::{
        Balance, Equation, Happened, Health, Measure, State as Standing, balance, equation, happened, health, measure,
        state,
    },
    way::{Halted, Opened, Way, halted, opened, way},
};
use crate::{
    adapters::{
        siblings::{Sibling, Unanswered},
        wire::name,
    },
    app::Person,
};

/// Rows of a table.
const MOST: usize = 200;

#[derive(Template)]
#[template(path = "bridge/overview.html")]
struct Bridge {
    state: Standing,
    halts: Vec<Halted>,
    halt_link: String,
    // What takes the guard long is left out with the reason: the rest of the page stands without it.
    health: Result<(Health, Vec<Balance>), String>,
    equations: Result<Vec<Equation>, String>,
    measures: Result<Vec<Measure>, String>,
    board: Result<Alerts, String>,
    incidents: Result<Vec<Opened>, String>,
    ways: Result<Vec<Way>, String>,
}

/// How many alerts fire of which severity, and what happened.
struct Alerts {
    severities: Vec<(String, u32)>,
    recent: Vec<Happened>,
}

pub(in super::super) async fn overview(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    RawQuery(query): RawQuery,
) -> Response {
    let page = Params::of(query.as_deref(), &[]).map(|params| Page {
        title: "Bridge".to_owned(),
        service: pages.siblings.guard.name(),
        key: params.key("/bridge"),
    });
    show((&pages, &person), page, all(&pages.siblings.guard, pages.clock.now())).await
}

async fn all(guard: &Sibling, now: Timestamp) -> Result<String, Unanswered> {
    let only_active = ListHaltsRequest { only_active: true, page: None };
    let (status, health_page, performance, board, equations, halts, incidents, resumes) = tokio::join!(
        guard.ask(GetStatusRequest {}, |client, request| async move {
            GuardServiceClient::new(client).get_status(request).await
        }),
        guard.ask(GetSystemHealthRequest {}, |client, request| async move {
            GuardServiceClient::new(client).get_system_health(request).await
        }),
        guard.ask(GetPerformanceRequest {}, |client, request| async move {
            GuardServiceClient::new(client).get_performance(request).await
        }),
        guard.ask(GetAlertBoardRequest {}, |client, request| async move {
            GuardServiceClient::new(client).get_alert_board(request).await
        }),
        guard.ask(ListEquationsRequest::default(), |client, request| async move {
            GuardServiceClient::new(client).list_equations(request).await
        }),
        guard.ask(
            only_active,
            |client, request| async move { GuardServiceClient::new(client).list_halts(request).await }
        ),
        guard.ask(ListIncidentsRequest::default(), |client, request| async move {
            GuardServiceClient::new(client).list_incidents(request).await
        }),
        guard.ask(ListResumesRequest::default(), |client, request| async move {
            GuardServiceClient::new(client).list_resumes(request).await
        }),
    );
    written(&Bridge {
        state: state(&status?, now),
        halts: halts?.halts.iter().take(MOST).map(|halt| halted(halt, now)).collect(),
        halt_link: super::super::params::change(guard.name(), "relayer.halt", &[("scope", "all")]),
        health: part(health_page, |page| {
            let page = page.health.unwrap_or_default();
            (health(&page, now), page.balances.iter().take(MOST).map(balance).collect())
        }),
        equations: part(equations, |all| all.equations.iter().take(MOST).map(equation).collect()),
        measures: part(performance, |page| {
            page.performance.unwrap_or_default().measures.iter().take(MOST).map(measure).collect()
        }),
        board: part(board, |page| {
            let board = page.board.unwrap_or_default();
            let severities = board.severities.iter().take(MOST).map(|one| (name(&one.severity), one.firing)).collect();
            Alerts { severities, recent: board.recent.iter().take(MOST).map(|event| happened(event, now)).collect() }
        }),
        incidents: part(incidents, |all| all.incidents.iter().take(MOST).map(|one| opened(one, now)).collect()),
        ways: part(resumes, |all| all.resumes.iter().take(MOST).map(|one| way(one, now)).collect()),
    })
}

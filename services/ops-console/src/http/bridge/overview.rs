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
        show::{Page, show, written},
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
    health: Health,
    balances: Vec<Balance>,
    equations: Vec<Equation>,
    measures: Vec<Measure>,
    severities: Vec<(String, u32)>,
    recent: Vec<Happened>,
    halts: Vec<Halted>,
    incidents: Vec<Opened>,
    ways: Vec<Way>,
    halt_link: String,
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
    let health_page = health_page?.health.ok_or(Unanswered::Strange("health without health"))?;
    let board = board?.board.ok_or(Unanswered::Strange("a board without a board"))?;
    let measures = performance?.performance.unwrap_or_default().measures;
    written(&Bridge {
        state: state(&status?, now),
        balances: health_page.balances.iter().take(MOST).map(balance).collect(),
        health: health(&health_page, now),
        equations: equations?.equations.iter().take(MOST).map(equation).collect(),
        measures: measures.iter().take(MOST).map(measure).collect(),
        severities: board.severities.iter().take(MOST).map(|one| (name(&one.severity), one.firing)).collect(),
        recent: board.recent.iter().take(MOST).map(|event| happened(event, now)).collect(),
        halts: halts?.halts.iter().take(MOST).map(|halt| halted(halt, now)).collect(),
        incidents: incidents?.incidents.iter().take(MOST).map(|one| opened(one, now)).collect(),
        ways: resumes?.resumes.iter().take(MOST).map(|one| way(one, now)).collect(),
        halt_link: super::super::params::change(guard.name(), "relayer.halt", &[("scope", "all")]),
    })
}

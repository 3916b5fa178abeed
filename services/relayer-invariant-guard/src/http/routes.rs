//! The routes and their OpenAPI document.

use axum::{
    Json, Router,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use causeway_alerting::Alarms;
use causeway_store::Error as StoreError;
use causeway_telemetry::Chain;
use utoipa::OpenApi;
use uuid::Uuid;

use super::dto::{
    Balance, Board, Dependency, Event, Finding, Gap, Halt, HaltedScope, Incident, Lease, Measure, Page, PageQuery,
    Performance, Problem, Severity, Status, SystemHealth, Verdict,
};
use crate::{
    app::{self, Facts, Guard, Which, report},
    domain::latch::HaltId,
};

/// Items of a page when the caller names no size.
const DEFAULT_SIZE: u32 = 50;
/// The largest page: some hundred kilobytes.
const MAX_SIZE: u32 = 200;

/// What the routes read.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    /// The guard.
    pub guard: Guard,
    /// What fires.
    pub alarms: Alarms,
    /// What people want to read with the figures.
    pub facts: Facts,
}

#[derive(OpenApi)]
#[openapi(
    info(title = "relayer-invariant-guard", description = "Verdicts, halts, incidents and pages of a guard."),
    paths(status, verdicts, halts, incidents, incident_report, health, performance, alerts),
    components(schemas(
        Balance,
        Board,
        Dependency,
        Event,
        Finding,
        Gap,
        Halt,
        HaltedScope,
        Incident,
        Lease,
        Measure,
        Performance,
        Problem,
        Severity,
        Status,
        SystemHealth,
        Verdict,
    ))
)]
struct Document;

/// `/api/v1/guard/…` and its document at `/api/v1/openapi.json`.
pub(crate) fn router(api: Api) -> Router {
    Router::new()
        .route("/api/v1/guard/status", get(status))
        .route("/api/v1/guard/verdicts", get(verdicts))
        .route("/api/v1/guard/halts", get(halts))
        .route("/api/v1/guard/incidents", get(incidents))
        .route("/api/v1/guard/incidents/{incident_id}/report", get(incident_report))
        .route("/api/v1/guard/dashboards/health", get(health))
        .route("/api/v1/guard/dashboards/performance", get(performance))
        .route("/api/v1/guard/dashboards/alerts", get(alerts))
        .route("/api/v1/openapi.json", get(async || Json(Document::openapi())))
        .with_state(api)
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// A parameter is not as it must be.
    #[error("expected {0}")]
    Invalid(&'static str),
    /// The guard refused.
    #[error(transparent)]
    Guard(#[from] app::Error),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Guard(error.into())
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, reason) = match &self {
            Self::Invalid(_) => (StatusCode::BAD_REQUEST, "INVALID"),
            Self::Guard(app::Error::IncidentUnknown) => (StatusCode::NOT_FOUND, "INCIDENT_UNKNOWN"),
            Self::Guard(error) => {
                tracing::error!(error = %Chain(error), "request failed");
                (StatusCode::SERVICE_UNAVAILABLE, "STORE_UNAVAILABLE")
            }
        };
        (status, Json(Problem { reason, message: self.to_string() })).into_response()
    }
}

type Asked = Result<Query<PageQuery>, QueryRejection>;

/// Size and start of a page.
fn page(asked: Asked) -> Result<(u32, PageQuery), Error> {
    let Query(query) = asked.map_err(|_| Error::Invalid("page_size, after and active"))?;
    match query.page_size.unwrap_or(DEFAULT_SIZE) {
        size @ 1..=MAX_SIZE => Ok((size, query)),
        _ => Err(Error::Invalid("a page_size of 1 to 200")),
    }
}

/// The token of the page behind a full one.
fn paged<R, T>(rows: &[R], size: u32, show: impl Fn(&R) -> T, key: impl Fn(&R) -> Uuid) -> Page<T> {
    let is_full = u32::try_from(rows.len()).is_ok_and(|count| count >= size);
    let next = rows.last().filter(|_| is_full).map(|row| key(row).to_string());
    Page { items: rows.iter().map(show).collect(), next }
}

fn halt(id: Uuid) -> HaltId {
    HaltId::new(id.as_u128())
}

/// What is granted, halted and known.
#[utoipa::path(get, path = "/api/v1/guard/status", responses((status = 200, body = Status)))]
async fn status(State(api): State<Api>) -> Result<Json<Status>, Error> {
    Ok(Json(api.guard.status().await?.into()))
}

/// Verdicts, newest first.
#[utoipa::path(get, path = "/api/v1/guard/verdicts", params(PageQuery), responses((status = 200, body = Page<Verdict>)))]
async fn verdicts(State(api): State<Api>, query: Asked) -> Result<Json<Page<Verdict>>, Error> {
    let (size, query) = page(query)?;
    let rows = api.guard.list_verdicts(None, query.after, size).await?;
    Ok(Json(paged(&rows, size, |row| Verdict::from(row), |row| row.id)))
}

/// Halts, newest first.
#[utoipa::path(get, path = "/api/v1/guard/halts", params(PageQuery), responses((status = 200, body = Page<Halt>)))]
async fn halts(State(api): State<Api>, query: Asked) -> Result<Json<Page<Halt>>, Error> {
    let (size, query) = page(query)?;
    let which = if query.active { Which::Active } else { Which::All };
    let rows = api.guard.list_halts(which, query.after.map(halt), size).await?;
    Ok(Json(paged(&rows, size, |row| Halt::from(row), |row| Uuid::from_u128(row.halt.id.get()))))
}

/// Incidents, newest first.
#[utoipa::path(get, path = "/api/v1/guard/incidents", params(PageQuery), responses((status = 200, body = Page<Incident>)))]
async fn incidents(State(api): State<Api>, query: Asked) -> Result<Json<Page<Incident>>, Error> {
    let (size, query) = page(query)?;
    let rows = api.guard.list_incidents(None, query.after.map(halt), size).await?;
    Ok(Json(paged(&rows, size, |row| Incident::from(row), |row| Uuid::from_u128(row.halt.halt.id.get()))))
}

/// An incident's report as Markdown.
#[utoipa::path(
    get,
    path = "/api/v1/guard/incidents/{incident_id}/report",
    params(("incident_id" = String, Path)),
    responses((status = 200, content_type = "text/markdown", body = String), (status = 404, body = Problem))
)]
async fn incident_report(State(api): State<Api>, Path(id): Path<Uuid>) -> Result<Response, Error> {
    let dossier = api.guard.incident(halt(id)).await?;
    Ok(([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], report::markdown(&dossier)).into_response())
}

/// Page 1 of the operators' pages: balances, relayer, dependencies.
#[utoipa::path(get, path = "/api/v1/guard/dashboards/health", responses((status = 200, body = SystemHealth)))]
async fn health(State(api): State<Api>) -> Result<Json<SystemHealth>, Error> {
    Ok(Json(api.guard.system_health(&api.facts).await?.into()))
}

/// Page 2: figures with their targets.
#[utoipa::path(get, path = "/api/v1/guard/dashboards/performance", responses((status = 200, body = Performance)))]
async fn performance(State(api): State<Api>) -> Result<Json<Performance>, Error> {
    let (measures, at) = api.guard.performance().await?;
    Ok(Json(Performance { measures: measures.iter().map(Measure::from).collect(), updated_at: at.to_string() }))
}

/// Page 3: alerts by severity and what happened last.
#[utoipa::path(get, path = "/api/v1/guard/dashboards/alerts", responses((status = 200, body = Board)))]
async fn alerts(State(api): State<Api>) -> Result<Json<Board>, Error> {
    Ok(Json(api.guard.alert_board(&api.alarms).await?.into()))
}

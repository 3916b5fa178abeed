//! `/livez`, `/readyz`, `/health` and `/metrics`: paths and shapes are contracts with the operators.
//!
//! They carry no span and no correlation id: a probe every few seconds would drown what matters.

use std::sync::Arc;

use axum::{Json, Router, extract::State, response::IntoResponse, routing::get};
use causeway_telemetry::metrics::{self, Registry};
use http::{StatusCode, header};
use serde::Serialize;

use crate::health::{ComponentReport, Health, LoopReport, Report, State as Condition};

/// What was built and how it is set up, as `/health` shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Build {
    /// The service's name.
    pub service: &'static str,
    /// Its version.
    pub version: &'static str,
    /// The hash of its settings.
    pub config_hash: String,
}

/// The body of `/health`.
#[derive(Debug, Serialize)]
struct Body {
    status: Condition,
    live: bool,
    ready: bool,
    draining: bool,
    #[serde(flatten)]
    build: Build,
    components: Vec<ComponentReport>,
    loops: Vec<LoopReport>,
}

/// The routes for probes and people.
///
/// `/livez` is 503 while a loop is silent for longer than its limit; `/readyz` is 503 while a required
/// part does not serve or a stop was requested; `/health` says both at once as JSON, and is 200 when
/// both are.
pub fn ops_router(health: Health, build: Build) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/health", get(detail))
        .with_state((health, build))
}

/// The route for Prometheus. It belongs on a port of its own, so that it can be kept from users.
pub fn metrics_router(registry: Arc<Registry>) -> Router {
    Router::new().route("/metrics", get(page)).with_state(registry)
}

async fn livez(State((health, _)): State<(Health, Build)>) -> impl IntoResponse {
    let report = health.report();
    let silent = report.loops.iter().filter(|entry| !entry.alive);
    let lines = silent.map(|entry| format!("{}: silent for {} ms\n", entry.name, entry.silent_ms)).collect();
    plain(report.is_live(), lines)
}

async fn readyz(State((health, _)): State<(Health, Build)>) -> impl IntoResponse {
    let report = health.report();
    plain(report.is_ready(), obstacles(&report))
}

fn obstacles(report: &Report) -> String {
    let parts = report.components.iter().filter(|part| part.required && !part.state.serves());
    let lines: String = parts.map(|part| format!("{}: {}: {}\n", part.name, part.state, part.reason)).collect();
    if report.draining { format!("draining\n{lines}") } else { lines }
}

fn plain(good: bool, lines: String) -> impl IntoResponse {
    if good { (StatusCode::OK, "ok\n".to_owned()) } else { (StatusCode::SERVICE_UNAVAILABLE, lines) }
}

async fn detail(State((health, build)): State<(Health, Build)>) -> impl IntoResponse {
    let report = health.report();
    let (live, ready) = (report.is_live(), report.is_ready());
    let status = if live && ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = Body {
        status: report.overall(),
        live,
        ready,
        draining: report.draining,
        build,
        components: report.components,
        loops: report.loops,
    };
    (status, Json(body))
}

async fn page(State(registry): State<Arc<Registry>>) -> impl IntoResponse {
    match metrics::encode(&registry) {
        Ok(page) => (StatusCode::OK, [(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], page).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

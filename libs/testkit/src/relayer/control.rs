//! The control interface: HTTP on loopback, for whoever started the process. It answers nobody else, because nobody else
//! knows the port; it is for development, and has no other protection.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};

use super::{
    Error,
    engine::{Cycle, Misdeed},
    process::Shared,
    status::{Pace, Status},
};

/// The body of `/traffic`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Rate {
    /// Movements per minute; 0 is none.
    pub(super) per_minute: u32,
}

/// The answer of `/misdeed`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Told {
    /// What came of it.
    pub(super) told: String,
}

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/status", get(status))
        .route("/pause", post(pause))
        .route("/resume", post(resume))
        .route("/step", post(step))
        .route("/traffic", post(traffic))
        .route("/misdeed", post(misdeed))
        .with_state(shared)
}

async fn status(State(shared): State<Arc<Shared>>) -> Json<Status> {
    Json(shared.status())
}

/// Answers once the cycle that may be running is over: nothing moves then.
async fn pause(State(shared): State<Arc<Shared>>) -> Json<Status> {
    shared.set_pace(Pace::Paused);
    drop(shared.engine.lock().await);
    Json(shared.status())
}

async fn resume(State(shared): State<Arc<Shared>>) -> Json<Status> {
    shared.set_pace(Pace::Running);
    Json(shared.status())
}

async fn step(State(shared): State<Arc<Shared>>) -> Result<Json<Cycle>, Failed> {
    Ok(Json(shared.cycle().await?))
}

async fn traffic(State(shared): State<Arc<Shared>>, Json(rate): Json<Rate>) -> Json<Status> {
    shared.set_rate(rate.per_minute);
    Json(shared.status())
}

async fn misdeed(State(shared): State<Arc<Shared>>, Json(misdeed): Json<Misdeed>) -> Result<Json<Told>, Failed> {
    let mut engine = shared.engine.lock().await;
    tracing::warn!(?misdeed, "misbehaving by order");
    let told = engine.misbehave(misdeed).await?;
    shared.note_faults(engine.faults);
    Ok(Json(Told { told }))
}

/// Any failure, as text with its causes: it is read by whoever ordered it.
struct Failed(Error);

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, super::chain_of(&self.0)).into_response()
    }
}

//! Which address shows what.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use causeway_runtime::{CancellationToken, clock::Clock};

use super::{
    assets, audit, bridge, change_new, change_step, changes,
    error::{no_page, not_found},
    events, guard, live, maintenance, messages, oidc, oracle, overview,
    posted::LONGEST,
    services, sign_in, tokens,
    unanswered::in_time,
};
use crate::{
    adapters::{siblings::Siblings, store::Store},
    app::{Board, Door, Meters, Reception, Shelf, changes::Desk},
    config::{CALLBACK, Config},
    metrics::Metrics,
};

/// What the pages are made of.
#[derive(Clone)]
pub(crate) struct Pages {
    pub(crate) board: Board,
    pub(crate) store: Store,
    pub(crate) door: Door,
    /// For those whom a provider vouches for; `None`: nobody does.
    pub(crate) reception: Option<Reception>,
    pub(crate) desk: Desk,
    pub(crate) siblings: Siblings,
    pub(crate) shelf: Shelf,
    pub(crate) meters: Meters,
    pub(crate) config: Arc<Config>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Metrics,
    pub(crate) draining: CancellationToken,
}

/// All pages.
pub(crate) fn router(pages: Pages) -> Router {
    let live = live::Streams::new(pages.metrics.streams().clone());
    Router::new()
        .route("/", get(overview::overview))
        .route("/services/{name}", get(services::service))
        .route("/events", get(events::events))
        .route("/oracle", get(oracle::feeds))
        .route("/oracle/{feed}", get(oracle::feed))
        .route("/oracle/{feed}/decisions/{id}", get(oracle::decision))
        .route("/bridge", get(bridge::overview))
        .route("/bridge/incidents/{id}", get(bridge::incident))
        .route("/bridge/incidents/{id}/{verb}", post(bridge::act))
        .route("/tokens", get(tokens::requests))
        .route("/tokens/{id}", get(tokens::request))
        .route("/messages", get(messages::search))
        .route("/messages/lanes", get(messages::lanes))
        .route("/messages/report", get(messages::report))
        .route("/messages/{id}", get(messages::message))
        .route("/changes", get(changes::changes))
        .route("/changes/new", get(change_new::form).post(change_new::propose))
        .route("/changes/{id}", get(changes::change))
        .route("/changes/{id}/{verb}", post(change_step::step))
        .route("/audit", get(audit::audit))
        .route("/maintenance", get(maintenance::maintenance))
        .route("/live", get(live::live))
        .route("/assets/console.css", get(assets::style))
        .route("/assets/console.js", get(assets::script))
        .route("/assets/icon.svg", get(assets::icon))
        .route("/sign-in", get(sign_in::form).post(sign_in::enter))
        .route("/sign-in/provider", get(oidc::begin))
        .route(CALLBACK, get(oidc::end))
        .route("/sign-out", post(sign_in::leave))
        .route("/signed-out", get(oidc::out))
        .fallback(not_found)
        .method_not_allowed_fallback(no_page)
        .layer(middleware::from_fn_with_state(pages.clone(), sign_in::known))
        .layer(middleware::from_fn(in_time))
        .layer(middleware::from_fn(guard::protect))
        .layer(axum::Extension(live))
        .layer(DefaultBodyLimit::max(LONGEST))
        .with_state(pages)
}

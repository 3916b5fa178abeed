//! The routes and their OpenAPI document.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use causeway_primitives::{FeedId, RoundId};
use causeway_runtime::clock::Clock;
use utoipa::OpenApi;

use super::dto::{
    Decision, ExplainedRule, ExplainedSource, Explanation, Position, Price, Prices, Problem, Round, Rounds,
    RoundsQuery, Source, Sources, SourcesQuery,
};
use crate::{
    app::{page, view::Views},
    error::Error,
    ports::{DecisionQuery, Records},
};

/// What the routes read.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    /// The read model.
    pub views: Views,
    /// What was stored.
    pub records: Arc<dyn Records>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

#[derive(OpenApi)]
#[openapi(
    info(title = "oracle-publisher", description = "Prices, rounds and sources of an oracle-publisher."),
    paths(prices, price, rounds, decision, latest_decision, round_explanation, sources),
    components(schemas(
        Decision,
        ExplainedRule,
        ExplainedSource,
        Explanation,
        Position,
        Price,
        Prices,
        Problem,
        Round,
        Rounds,
        Source,
        Sources,
    ))
)]
pub(super) struct Document;

/// `/api/v1/…` and its document at `/api/v1/openapi.json`.
pub(crate) fn router(api: Api) -> Router {
    Router::new()
        .route("/api/v1/prices", get(prices))
        .route("/api/v1/prices/{feed_id}", get(price))
        .route("/api/v1/rounds", get(rounds))
        .route("/api/v1/rounds/{feed_id}/{round_id}", get(round_explanation))
        .route("/api/v1/decisions/{feed_id}", get(latest_decision))
        .route("/api/v1/decisions/{feed_id}/{decision_id}", get(decision))
        .route("/api/v1/sources", get(sources))
        .route("/api/v1/openapi.json", get(async || Json(Document::openapi())))
        .with_state(api)
}

/// Every feed's price.
/// The page's fields, as the query names them.
const FIELDS: page::Fields = page::Fields { size: "page_size", token: "page_token" };

#[utoipa::path(get, path = "/api/v1/prices", responses((status = 200, body = Prices)))]
async fn prices(State(api): State<Api>) -> Json<Prices> {
    let now = api.clock.now();
    Json(Prices { prices: api.views.list_feeds().iter().map(|view| Price::new(view, now)).collect() })
}

/// One feed's price.
#[utoipa::path(
    get,
    path = "/api/v1/prices/{feed_id}",
    params(("feed_id" = String, Path, description = "for example eur-usd")),
    responses((status = 200, body = Price), (status = 404, body = Problem))
)]
async fn price(State(api): State<Api>, Path(feed): Path<String>) -> Result<Json<Price>, Error> {
    let feed = feed_id(&feed)?;
    let view = api.views.find_feed(&feed).ok_or(Error::FeedUnknown { feed })?;
    Ok(Json(Price::new(&view, api.clock.now())))
}

/// Rounds, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/rounds",
    params(RoundsQuery),
    responses((status = 200, body = Rounds), (status = 400, body = Problem))
)]
async fn rounds(
    State(api): State<Api>,
    query: Result<Query<RoundsQuery>, QueryRejection>,
) -> Result<Json<Rounds>, Error> {
    let Query(query) =
        query.map_err(|_| Error::Invalid { field: "query", expected: "feed_id, page_size, page_token" })?;
    let feed = query.feed_id.as_deref().map(feed_id).transpose()?;
    let page = page::rounds(api.records.as_ref(), feed.as_ref(), query.page_size, &query.page_token, FIELDS).await?;
    Ok(Json(page.into()))
}

/// Why a round was published.
#[utoipa::path(
    get,
    path = "/api/v1/rounds/{feed_id}/{round_id}",
    params(("feed_id" = String, Path), ("round_id" = String, Path, description = "up to 80 bits")),
    responses((status = 200, body = Explanation), (status = 404, body = Problem))
)]
async fn round_explanation(
    State(api): State<Api>,
    Path((feed, round)): Path<(String, String)>,
) -> Result<Json<Explanation>, Error> {
    let round = round.parse().map_err(|_| Error::Invalid { field: "round_id", expected: "a round id" })?;
    explain(&api, &feed, DecisionQuery::Round(RoundId::new(round))).await
}

/// The latest decision of a feed, published or not.
#[utoipa::path(
    get,
    path = "/api/v1/decisions/{feed_id}",
    params(("feed_id" = String, Path)),
    responses((status = 200, body = Explanation), (status = 404, body = Problem))
)]
async fn latest_decision(State(api): State<Api>, Path(feed): Path<String>) -> Result<Json<Explanation>, Error> {
    explain(&api, &feed, DecisionQuery::Latest).await
}

/// One decision of a feed, published or not.
#[utoipa::path(
    get,
    path = "/api/v1/decisions/{feed_id}/{decision_id}",
    params(("feed_id" = String, Path), ("decision_id" = u64, Path)),
    responses((status = 200, body = Explanation), (status = 404, body = Problem))
)]
async fn decision(
    State(api): State<Api>,
    Path((feed, id)): Path<(String, String)>,
) -> Result<Json<Explanation>, Error> {
    let id = id.parse().map_err(|_| Error::Invalid { field: "decision_id", expected: "a decision id" })?;
    explain(&api, &feed, DecisionQuery::Id(id)).await
}

/// Sources with their state.
#[utoipa::path(
    get,
    path = "/api/v1/sources",
    params(SourcesQuery),
    responses((status = 200, body = Sources), (status = 400, body = Problem))
)]
async fn sources(
    State(api): State<Api>,
    query: Result<Query<SourcesQuery>, QueryRejection>,
) -> Result<Json<Sources>, Error> {
    let Query(query) = query.map_err(|_| Error::Invalid { field: "query", expected: "feed_id" })?;
    let feed = query.feed_id.as_deref().map(feed_id).transpose()?;
    let views = api.views.list_sources();
    let wanted = views.iter().filter(|view| feed.as_ref().is_none_or(|feed| *feed == view.feed));
    Ok(Json(Sources { sources: wanted.map(|view| Source::from(view.as_ref())).collect() }))
}

fn feed_id(text: &str) -> Result<FeedId, Error> {
    text.parse().map_err(|_| Error::Invalid { field: "feed_id", expected: "a feed id, for example eur-usd" })
}

async fn explain(api: &Api, feed: &str, query: DecisionQuery) -> Result<Json<Explanation>, Error> {
    let explained = page::explain(api.records.as_ref(), &feed_id(feed)?, &query).await?;
    Explanation::try_from(explained).map(Json)
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::FeedUnknown { .. } | Self::SourceUnknown { .. } | Self::RoundUnknown { .. } => StatusCode::NOT_FOUND,
            Self::Invalid { .. } => StatusCode::BAD_REQUEST,
            Self::NotLeader => StatusCode::CONFLICT,
            Self::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(error) if error.is_retryable() => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) | Self::Record(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status.is_server_error() {
            tracing::error!(error = &self as &dyn std::error::Error, "request failed");
        }
        (status, Json(Problem { reason: self.reason(), message: self.to_string() })).into_response()
    }
}

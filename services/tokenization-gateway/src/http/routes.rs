//! The routes that look, their OpenAPI document, and where the others are put.

use std::str::FromStr;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    routing::{get, post},
};
use utoipa::OpenApi;

use super::{
    dto::{AnswerBody, Answers, AssetBody, Assets, RequestBody, Requests, RequestsQuery, Why},
    orders,
    problem::Problem,
};
use crate::{
    adapters::store::Filter,
    app::{Api, Decision, Shown},
    config::Right,
    domain::{actor::Actor, saga::State as Place},
};

/// The longest page.
const MAX_PAGE: u32 = 500;

/// The longest reason that a person gives.
const LONGEST_REASON: usize = 500;

impl Api {
    /// Lets a caller in who has a right.
    ///
    /// # Errors
    /// [`Problem`] with 401 for nobody known, 403 for somebody who may not.
    pub(super) fn admit(&self, headers: &HeaderMap, right: Right) -> Result<Actor, Problem> {
        let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        Ok(self.door.admit(Shown::Token(token.unwrap_or_default()), right)?)
    }
}

#[derive(OpenApi)]
#[openapi(
    info(title = "tokenization-gateway", description = "Messages and instructions in, requests and books out."),
    paths(
        assets,
        requests,
        request,
        approve,
        refuse,
        release,
        answers,
        replay,
        orders::submit,
        orders::tokenize,
        orders::mint,
        orders::transfer,
        orders::redeem,
        orders::bridge
    )
)]
struct Document;

/// `/api/v1/…` and its document at `/api/v1/openapi.json`.
pub(crate) fn router(api: Api) -> Router {
    Router::new()
        .route("/api/v1/assets", get(assets))
        .route("/api/v1/requests", get(requests))
        .route("/api/v1/requests/{request_id}", get(request))
        .route("/api/v1/requests/{request_id}/approve", post(approve))
        .route("/api/v1/requests/{request_id}/refuse", post(refuse))
        .route("/api/v1/requests/{request_id}/release", post(release))
        .route("/api/v1/requests/{request_id}/answers", get(answers))
        .route("/api/v1/answers/{answer_id}/replay", post(replay))
        .route("/api/v1/messages", post(orders::submit))
        .route("/api/v1/tokenize/iso20022", post(orders::tokenize))
        .route("/api/v1/tokens/mint", post(orders::mint))
        .route("/api/v1/tokens/transfer", post(orders::transfer))
        .route("/api/v1/tokens/redeem", post(orders::redeem))
        .route("/api/v1/tokens/bridge", post(orders::bridge))
        .route("/api/v1/openapi.json", get(async || Json(Document::openapi())))
        // The port has a limit of its own, from the settings; axum's would be below it.
        .layer(DefaultBodyLimit::disable())
        .with_state(api)
}

/// The assets, and how their books stand.
#[utoipa::path(get, path = "/api/v1/assets", responses((status = 200, body = Assets), (status = 401, body = Problem)))]
async fn assets(State(api): State<Api>, headers: HeaderMap) -> Result<Json<Assets>, Problem> {
    api.admit(&headers, Right::Read)?;
    let comparisons = api.comparisons.borrow().clone();
    let told = api.catalogue.assets().map(|(id, asset)| AssetBody::new(id, asset, comparisons.get(id)));
    Ok(Json(Assets { assets: told.collect() }))
}

/// Requests, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/requests",
    params(RequestsQuery),
    responses((status = 200, body = Requests), (status = 400, body = Problem))
)]
async fn requests(
    State(api): State<Api>,
    headers: HeaderMap,
    query: Result<Query<RequestsQuery>, QueryRejection>,
) -> Result<Json<Requests>, Problem> {
    api.admit(&headers, Right::Read)?;
    let known = "state, reason, asset, uetr, page_size and page_token";
    let Query(query) = query.map_err(|_| Problem::invalid("query", known))?;
    let size = query.page_size.unwrap_or(50);
    if !(1..=MAX_PAGE).contains(&size) {
        return Err(Problem::invalid("page_size", "a number between 1 and 500"));
    }
    let before = match query.page_token.as_deref() {
        None | Some("") => None,
        Some(token) => Some(find(&api, token, "page_token").await?),
    };
    let filter = filter(&query)?;
    let mut found = api.store.list_requests(&filter, before.as_ref(), size.saturating_add(1)).await?;
    let more = found.len() > usize::try_from(size).unwrap_or(usize::MAX);
    found.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let next_page_token = found.last().filter(|_| more).map(|last| last.id.to_string());
    let requests = found.into_iter().map(|request| RequestBody::new(request, Vec::new())).collect();
    Ok(Json(Requests { requests, next_page_token }))
}

fn filter(query: &RequestsQuery) -> Result<Filter, Problem> {
    let state = query.state.as_deref().map(|word| {
        let known = Place::every().map(Place::as_str).find(|known| *known == word);
        known.ok_or_else(|| Problem::invalid("state", "a state, in small letters"))
    });
    let reason = query.reason.as_deref().map(|word| {
        let known = Place::every().map(Place::reason).find(|known| !known.is_empty() && *known == word);
        known.ok_or_else(|| Problem::invalid("reason", "a reason as requests have it, such as awaits_approval"))
    });
    let asset =
        query.asset.as_deref().map(|asset| asset.parse().map_err(|_| Problem::invalid("asset", "an asset's id")));
    Ok(Filter {
        state: state.transpose()?,
        reasons: reason.transpose()?.into_iter().collect(),
        asset: asset.transpose()?,
        uetr: query.uetr.clone(),
        ..Filter::default()
    })
}

/// A request with its timeline.
#[utoipa::path(
    get,
    path = "/api/v1/requests/{request_id}",
    params(("request_id" = String, Path)),
    responses((status = 200, body = RequestBody), (status = 404, body = Problem))
)]
async fn request(
    State(api): State<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<RequestBody>, Problem> {
    api.admit(&headers, Right::Read)?;
    let found = find(&api, &id, "request_id").await?;
    let steps = api.store.list_steps(found.id).await?;
    Ok(Json(RequestBody::new(found, steps)))
}

/// A second person's leave.
#[utoipa::path(
    post,
    path = "/api/v1/requests/{request_id}/approve",
    params(("request_id" = String, Path)),
    responses((status = 200, body = RequestBody), (status = 403, body = Problem), (status = 409, body = Problem))
)]
async fn approve(
    State(api): State<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<RequestBody>, Problem> {
    decide(&api, &headers, &id, (Decision::Approve, None)).await
}

/// Refuses a request that waits. A reason is recorded, if one is given.
#[utoipa::path(
    post,
    path = "/api/v1/requests/{request_id}/refuse",
    params(("request_id" = String, Path)),
    request_body = Option<Why>,
    responses((status = 200, body = RequestBody), (status = 409, body = Problem))
)]
async fn refuse(
    State(api): State<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<RequestBody>, Problem> {
    let told =
        (!body.is_empty()).then(|| orders::read::<Why>(&body, "nothing, or an object with a reason")).transpose()?;
    let why = told.as_ref().map(|told| told.reason.as_str());
    if why.is_some_and(|why| why.chars().count() > LONGEST_REASON || why.chars().any(char::is_control)) {
        return Err(Problem::invalid("reason", "one sentence of at most 500 characters"));
    }
    decide(&api, &headers, &id, (Decision::Refuse, why)).await
}

/// Lets a request that waits try again.
#[utoipa::path(
    post,
    path = "/api/v1/requests/{request_id}/release",
    params(("request_id" = String, Path)),
    responses((status = 200, body = RequestBody), (status = 403, body = Problem), (status = 409, body = Problem))
)]
async fn release(
    State(api): State<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<RequestBody>, Problem> {
    decide(&api, &headers, &id, (Decision::Release, None)).await
}

/// What was told of a request.
#[utoipa::path(
    get,
    path = "/api/v1/requests/{request_id}/answers",
    params(("request_id" = String, Path)),
    responses((status = 200, body = Answers), (status = 404, body = Problem))
)]
async fn answers(State(api): State<Api>, headers: HeaderMap, Path(id): Path<String>) -> Result<Json<Answers>, Problem> {
    api.admit(&headers, Right::Read)?;
    let found = find(&api, &id, "request_id").await?;
    let answers = api.store.list_answers(found.id).await?;
    Ok(Json(Answers { answers: answers.into_iter().map(AnswerBody::from).collect() }))
}

/// Sends an answer again, under its own name.
#[utoipa::path(
    post,
    path = "/api/v1/answers/{answer_id}/replay",
    params(("answer_id" = String, Path)),
    responses((status = 200, body = AnswerBody), (status = 404, body = Problem))
)]
async fn replay(
    State(api): State<Api>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<AnswerBody>, Problem> {
    let person = api.admit(&headers, Right::Decide)?;
    let answer = api.desk.replay(read_id(&id, "answer_id")?, &person).await?;
    answer.map(|answer| Json(answer.into())).ok_or_else(|| Problem::unknown("answer"))
}

async fn decide(
    api: &Api,
    headers: &HeaderMap,
    id: &str,
    (decision, why): (Decision, Option<&str>),
) -> Result<Json<RequestBody>, Problem> {
    let person = api.admit(headers, Right::Decide)?;
    let decided = api.desk.decide(read_id(id, "request_id")?, &person, decision, why).await??;
    tracing::info!(request_id = %decided.id, actor = %person, state = decided.saga.state.as_str(), "request decided");
    Ok(Json(RequestBody::new(decided, Vec::new())))
}

async fn find(api: &Api, id: &str, field: &str) -> Result<crate::domain::request::Request, Problem> {
    let found = api.store.find_request(read_id(id, field)?).await?;
    found.ok_or_else(|| Problem::unknown("request"))
}

fn read_id<T: FromStr>(text: &str, field: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "invalid", format!("`{field}` must be a UUID")))
}

//! The routes and their OpenAPI document.

use std::time::Duration;

use axum::{Json, Router, extract::State, routing::get};
use utoipa::OpenApi;

use super::{
    api::Api,
    dto::{
        Answer, Attempt, Balance, Chain, Destination, Diagnosis, DiagnosisStep, Finding, Findings, FindingsQuery,
        HistoryStep, Lane, LaneStatistics, Lanes, Manual, Message, MessageDetail, Messages, MessagesQuery,
        NoParameters, Position, Source, Statistics, StatisticsQuery, TokenAmount,
    },
    events,
    extract::{Asked, Segments},
    pages,
    problem::Problem,
    reports,
};
use crate::{
    app::{
        page,
        reports::{
            AccessPart, ActivityPart, AmountPart, ChainPart, CostPart, CountPart, CoveragePart, DayFeesPart,
            ErrorKindPart, ErrorsPart, FeesPart, FindingPart, FormatPart, HourPart, LaneFeesPart, LatencyPart,
            OpportunityPart, OutlierPart, OutliersPart, PartyPart, ReportDocument, RoomPart, SecurityPart, SettingPart,
            VolumePart, WindowPart,
        },
    },
    error::Error,
};

/// The window of statistics when none is given.
const DAY: Duration = Duration::from_secs(86_400);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "ccip-monitor",
        description = "Cross-chain messages: where each is, why, and what all of them together say."
    ),
    paths(
        messages,
        message,
        diagnosis,
        transaction_messages,
        lanes,
        findings,
        statistics,
        reports::report,
        events::events
    ),
    components(schemas(
        Answer,
        Attempt,
        Balance,
        Chain,
        Destination,
        Diagnosis,
        DiagnosisStep,
        Finding,
        Findings,
        HistoryStep,
        Lane,
        LaneStatistics,
        Lanes,
        Manual,
        Message,
        MessageDetail,
        Messages,
        Position,
        Problem,
        Source,
        Statistics,
        TokenAmount,
        ReportDocument,
        AccessPart,
        ActivityPart,
        AmountPart,
        ChainPart,
        CostPart,
        CountPart,
        CoveragePart,
        DayFeesPart,
        ErrorKindPart,
        ErrorsPart,
        FeesPart,
        FindingPart,
        FormatPart,
        HourPart,
        LaneFeesPart,
        LatencyPart,
        OpportunityPart,
        OutlierPart,
        OutliersPart,
        PartyPart,
        RoomPart,
        SecurityPart,
        SettingPart,
        VolumePart,
        WindowPart,
    ))
)]
pub(super) struct Document;

/// `/api/v1/ccip/…`, its document at `/api/v1/openapi.json`, and the pages at `/` and `/messages/…`.
pub fn router(api: Api) -> Router {
    Router::new()
        .route("/api/v1/ccip/messages", get(messages))
        .route("/api/v1/ccip/messages/{message_id}", get(message))
        .route("/api/v1/ccip/messages/{message_id}/diagnosis", get(diagnosis))
        .route("/api/v1/ccip/transactions/{chain_id}/{tx_hash}/messages", get(transaction_messages))
        .route("/api/v1/ccip/lanes", get(lanes))
        .route("/api/v1/ccip/findings", get(findings))
        .route("/api/v1/ccip/statistics", get(statistics))
        .route("/api/v1/ccip/reports", get(reports::report))
        .route("/api/v1/ccip/events", get(events::events))
        .route("/api/v1/openapi.json", get(async || Json(Document::openapi())))
        .merge(pages::router())
        .with_state(api)
}

/// Messages, newest first, in pages.
#[utoipa::path(
    get,
    path = "/api/v1/ccip/messages",
    params(MessagesQuery),
    responses((status = 200, body = Messages), (status = 400, body = Problem))
)]
async fn messages(State(api): State<Api>, Asked(query): Asked<MessagesQuery>) -> Result<Json<Messages>, Error> {
    let page = page::messages(api.records.as_ref(), &query.filter()?, query.limit()?, query.cursor()).await?;
    Ok(Json(page.into()))
}

/// One message with its history and its executions.
#[utoipa::path(
    get,
    path = "/api/v1/ccip/messages/{message_id}",
    params(("message_id" = String, Path, description = "0x and 64 hexadecimal digits")),
    responses((status = 200, body = MessageDetail), (status = 400, body = Problem), (status = 404, body = Problem))
)]
async fn message(
    State(api): State<Api>,
    Segments(id): Segments<String>,
    Asked(NoParameters {}): Asked<NoParameters>,
) -> Result<Json<MessageDetail>, Error> {
    let detail = page::detail(api.records.as_ref(), page::message_id(&id)?).await?;
    Ok(Json(MessageDetail::from(&detail)))
}

/// Why a message is where it is, step by step with the reads that prove it, and what to do next.
#[utoipa::path(
    get,
    path = "/api/v1/ccip/messages/{message_id}/diagnosis",
    params(("message_id" = String, Path, description = "0x and 64 hexadecimal digits")),
    responses(
        (status = 200, body = Diagnosis),
        (status = 400, body = Problem),
        (status = 404, body = Problem),
        (status = 504, description = "the chains answer too slowly, or too many ask", body = Problem),
    )
)]
async fn diagnosis(
    State(api): State<Api>,
    Segments(id): Segments<String>,
    Asked(NoParameters {}): Asked<NoParameters>,
) -> Result<Json<Diagnosis>, Error> {
    let diagnosed = page::diagnosis(&api.diagnoser, page::message_id(&id)?).await?;
    Ok(Json(Diagnosis::from(diagnosed)))
}

/// The messages of a transaction of either side, in the order of their logs.
#[utoipa::path(
    get,
    path = "/api/v1/ccip/transactions/{chain_id}/{tx_hash}/messages",
    params(
        ("chain_id" = u64, Path, description = "EIP-155"),
        ("tx_hash" = String, Path, description = "0x and 64 hexadecimal digits")
    ),
    responses((status = 200, body = Messages), (status = 400, body = Problem))
)]
async fn transaction_messages(
    State(api): State<Api>,
    Segments((chain, tx)): Segments<(String, String)>,
    Asked(NoParameters {}): Asked<NoParameters>,
) -> Result<Json<Messages>, Error> {
    let (chain, tx) = (page::chain_id("chain_id", &chain)?, page::tx_hash(&tx)?);
    let rows = page::of_transaction(api.records.as_ref(), chain, tx).await?;
    Ok(Json(rows.into()))
}

/// Chains and lanes as they were last looked at.
#[utoipa::path(get, path = "/api/v1/ccip/lanes", responses((status = 200, body = Lanes), (status = 400, body = Problem)))]
async fn lanes(State(api): State<Api>, Asked(NoParameters {}): Asked<NoParameters>) -> Json<Lanes> {
    Json(Lanes {
        chains: api.views.list_chains().iter().map(Chain::from).collect(),
        lanes: api.views.list_lanes().iter().map(Lane::from).collect(),
    })
}

/// What was seen and must never be, newest first, in pages.
#[utoipa::path(
    get,
    path = "/api/v1/ccip/findings",
    params(FindingsQuery),
    responses((status = 200, body = Findings), (status = 400, body = Problem))
)]
async fn findings(State(api): State<Api>, Asked(query): Asked<FindingsQuery>) -> Result<Json<Findings>, Error> {
    let page = page::findings(api.reports.as_ref(), query.limit()?, query.cursor()).await?;
    Ok(Json(page.into()))
}

/// Each lane in figures over a window, by cohort of sends.
#[utoipa::path(
    get,
    path = "/api/v1/ccip/statistics",
    params(StatisticsQuery),
    responses((status = 200, body = Statistics), (status = 400, body = Problem))
)]
async fn statistics(State(api): State<Api>, Asked(query): Asked<StatisticsQuery>) -> Result<Json<Statistics>, Error> {
    let before = query.before.as_deref().map_or_else(|| Ok(api.clock.now()), |text| page::time("before", text))?;
    let from = query.from.as_deref().map_or_else(|| Ok(page::earlier(before, DAY)), |text| page::time("from", text))?;
    let window = page::window("before", from, before)?;
    let lanes = api.records.list_lane_stats(window.from(), window.before()).await?;
    Ok(Json(Statistics::new(window, &lanes)))
}

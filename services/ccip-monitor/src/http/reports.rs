//! Reports over a window, as JSON or Markdown.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use super::{api::Api, dto::ReportQuery, extract::Asked, problem::Problem};
use crate::{
    app::{
        page,
        reports::{self, ReportDocument},
    },
    domain::report::Span,
    error::Error,
};

/// What a window was like: volume, success, latency, fees, errors, throughput, security, cost.
#[utoipa::path(
    get,
    path = "/api/v1/ccip/reports",
    params(ReportQuery),
    responses(
        (status = 200, description = "with `format=md` the same as text/markdown", body = ReportDocument),
        (status = 400, body = Problem),
    )
)]
pub(super) async fn report(State(api): State<Api>, Asked(query): Asked<ReportQuery>) -> Result<Response, Error> {
    if query.window.is_some() && query.from.is_some() {
        return Err(Error::Invalid { field: "window", expected: "absent where `from` is given" });
    }
    let span = query.window.as_deref().map_or(Ok(Span::Week), span)?;
    let from = query.from.as_deref().map(|text| page::time("from", text)).transpose()?;
    let until = query.until.as_deref().map(|text| page::time("until", text)).transpose()?;
    let format = query.format.as_deref().map_or(Ok(Format::Json), format)?;
    let window = reports::window(span, from, until, api.clock.now())?;
    let report = reports::report(api.reports.as_ref(), &api.policy, window).await?;
    Ok(match format {
        Format::Json => Json(report).into_response(),
        Format::Markdown => {
            ([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], report.to_markdown()?).into_response()
        }
    })
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Json,
    Markdown,
}

fn format(text: &str) -> Result<Format, Error> {
    match text {
        "json" => Ok(Format::Json),
        "md" => Ok(Format::Markdown),
        _ => Err(Error::Invalid { field: "format", expected: "json or md" }),
    }
}

fn span(text: &str) -> Result<Span, Error> {
    Span::from_name(text).ok_or(Error::Invalid { field: "window", expected: "day, week or month" })
}

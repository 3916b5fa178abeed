//! What some days were like, by the monitor's own report.

use askama::Template;
use axum::{
    Extension,
    extract::{RawQuery, State},
    response::Response,
};
use causeway_primitives::Timestamp;
use causeway_proto::ccip::v1::{
    GetReportRequest, GetReportResponse, ReportSpan, ccip_service_client::CcipServiceClient,
};
use serde::Deserialize;

use super::{
    super::{
        ages::day,
        charts::{Series, picture},
        marks::{Code, exactly},
        params::Params,
        routes::Pages,
        show::{Page, show, written},
    },
    message::fee,
};
use crate::{
    adapters::{
        siblings::{Sibling, Unanswered},
        wire::{moment, name, sentence},
    },
    app::Person,
    domain::{figures::grouped, text::inert},
};

/// What can be asked for.
const SPANS: [(&str, ReportSpan); 3] =
    [("day", ReportSpan::Day), ("week", ReportSpan::Week), ("month", ReportSpan::Month)];
/// Rows of a table.
const MOST: usize = 200;
/// Characters of the whole report.
const LONGEST: usize = 100_000;

/// The parts of a `ReportDocument` that are shown as tables; the rest is in its words. What a newer monitor adds is passed
/// over.
#[derive(Debug, Deserialize)]
struct Document {
    coverage: Coverage,
    volume: Vec<Volume>,
    fees: Fees,
    errors: Errors,
    activity: Activity,
}

#[derive(Debug, Deserialize)]
struct Coverage {
    whole: bool,
    open_holes: u64,
}

#[derive(Debug, Deserialize)]
struct Volume {
    lane: Option<String>,
    sent: u64,
    executed: u64,
    failed: u64,
    expired: u64,
    pending: u64,
    success_rate_percent: Option<String>,
    latency: Option<Latency>,
}

#[derive(Debug, Deserialize)]
struct Latency {
    mean_ms: u64,
    p95_ms: u64,
    p99_ms: u64,
    longest_ms: u64,
}

#[derive(Debug, Deserialize)]
struct Fees {
    lanes: Vec<LaneFees>,
}

#[derive(Debug, Deserialize)]
struct LaneFees {
    lane: String,
    token: String,
    messages: u64,
    total: String,
    per_message: String,
    trend: String,
    trend_percent: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Errors {
    kinds: Vec<ErrorKind>,
    unlisted: u64,
}

#[derive(Debug, Deserialize)]
struct ErrorKind {
    lane: String,
    reason: String,
    attempts: u64,
    share_percent: String,
    example: String,
}

#[derive(Debug, Deserialize)]
struct Activity {
    days: Vec<Count>,
}

#[derive(Debug, Deserialize)]
struct Count {
    start: String,
    sent: u64,
    executed: u64,
}

#[derive(Template)]
#[template(path = "messages/report.html")]
struct Shown {
    spans: Vec<(&'static str, bool)>,
    from: String,
    until: String,
    whole: bool,
    holes: u64,
    volume: Vec<VolumeRow>,
    days: String,
    fees: Vec<FeeRow>,
    errors: Vec<ErrorRow>,
    unlisted: u64,
    markdown: String,
}

struct VolumeRow {
    lane: String,
    counts: [String; 5],
    rate: String,
    took: Option<[String; 4]>,
}

struct FeeRow {
    lane: String,
    messages: String,
    total: String,
    each: String,
    trend: String,
}

struct ErrorRow {
    lane: String,
    reason: String,
    attempts: String,
    share: String,
    example: Code,
}

pub(in super::super) async fn report(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = Params::of(query.as_deref(), &["span"]).and_then(|params| {
        let span = params.one_of("span", &SPANS)?.unwrap_or(ReportSpan::Week);
        Ok((span, params.key("/messages/report")))
    });
    let span = asked.as_ref().map_or(ReportSpan::Week, |(span, _)| *span);
    let service = pages.siblings.monitor.name();
    let page = asked.map(|(_, key)| Page { title: "Report".to_owned(), service, key });
    show((&pages, &person), page, of(&pages.siblings.monitor, span)).await
}

async fn of(monitor: &Sibling, span: ReportSpan) -> Result<String, Unanswered> {
    let call = |client, request| async move { CcipServiceClient::new(client).get_report(request).await };
    let GetReportResponse { from, before, document_json, markdown } =
        monitor.ask(GetReportRequest { span: span.into() }, call).await?;
    let document: Document = serde_json::from_str(&document_json)
        .map_err(|_| Unanswered::Strange("a report that this console cannot read"))?;
    written(&Shown {
        spans: SPANS.iter().map(|(word, one)| (*word, *one == span)).collect(),
        from: moment(from.as_ref()).map(day).unwrap_or_default(),
        until: moment(before.as_ref()).map(day).unwrap_or_default(),
        whole: document.coverage.whole,
        holes: document.coverage.open_holes,
        days: days(&document.activity.days)?,
        volume: document.volume.iter().take(MOST).map(volume).collect(),
        fees: document.fees.lanes.iter().take(MOST).map(fees).collect(),
        errors: document.errors.kinds.iter().take(MOST).map(error).collect(),
        unlisted: document.errors.unlisted,
        markdown: markdown
            .lines()
            .map(|line| inert(line, 2_000))
            .collect::<Vec<_>>()
            .join("\n")
            .chars()
            .take(LONGEST)
            .collect(),
    })
}

fn days(counts: &[Count]) -> Result<String, Unanswered> {
    let points = |of: fn(&Count) -> u64| -> Vec<(u64, i128)> {
        let at = |count: &Count| {
            Timestamp::from_rfc3339(&count.start).ok().map(|start| (start.as_secs(), i128::from(of(count))))
        };
        counts.iter().take(MOST).filter_map(at).collect()
    };
    let series = [
        Series { name: "sent".to_owned(), class: "a", joined: true, points: points(|count| count.sent) },
        Series { name: "executed".to_owned(), class: "b", joined: true, points: points(|count| count.executed) },
    ];
    picture("Messages a day", &series, true, |count| grouped(&count.to_string()))
}

fn volume(row: &Volume) -> VolumeRow {
    let millis = |millis| exactly(std::time::Duration::from_millis(millis));
    VolumeRow {
        lane: row.lane.as_deref().map_or_else(|| "all lanes".to_owned(), name),
        counts: [row.sent, row.executed, row.failed, row.expired, row.pending].map(|count| grouped(&count.to_string())),
        rate: row
            .success_rate_percent
            .as_deref()
            .map_or_else(|| "nothing has ended".to_owned(), |rate| format!("{} %", grouped(rate))),
        took: row.latency.as_ref().map(|one| [one.mean_ms, one.p95_ms, one.p99_ms, one.longest_ms].map(millis)),
    }
}

fn fees(row: &LaneFees) -> FeeRow {
    let by = row.trend_percent.as_deref().map(|percent| format!(" by {} %", grouped(percent))).unwrap_or_default();
    FeeRow {
        lane: name(&row.lane),
        messages: grouped(&row.messages.to_string()),
        total: fee(&row.token, Some(&row.total)),
        each: fee(&row.token, Some(&row.per_message)),
        trend: format!("{}{by}", name(&row.trend)),
    }
}

fn error(row: &ErrorKind) -> ErrorRow {
    ErrorRow {
        lane: name(&row.lane),
        reason: sentence(&row.reason),
        attempts: grouped(&row.attempts.to_string()),
        share: format!("{} %", grouped(&row.share_percent)),
        example: Code::of(&row.example),
    }
}

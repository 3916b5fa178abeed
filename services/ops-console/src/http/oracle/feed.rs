//! One feed: its answers against its sources, its rounds, its sources.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    response::Response,
};
use causeway_primitives::Timestamp;
use causeway_proto::{
    oracle::v1::{
        ExplainRoundRequest, ExplainRoundResponse, ListFeedsRequest, ListRoundsRequest, ListRoundsResponse,
        ListSourcesRequest, Round, explain_round_request::Target, oracle_service_client::OracleServiceClient,
    },
    types::v1::PageRequest,
};
use futures_util::{StreamExt as _, stream};

use super::{
    super::{
        charts::{Series, picture},
        error::{Error, problem},
        marks::{Code, When},
        page::Mark,
        params::Params,
        routes::Pages,
        show::{Page, part, show, written},
    },
    row::{self, FeedRow, SourceRow},
};
use crate::{
    adapters::{
        siblings::{Sibling, Unanswered},
        wire::{decimal, integer, moment, name},
    },
    app::Person,
    config::Links,
    domain::figures::{fixed, grouped, scaled},
};

/// Rounds of a page.
const SIZE: u32 = 30;
/// Decisions that are asked for at once.
const AT_ONCE: usize = 8;
/// Sources that are shown.
const MOST: usize = 200;
/// Places behind the point that are drawn.
const PLACES: u32 = 12;

#[derive(Template)]
#[template(path = "oracle/feed.html")]
struct One {
    feed: FeedRow,
    sources: Result<Vec<SourceRow>, String>,
    written: Result<Written, String>,
}

/// What was written: a picture, and the rounds of a page.
struct Written {
    picture: String,
    rounds: Vec<RoundRow>,
    next: Option<String>,
    first: Option<String>,
}

struct RoundRow {
    round: String,
    answer: String,
    reason: String,
    mark: Mark,
    tx: Code,
    decision: u64,
    decided: When,
    trace: Option<String>,
}

/// Ids of feeds are lowercase words; what is none names no page.
pub(super) fn is_feed(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.'))
}

pub(in super::super) async fn feed(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    (Path(id), RawQuery(query)): (Path<String>, RawQuery),
) -> Response {
    if !is_feed(&id) {
        return problem(&pages, &person, &Error::NotFound);
    }
    let path = format!("/oracle/{id}");
    let params = Params::of(query.as_deref(), &["page"]);
    let page = params.as_ref().map_err(Clone::clone).map(|params| Page {
        title: id.clone(),
        service: pages.siblings.oracle.name(),
        key: params.key(&path),
    });
    let params = params.unwrap_or_default();
    let links = &pages.config.links;
    let content = one(&pages.siblings.oracle, (&id, &params), links, pages.clock.now());
    show((&pages, &person), page, content).await
}

async fn one(
    oracle: &Sibling,
    (id, params): (&str, &Params),
    links: &Links,
    now: Timestamp,
) -> Result<String, Unanswered> {
    let page = Some(PageRequest { size: SIZE, token: params.text("page").to_owned() });
    let (feeds, sources, rounds) = tokio::join!(
        oracle.ask(ListFeedsRequest {}, |client, request| async move {
            OracleServiceClient::new(client).list_feeds(request).await
        }),
        oracle.ask(ListSourcesRequest { feed_id: id.to_owned() }, |client, request| async move {
            OracleServiceClient::new(client).list_sources(request).await
        }),
        oracle.ask(ListRoundsRequest { feed_id: id.to_owned(), page }, |client, request| async move {
            OracleServiceClient::new(client).list_rounds(request).await
        }),
    );
    let feed = feeds?.feeds.into_iter().find(|feed| feed.price.as_ref().is_some_and(|price| price.feed_id == id));
    let feed = feed.ok_or_else(|| Unanswered::Unknown(format!("there is no feed {id}")))?;
    let decimals = feed.price.as_ref().map_or(0, |price| price.decimals);
    let written_rounds = match rounds {
        Ok(rounds) => rounds_of((oracle, id, decimals), rounds, params, (links, now)).await,
        // A page of the list that there is not was asked for.
        Err(why @ Unanswered::Refused(_)) => return Err(why),
        Err(why) => Err(why),
    };
    written(&One {
        feed: row::feed(&feed, now),
        sources: part(sources, |all| all.sources.iter().take(MOST).map(|source| row::source(source, now)).collect()),
        written: part(written_rounds, |rounds| rounds),
    })
}

async fn rounds_of(
    (oracle, id, decimals): (&Sibling, &str, u32),
    rounds: ListRoundsResponse,
    params: &Params,
    (links, now): (&Links, Timestamp),
) -> Result<Written, Unanswered> {
    let token = rounds.page.unwrap_or_default().next_token;
    let explained = explained(oracle, id, &rounds.rounds).await;
    let path = format!("/oracle/{id}");
    Ok(Written {
        picture: drawn(&rounds.rounds, decimals, &explained)?,
        rounds: rounds.rounds.iter().map(|round| round_row(round, decimals, links, now)).collect(),
        next: (!token.is_empty()).then(|| params.page(&path, &token)),
        first: (!params.text("page").is_empty()).then(|| params.page(&path, "")),
    })
}

/// What the sources said at these rounds. A decision that cannot be told is left out of the picture.
async fn explained(oracle: &Sibling, id: &str, rounds: &[Round]) -> Vec<ExplainRoundResponse> {
    let explain = |round: &Round| {
        let target = Some(Target::DecisionId(round.decision_id));
        oracle.ask(ExplainRoundRequest { feed_id: id.to_owned(), target }, |client, request| async move {
            OracleServiceClient::new(client).explain_round(request).await
        })
    };
    let asked: Vec<_> = rounds.iter().map(explain).collect();
    stream::iter(asked).buffered(AT_ONCE).filter_map(|told| async { told.ok() }).collect().await
}

fn drawn(rounds: &[Round], decimals: u32, explained: &[ExplainRoundResponse]) -> Result<String, Unanswered> {
    let mut answers: Vec<(u64, i128)> = rounds
        .iter()
        .filter(|round| round.state == "confirmed")
        .filter_map(|round| {
            let units = integer(round.answer.as_ref())?;
            let answer = scaled(&fixed(units, decimals).replace(',', "").replace('−', "-"), PLACES)?;
            Some((moment(round.decided_at.as_ref())?.as_secs(), answer))
        })
        .collect();
    answers.sort_unstable();
    let said = |is_counted: bool| -> Vec<(u64, i128)> {
        let of = |decision: &ExplainRoundResponse| {
            let at = moment(decision.decided_at.as_ref()).map(|at| at.as_secs());
            let prices = decision.contributions.iter().filter(|one| (one.verdict == "counted") == is_counted);
            let prices = prices.filter_map(|one| scaled(decimal(one.converted_price.as_ref())?, PLACES));
            at.map(|at| prices.map(|price| (at, price)).collect::<Vec<_>>()).unwrap_or_default()
        };
        explained.iter().flat_map(of).collect()
    };
    let series = |name: &str, class, joined, points| Series { name: name.to_owned(), class, joined, points };
    let all = [
        series("not counted", "c", false, said(false)),
        series("sources that counted", "b", false, said(true)),
        series("answers on chain", "a", true, answers),
    ];
    picture("Answers against sources", &all, false, |price| fixed(&price.to_string(), PLACES))
}

fn round_row(wire: &Round, decimals: u32, links: &Links, now: Timestamp) -> RoundRow {
    RoundRow {
        round: integer(wire.round_id.as_ref()).map_or_else(|| "not mined".to_owned(), grouped),
        answer: integer(wire.answer.as_ref()).map_or_else(|| "none".to_owned(), |units| fixed(units, decimals)),
        reason: name(&wire.reason).replace('_', " "),
        mark: round_mark(&wire.state),
        tx: Code::of(&wire.tx_hash),
        decision: wire.decision_id,
        decided: When::of(moment(wire.decided_at.as_ref()), now, "not known"),
        trace: links.trace(&wire.trace_id),
    }
}

pub(super) fn round_mark(state: &str) -> Mark {
    match state {
        "pending" => Mark::waits("pending"),
        "confirmed" => Mark::ok("confirmed"),
        "reverted" => Mark::wrong("reverted"),
        "failed" => Mark::wrong("failed"),
        _ => Mark::unknown("unknown"),
    }
}

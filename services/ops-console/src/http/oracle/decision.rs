//! One decision explained: what was decided, by which rules, and what each source said.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    response::Response,
};
use causeway_primitives::Timestamp;
use causeway_proto::oracle::v1::{
    Contribution, ExplainRoundRequest, ExplainRoundResponse, Feed, ListFeedsRequest, explain_round_request::Target,
    oracle_service_client::OracleServiceClient,
};

use super::{
    super::{
        ages::span as age,
        error::{Error, problem},
        marks::{Code, When},
        page::Mark,
        params::Params,
        routes::Pages,
        show::{Page, part, show, written},
    },
    feed::{is_feed, round_mark},
};
use crate::{
    adapters::{
        siblings::{Sibling, Unanswered},
        wire::{decimal, integer, moment, name, sentence, span},
    },
    app::Person,
    config::Links,
    domain::{
        figures::{fixed, grouped},
        text::inert,
    },
};

/// Rows that are shown.
const MOST: usize = 200;
/// Characters of the record.
const RECORD: usize = 50_000;
/// The word for the newest decision.
const LATEST: &str = "latest";

#[derive(Template)]
#[template(path = "oracle/decision.html")]
struct Explained {
    feed: String,
    id: u64,
    mark: Mark,
    reason: String,
    summary: String,
    at: When,
    answer: String,
    before: String,
    read_at: String,
    rules: Vec<String>,
    voices: Vec<Voice>,
    round: Option<(String, Mark, Code)>,
    trace: Option<String>,
    record: String,
    digest: Code,
    /// Why answers are in the smallest units of the feed.
    no_decimals: Option<String>,
}

/// What a source said.
struct Voice {
    source: String,
    venue: String,
    price: String,
    converted: String,
    mark: Mark,
    sentence: String,
    weight: String,
    age: String,
}

pub(in super::super) async fn decision(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    (Path((feed, id)), RawQuery(query)): (Path<(String, String)>, RawQuery),
) -> Response {
    let target = if id == LATEST { Ok(None) } else { id.parse().map(|id| Some(Target::DecisionId(id))) };
    let (true, Ok(target)) = (is_feed(&feed), target) else {
        return problem(&pages, &person, &Error::NotFound);
    };
    let page = Params::of(query.as_deref(), &[]).map(|_| Page {
        title: format!("Decision about {feed}"),
        service: pages.siblings.oracle.name(),
        key: format!("/oracle/{feed}/decisions/{id}"),
    });
    let question = ExplainRoundRequest { feed_id: feed, target };
    let content = explained(&pages.siblings.oracle, question, &pages.config.links, pages.clock.now());
    show((&pages, &person), page, content).await
}

async fn explained(
    oracle: &Sibling,
    question: ExplainRoundRequest,
    links: &Links,
    now: Timestamp,
) -> Result<String, Unanswered> {
    let (told, feeds) = tokio::join!(
        oracle.ask(
            question,
            |client, request| async move { OracleServiceClient::new(client).explain_round(request).await }
        ),
        oracle.ask(ListFeedsRequest {}, |client, request| async move {
            OracleServiceClient::new(client).list_feeds(request).await
        }),
    );
    let told = told?;
    let price =
        |feed: &Feed| feed.price.as_ref().filter(|price| price.feed_id == told.feed_id).map(|price| price.decimals);
    let gone = || "there is no such feed any more".to_owned();
    let decimals = part(feeds, |all| all.feeds.iter().find_map(price)).and_then(|found| found.ok_or_else(gone));
    written(&page(&told, decimals, links, now))
}

fn page(told: &ExplainRoundResponse, decimals: Result<u32, String>, links: &Links, now: Timestamp) -> Explained {
    let shown = |units: &str| match &decimals {
        Ok(decimals) => fixed(units, *decimals),
        Err(_) => format!("{} units", grouped(units)),
    };
    let answer = |wire| integer(wire).map_or_else(|| "none".to_owned(), shown);
    let round = told.round.as_ref();
    Explained {
        feed: name(&told.feed_id),
        id: told.decision_id,
        mark: match told.kind.as_str() {
            "publish" => Mark::ok("published"),
            "hold" => Mark::waits("held: nothing had to be written"),
            "refuse" => Mark::wrong("refused"),
            _ => Mark::unknown("unknown"),
        },
        reason: name(&told.reason).replace('_', " "),
        summary: sentence(&told.summary),
        at: When::of(moment(told.decided_at.as_ref()), now, "not known"),
        answer: answer(told.answer.as_ref()),
        before: answer(told.previous_answer.as_ref()),
        read_at: told
            .position
            .as_ref()
            .map_or_else(String::new, |at| format!("block {}", grouped(&at.block_number.to_string()))),
        rules: told.rules.iter().take(MOST).map(|rule| sentence(rule)).collect(),
        voices: told.contributions.iter().take(MOST).map(voice).collect(),
        round: round.map(|round| {
            let number = integer(round.round_id.as_ref()).map_or_else(|| "not mined yet".to_owned(), grouped);
            (number, round_mark(&round.state), Code::of(&round.tx_hash))
        }),
        trace: round.and_then(|round| links.trace(&round.trace_id)),
        record: inert(&told.record_json, RECORD),
        digest: Code::of(&told.digest),
        no_decimals: decimals.err(),
    }
}

fn voice(wire: &Contribution) -> Voice {
    let text = |wire| decimal(wire).map_or_else(|| "–".to_owned(), grouped);
    Voice {
        source: name(&wire.source_id),
        venue: name(&wire.venue_id),
        price: text(wire.price.as_ref()),
        converted: text(wire.converted_price.as_ref()),
        mark: if wire.verdict == "counted" { Mark::ok("counted") } else { Mark::less("left out") },
        sentence: sentence(&wire.sentence),
        weight: decimal(wire.weight_percent.as_ref())
            .map_or_else(|| "–".to_owned(), |weight| format!("{} %", grouped(weight))),
        age: span(wire.age.as_ref()).map_or_else(|| "–".to_owned(), age),
    }
}

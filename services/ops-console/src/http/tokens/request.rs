//! One request: how far it has come, step by step, with what was posted and what was answered.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    response::Response,
};
use causeway_primitives::Timestamp;
use causeway_proto::{
    tokenization::v1::{
        GetRequestRequest, LedgerEntry, LedgerSide, ListAnswersRequest, ListAssetsRequest, ListLedgerRequest,
        OutboundMessage, Request, TimelineEntry, tokenization_service_client::TokenizationServiceClient,
    },
    types::v1::PageRequest,
};

use super::{
    super::{
        ages::span as age,
        error::{Error, problem},
        marks::{Code, When},
        page::Mark,
        params::{Params, is_id},
        routes::Pages,
        show::{Page, part, show, written},
    },
    row::{Decimals, Row, mark, waits_for_approval},
};
use crate::{
    adapters::{
        siblings::{Sibling, Unanswered},
        wire::{decimal, integer, moment, name, span},
    },
    app::Person,
    config::Links,
    domain::{figures::grouped, text::inert},
};

/// Rows of a table.
const MOST: usize = 500;
/// Entries of the books.
const ENTRIES: u32 = 100;
/// Lines of an answer, and characters of each.
const LINES: usize = 400;
const LINE: usize = 400;

#[derive(Template)]
#[template(path = "tokens/request.html")]
struct One {
    row: Row,
    waits: bool,
    facts: Vec<(&'static str, String)>,
    reference: Code,
    tx: Option<Code>,
    approvals: Vec<(String, When)>,
    steps: Vec<Step>,
    entries: Result<Vec<Entry>, String>,
    answers: Result<Vec<Answer>, String>,
    /// Why amounts are in the smallest units of the token.
    no_assets: Option<String>,
    trace: Option<String>,
}

struct Step {
    number: u32,
    mark: Mark,
    cause: String,
    actor: String,
    at: When,
}

struct Entry {
    id: u64,
    mark: Mark,
    at: When,
    legs: Vec<(String, String, String)>,
}

struct Answer {
    id: Code,
    kind: String,
    mark: Mark,
    at: When,
    content: String,
}

pub(in super::super) async fn request(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    (Path(id), RawQuery(query)): (Path<String>, RawQuery),
) -> Response {
    if !is_id(&id) {
        return problem(&pages, &person, &Error::NotFound);
    }
    let page = Params::of(query.as_deref(), &[]).map(|_| Page {
        title: "Request".to_owned(),
        service: pages.siblings.gateway.name(),
        key: format!("/tokens/{id}"),
    });
    let found = one(&pages.siblings.gateway, &pages.config.links, &id, pages.clock.now());
    show((&pages, &person), page, found).await
}

async fn one(gateway: &Sibling, links: &Links, id: &str, now: Timestamp) -> Result<String, Unanswered> {
    let get = GetRequestRequest { request_id: id.to_owned() };
    let call = |client, request| async move { TokenizationServiceClient::new(client).get_request(request).await };
    let request = gateway.ask(get, call).await?.request.ok_or(Unanswered::Strange("a request without a request"))?;
    let page = Some(PageRequest { size: ENTRIES, token: String::new() });
    let of = ListLedgerRequest { asset_id: request.asset_id.clone(), request_id: id.to_owned(), page };
    let (entries, answers, assets) = tokio::join!(
        gateway.ask(
            of,
            |client, request| async move { TokenizationServiceClient::new(client).list_ledger(request).await }
        ),
        gateway.ask(ListAnswersRequest { request_id: id.to_owned() }, |client, request| async move {
            TokenizationServiceClient::new(client).list_answers(request).await
        }),
        gateway.ask(ListAssetsRequest {}, |client, request| async move {
            TokenizationServiceClient::new(client).list_assets(request).await
        }),
    );
    let decimals = Decimals::of(assets.as_ref().map(|all| all.assets.as_slice()).unwrap_or_default());
    let asset = &request.asset_id;
    written(&One {
        row: Row::of(&request, &decimals, now),
        waits: waits_for_approval(&request),
        facts: facts(&request),
        reference: Code::of(&request.reference),
        tx: request.on_chain.as_ref().map(|chain| Code::of(&chain.tx_hash)),
        approvals: request
            .approvals
            .iter()
            .take(MOST)
            .map(|one| (name(&one.approver), When::of(moment(one.at.as_ref()), now, "not known")))
            .collect(),
        steps: request.timeline.iter().take(MOST).map(|entry| step(entry, now)).collect(),
        entries: part(entries, |all| all.entries.iter().map(|one| entry(one, asset, &decimals, now)).collect()),
        answers: part(answers, |all| all.answers.iter().take(MOST).map(|one| answer(one, now)).collect()),
        no_assets: assets.err().map(|why| why.to_string()),
        trace: links.trace(&request.trace_id),
    })
}

fn facts(request: &Request) -> Vec<(&'static str, String)> {
    let mut facts = vec![("As it was written", name(&request.amount))];
    if let Some(value) = &request.valuation {
        let price = decimal(value.price.as_ref()).map_or_else(|| "not known".to_owned(), grouped);
        let old = span(value.age.as_ref()).map(|old| format!(", {} old", age(old))).unwrap_or_default();
        let round = integer(value.round_id.as_ref()).map_or_else(|| "?".to_owned(), grouped);
        let venues = value.venues_counted;
        facts.push(("Price", format!("{price} of {}, round {round}{old}, {venues} venues", name(&value.feed_id))));
    }
    if let Some(chain) = &request.on_chain {
        facts.push((
            "On chain",
            format!("chain {}, block {}", chain.chain_id, grouped(&chain.block_number.to_string())),
        ));
    }
    if let Some(begins) = moment(request.not_before.as_ref()) {
        facts.push(("Not before", begins.to_string()));
    }
    if request.destination_selector != 0 {
        facts.push(("To the chain with the selector", request.destination_selector.to_string()));
    }
    for (label, text) in [("Message", &request.message_id), ("UETR", &request.uetr)] {
        if !text.is_empty() {
            facts.push((label, name(text)));
        }
    }
    facts
}

fn step(wire: &TimelineEntry, now: Timestamp) -> Step {
    Step {
        number: wire.step,
        mark: mark(wire.state()),
        cause: name(&wire.cause).replace('_', " "),
        actor: name(&wire.actor),
        at: When::of(moment(wire.at.as_ref()), now, "not known"),
    }
}

fn entry(wire: &LedgerEntry, asset: &str, decimals: &Decimals, now: Timestamp) -> Entry {
    let leg = |leg: &causeway_proto::tokenization::v1::LedgerLeg| {
        let tokens = decimals.tokens(asset, leg.units.as_ref());
        let (debit, credit) = match leg.side() {
            LedgerSide::Debit => (tokens, String::new()),
            LedgerSide::Credit => (String::new(), tokens),
            LedgerSide::Unspecified => (format!("{tokens}?"), format!("{tokens}?")),
        };
        (name(&leg.account), debit, credit)
    };
    Entry {
        id: wire.entry_id,
        mark: match wire.phase.as_str() {
            "pending" => Mark::waits("pending"),
            "posted" => Mark::ok("posted"),
            "voided" => Mark::unknown("voided"),
            _ => Mark::unknown("unknown"),
        },
        at: When::of(moment(wire.at.as_ref()), now, "not known"),
        legs: wire.legs.iter().take(MOST).map(leg).collect(),
    }
}

fn answer(wire: &OutboundMessage, now: Timestamp) -> Answer {
    let lines = wire.content.lines().take(LINES).map(|line| inert(line, LINE));
    Answer {
        id: Code::of(&wire.answer_id),
        kind: name(&wire.message_type),
        mark: match wire.state.as_str() {
            "pending" => Mark::waits("pending"),
            "delivered" => Mark::ok("delivered"),
            "dead" => Mark::wrong("given up"),
            "kept" => Mark::waits("kept"),
            _ => Mark::unknown("unknown"),
        },
        at: When::of(moment(wire.created_at.as_ref()), now, "not known"),
        content: lines.collect::<Vec<_>>().join("\n"),
    }
}

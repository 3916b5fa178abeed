//! The lanes in figures, what is on its way, how far the chains were read, and how long and how dear the last messages were.

use askama::Template;
use axum::{
    Extension,
    extract::{RawQuery, State},
    response::Response,
};
use causeway_primitives::Timestamp;
use causeway_proto::{
    ccip::v1::{
        ChainView, GetInFlightValueRequest, GetInFlightValueResponse, GetLaneStatisticsRequest, InFlightValue,
        LaneStatistics, LaneView, ListLanesRequest, Message, MessageStatus, SearchMessagesRequest,
        ccip_service_client::CcipServiceClient,
    },
    types::v1::PageRequest,
};

use super::{
    super::{
        charts::{Series, picture},
        marks::{Code, When, exactly},
        page::Mark,
        params::{Params, link},
        routes::Pages,
        show::{Page, nothing, part, show, written},
    },
    message::{fee, is_coin},
    row::took,
};
use crate::{
    adapters::{
        siblings::{Sibling, Unanswered},
        wire::{integer, moment, name, span},
    },
    app::Person,
    domain::figures::{fixed, grouped, percent, scaled},
};

/// Lanes, chains and sums that are shown.
const MOST: usize = 500;
/// Messages that are drawn.
const DRAWN: u32 = 200;
/// Of them, those of the table.
const ROWS: usize = 20;

#[derive(Template)]
#[template(path = "messages/lanes.html")]
struct Lanes {
    views: Result<(Vec<Lane>, Vec<Chain>), String>,
    /// Why the lanes stand without figures.
    no_figures: Option<String>,
    sums: Sums,
    recent: Result<Recent, String>,
}

/// What is on its way.
enum Sums {
    Made(Vec<Value>),
    /// The monitor says why there is none: an incomplete sum is no sum.
    Incomplete(String),
    Missing(String),
}

/// The last executed messages, in pictures and in a table.
struct Recent {
    latency: String,
    fees: String,
    drawn: Vec<Drawn>,
}

struct Chain {
    name: String,
    read: String,
    read_at: When,
    head: String,
    final_head: String,
    router: Mark,
    router_words: String,
    cursed: Mark,
    balances: Vec<(Code, String, String)>,
}

struct Lane {
    name: String,
    link: String,
    way: String,
    dialect: String,
    supported: Mark,
    cursed: Mark,
    sequence: String,
    figures: Option<Figures>,
}

struct Figures {
    sent: String,
    executed: String,
    pending: String,
    lost: String,
    rate: String,
    p50: String,
    p95: String,
    p99: String,
}

struct Value {
    lane: String,
    token: Code,
    amount: String,
    messages: String,
}

/// A row of the table beside the pictures.
struct Drawn {
    id: Code,
    sent: When,
    lane: String,
    took: String,
    fee: String,
}

pub(in super::super) async fn lanes(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    RawQuery(query): RawQuery,
) -> Response {
    let page = Params::of(query.as_deref(), &[]).map(|params| Page {
        title: "Lanes".to_owned(),
        service: pages.siblings.monitor.name(),
        key: params.key("/messages/lanes"),
    });
    show((&pages, &person), page, all(&pages.siblings.monitor, pages.clock.now())).await
}

async fn all(monitor: &Sibling, now: Timestamp) -> Result<String, Unanswered> {
    let lanes = |client, request| async move { CcipServiceClient::new(client).list_lanes(request).await };
    let figures = |client, request| async move { CcipServiceClient::new(client).get_lane_statistics(request).await };
    let values = |client, request| async move { CcipServiceClient::new(client).get_in_flight_value(request).await };
    let search = |client, request| async move { CcipServiceClient::new(client).search_messages(request).await };
    let recent = SearchMessagesRequest {
        status: MessageStatus::Executed.into(),
        page: Some(PageRequest { size: DRAWN, token: String::new() }),
        ..SearchMessagesRequest::default()
    };
    let (views, figures, values, recent) = tokio::join!(
        monitor.ask(ListLanesRequest {}, lanes),
        monitor.ask(GetLaneStatisticsRequest::default(), figures),
        monitor.ask(GetInFlightValueRequest::default(), values),
        monitor.ask(recent, search),
    );
    let missing = [views.as_ref().err(), figures.as_ref().err(), values.as_ref().err(), recent.as_ref().err()];
    if let Some(why) = nothing(missing) {
        return Err(why);
    }
    let (figures, no_figures) = match figures {
        Ok(figures) => (figures.lanes, None),
        Err(why) => (Vec::new(), Some(why.to_string())),
    };
    let recent = recent.and_then(|found| last(&found.messages, now));
    written(&Lanes {
        views: part(views, |all| {
            let lanes = all.lanes.iter().take(MOST).map(|view| lane(view, &figures)).collect();
            (lanes, all.chains.iter().take(MOST).map(|view| chain(view, now)).collect())
        }),
        no_figures,
        sums: sums(values),
        recent: part(recent, |recent| recent),
    })
}

fn sums(answer: Result<GetInFlightValueResponse, Unanswered>) -> Sums {
    match answer {
        Ok(sums) => Sums::Made(sums.values.iter().take(MOST).map(value).collect()),
        Err(Unanswered::Refused(why)) => Sums::Incomplete(why),
        Err(why) => Sums::Missing(why.to_string()),
    }
}

fn value(wire: &InFlightValue) -> Value {
    Value {
        lane: name(&wire.lane),
        token: Code::of(&wire.token),
        amount: integer(wire.amount.as_ref()).map_or_else(|| "not known".to_owned(), grouped),
        messages: grouped(&wire.messages.to_string()),
    }
}

fn last(messages: &[Message], now: Timestamp) -> Result<Recent, Unanswered> {
    let (latency, fees) = pictures(messages)?;
    Ok(Recent { latency, fees, drawn: messages.iter().take(ROWS).map(|message| drawn(message, now)).collect() })
}

/// Yes is well where `good` says so; what could not be found out is unknown.
fn answer(text: &str, good: &str) -> Mark {
    match text {
        "" => Mark::unknown("not known"),
        "yes" if good == "yes" => Mark::ok("yes"),
        "no" if good == "no" => Mark::ok("no"),
        "yes" => Mark::wrong("yes"),
        "no" => Mark::wrong("no"),
        _ => Mark::unknown("not known"),
    }
}

fn chain(view: &ChainView, now: Timestamp) -> Chain {
    let read = view.position.as_ref().map(|position| grouped(&position.block_number.to_string()));
    let balance = |one: &causeway_proto::ccip::v1::Balance| {
        let link = integer(one.juels.as_ref()).map(|juels| format!("{} LINK", fixed(juels, 18)));
        let days = one.days_left.map(|days| format!("lasts {days} days")).unwrap_or_default();
        (Code::of(&one.account), link.unwrap_or_else(|| "could not be read".to_owned()), days)
    };
    Chain {
        name: name(&view.name),
        read: read.unwrap_or_else(|| "nothing yet".to_owned()),
        read_at: When::of(moment(view.position_time.as_ref()), now, "not known"),
        head: grouped(&view.head.to_string()),
        final_head: grouped(&view.final_head.to_string()),
        router: match view.router.as_str() {
            "ok" => Mark::ok("serves"),
            "" => Mark::unknown("not looked at"),
            _ => Mark::wrong("does not serve"),
        },
        router_words: if view.router == "ok" { String::new() } else { name(&view.router) },
        cursed: answer(&view.cursed, "no"),
        balances: view.balances.iter().take(MOST).map(balance).collect(),
    }
}

fn lane(view: &LaneView, figures: &[LaneStatistics]) -> Lane {
    let number = |number: Option<u64>| number.map_or_else(|| "not counted".to_owned(), |n| grouped(&n.to_string()));
    Lane {
        name: name(&view.name),
        link: link("/messages", "lane", &name(&view.name)),
        way: format!("{} → {}", name(&view.source), name(&view.destination)),
        dialect: name(&view.dialect),
        supported: answer(&view.supported, "yes"),
        cursed: answer(&view.cursed, "no"),
        sequence: format!("{} seen, {} next", number(view.last_seen_sequence), number(view.expected_next_sequence)),
        figures: figures.iter().find(|one| one.lane == view.name).map(of_a_day),
    }
}

fn of_a_day(wire: &LaneStatistics) -> Figures {
    let count = |count: u64| grouped(&count.to_string());
    let took = |wire: Option<&prost_types::Duration>| span(wire).map_or_else(|| "–".to_owned(), exactly);
    let ended = wire.executed.saturating_add(wire.failed).saturating_add(wire.expired);
    let ppm = u128::from(wire.executed).saturating_mul(1_000_000).checked_div(u128::from(ended));
    Figures {
        sent: count(wire.sent),
        executed: count(wire.executed),
        pending: count(wire.pending),
        lost: format!("{} failed, {} expired", count(wire.failed), count(wire.expired)),
        rate: ppm.and_then(|ppm| u64::try_from(ppm).ok()).map_or_else(|| "nothing has ended".to_owned(), percent),
        p50: took(wire.latency_p50.as_ref()),
        p95: took(wire.latency_p95.as_ref()),
        p99: took(wire.latency_p99.as_ref()),
    }
}

/// Latencies and fees of messages, over the time when they were sent. Fees are drawn of the chain's coin alone: amounts of two
/// tokens have no common axis.
fn pictures(messages: &[Message]) -> Result<(String, String), Unanswered> {
    let mut latencies = Vec::new();
    let mut fees = Vec::new();
    for message in messages.iter().rev() {
        let Some(sent) = moment(message.sent_at.as_ref()) else { continue };
        if let Some(took) = took(message) {
            latencies.push((sent.as_secs(), i128::try_from(took.as_millis()).unwrap_or(i128::MAX)));
        }
        let units = integer(message.fee.as_ref()).and_then(|units| scaled(units, 0));
        fees.extend(units.filter(|_| is_coin(&message.fee_token)).map(|units| (sent.as_secs(), units)));
    }
    let one = |class, points| [Series { name: String::new(), class, joined: false, points }];
    let seconds = |millis: i128| format!("{} s", fixed(&millis.to_string(), 3));
    let coins = |wei: i128| fixed(&wei.to_string(), 18);
    Ok((
        picture("From send to execution", &one("a", latencies), true, seconds)?,
        picture("Fee in the chain's coin", &one("b", fees), true, coins)?,
    ))
}

fn drawn(message: &Message, now: Timestamp) -> Drawn {
    Drawn {
        id: Code::of(&message.message_id),
        sent: When::of(moment(message.sent_at.as_ref()), now, "not known"),
        lane: name(&message.lane),
        took: took(message).map(exactly).unwrap_or_default(),
        fee: fee(&message.fee_token, integer(message.fee.as_ref())),
    }
}

//! One message: how far it has come, why it is there and what to do, every step and every attempt.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, RawQuery, State},
    response::Response,
};
use causeway_primitives::Timestamp;
use causeway_proto::ccip::v1::{
    Attempt, DiagnoseMessageRequest, DiagnoseMessageResponse, DiagnosisStep, Finding, GetMessageRequest,
    GetMessageResponse, HistoryStep, IdProof, ManualExecution, Message, MessageStatus,
    ccip_service_client::CcipServiceClient,
};

use super::{
    super::{
        ages::exact,
        error::{Error, problem},
        marks::{Code, When, exactly},
        page::Mark,
        params::{Params, is_hex, link},
        routes::Pages,
        show::{Page, show, written},
    },
    row::{Row, chain, mark, took},
};
use crate::{
    adapters::{
        siblings::{Sibling, Unanswered},
        wire::{integer, moment, name, sentence, text},
    },
    app::Person,
    config::Links,
    domain::figures::{fixed, grouped},
};

/// Steps and attempts that are shown of a message with many.
const MOST: usize = 200;
/// Bytes of data that are shown.
const DATA: usize = 256;

#[derive(Template)]
#[template(path = "messages/message.html")]
struct One {
    row: Row,
    lane_link: String,
    ladder: Vec<Rung>,
    diagnosis: Diagnosis,
    facts: Vec<(&'static str, String)>,
    source: Side,
    destination: Side,
    tokens: Vec<(Code, String)>,
    steps: Vec<Step>,
    attempts: Vec<Try>,
    resend_of: Option<Code>,
    data: String,
    data_length: String,
    trace: Option<String>,
}

/// A state of the way, in its place.
struct Rung {
    word: &'static str,
    class: &'static str,
    shape: &'static str,
    at: String,
}

struct Side {
    chain: String,
    tx: Code,
    block: String,
    at: When,
    is_final: bool,
}

struct Step {
    at: When,
    event: String,
    mark: Mark,
    tx: Code,
    cause: String,
}

struct Try {
    at: When,
    outcome: String,
    reason: String,
    tx: Code,
    orphaned: bool,
}

/// Why it is where it is; a monitor that cannot say now says nothing wrong.
enum Diagnosis {
    Made(Box<Made>),
    Missing(String),
}

struct Made {
    verdict: String,
    action: String,
    mark: Mark,
    steps: Vec<Looked>,
    manual: Option<Manual>,
}

struct Looked {
    name: String,
    mark: Mark,
    detail: String,
    proof: String,
    action: String,
}

/// What an execution by hand takes.
struct Manual {
    off_ramp: Code,
    from: When,
    function: String,
    gas: String,
    left: String,
}

pub(in super::super) async fn message(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    (Path(id), RawQuery(query)): (Path<String>, RawQuery),
) -> Response {
    if !is_hex(&id, Some(32)) {
        return problem(&pages, &person, &Error::NotFound);
    }
    let page = Params::of(query.as_deref(), &[]).map(|_| Page {
        title: "Message".to_owned(),
        service: pages.siblings.monitor.name(),
        key: format!("/messages/{id}"),
    });
    let found = one(&pages.siblings.monitor, &pages.config.links, &id, pages.clock.now());
    show((&pages, &person), page, found).await
}

async fn one(monitor: &Sibling, links: &Links, id: &str, now: Timestamp) -> Result<String, Unanswered> {
    let get = |client, request| async move { CcipServiceClient::new(client).get_message(request).await };
    let diagnose = |client, request| async move { CcipServiceClient::new(client).diagnose_message(request).await };
    let (found, diagnosed) = tokio::join!(
        monitor.ask(GetMessageRequest { message_id: id.to_owned() }, get),
        monitor.ask(DiagnoseMessageRequest { message_id: id.to_owned() }, diagnose),
    );
    let GetMessageResponse { message, history, attempts } = found?;
    let message = message.ok_or(Unanswered::Strange("a message without a message"))?;
    written(&One {
        row: Row::of(&message, now),
        lane_link: link("/messages", "lane", &name(&message.lane)),
        ladder: ladder(message.status(), &history),
        diagnosis: diagnosed.map_or_else(|why| Diagnosis::Missing(why.to_string()), |made| diagnosis(&made, now)),
        facts: facts(&message),
        source: side(message.source.as_ref(), now),
        destination: side(message.destination.as_ref(), now),
        tokens: message
            .tokens
            .iter()
            .take(MOST)
            .map(|one| (Code::of(&one.token), amount(one.amount.as_ref())))
            .collect(),
        steps: history.iter().take(MOST).map(|one| step(one, now)).collect(),
        attempts: attempts.iter().take(MOST).map(|one| attempt(one, now)).collect(),
        resend_of: Some(&message.possible_resend_of).filter(|id| !id.is_empty()).map(|id| Code::of(id)),
        data: message.data.iter().take(DATA).map(|byte| format!("{byte:02x}")).collect(),
        data_length: grouped(&message.data_length.to_string()),
        trace: links.trace(&message.trace_id),
    })
}

/// Sent, delivered, executing, executed: those that were, the one that is, those to come. What went wrong takes the place of
/// the last.
fn ladder(status: MessageStatus, history: &[HistoryStep]) -> Vec<Rung> {
    let (last, reached) = match status {
        MessageStatus::Unspecified => (MessageStatus::Executed, 0),
        MessageStatus::Sent => (MessageStatus::Executed, 1),
        MessageStatus::Delivered => (MessageStatus::Executed, 2),
        MessageStatus::Executing => (MessageStatus::Executed, 3),
        MessageStatus::Executed => (MessageStatus::Executed, 4),
        MessageStatus::Failed => (MessageStatus::Failed, 4),
        MessageStatus::Expired => (MessageStatus::Expired, 4),
    };
    let rung = |(place, state): (usize, MessageStatus)| {
        // Of a state that was entered again, the last time counts.
        let entered = history.iter().rev().find(|step| step.status() == state);
        let at = entered.and_then(|step| moment(step.at.as_ref())).map(exact);
        let Mark { class, shape, word } = if place < reached { mark(state) } else { Mark::unknown(mark(state).word) };
        let is_passed = place < reached && state != last && at.is_none();
        let class = if place + 1 == reached || class == "down" {
            class
        } else if place < reached {
            "ok"
        } else {
            "ahead"
        };
        let unseen = if is_passed { "not seen" } else { "" };
        Rung {
            word,
            class,
            shape: if class == "ok" { "●" } else { shape },
            at: at.unwrap_or_else(|| unseen.to_owned()),
        }
    };
    let way = [MessageStatus::Sent, MessageStatus::Delivered, MessageStatus::Executing, last];
    way.into_iter().enumerate().map(rung).collect()
}

fn amount(wire: Option<&causeway_proto::types::v1::BigInteger>) -> String {
    integer(wire).map_or_else(|| "not known".to_owned(), grouped)
}

/// `0x0`: the chain's own coin, which has 18 decimals on every EVM chain.
pub(super) fn is_coin(token: &str) -> bool {
    token.strip_prefix("0x").is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit == b'0'))
}

/// A fee with the name of what it is in.
pub(super) fn fee(token: &str, units: Option<&str>) -> String {
    match units {
        None => "not known".to_owned(),
        Some(units) if is_coin(token) => format!("{} of the chain's coin", fixed(units, 18)),
        Some(units) => format!("{} units of {}", grouped(units), name(token)),
    }
}

fn facts(message: &Message) -> Vec<(&'static str, String)> {
    let number =
        |number: Option<u64>| number.map_or_else(|| "not counted".to_owned(), |number| grouped(&number.to_string()));
    let proof = match message.id_proof() {
        IdProof::Unspecified => "not known",
        IdProof::Verified => "the one that its content gives",
        IdProof::Mismatch => "NOT the one that its content gives: tampering, or a wrong formula",
        IdProof::NotDerivable => "stated by the event; its dialect has no formula",
    };
    let origin = if message.id_derived { "made of transaction and place, as no event states one" } else { proof };
    let link = match message.link.as_str() {
        "id" => "by its id",
        "content_in_order" => "by its content, in order",
        "" => "none yet",
        _ => "in a way that this console does not know",
    };
    vec![
        ("Dialect", name(&message.dialect)),
        ("Id", origin.to_owned()),
        ("Sequence number", number(message.sequence_number)),
        ("Nonce", number(message.nonce)),
        ("Fee", fee(&message.fee_token, integer(message.fee.as_ref()))),
        ("Gas for the receiver", integer(message.gas_limit.as_ref()).map_or_else(|| "not stated".to_owned(), grouped)),
        ("Retries", message.retry_count.to_string()),
        ("Execution found", link.to_owned()),
        ("Took", took(message).map_or_else(|| "on its way".to_owned(), exactly)),
    ]
}

fn side(wire: Option<&causeway_proto::ccip::v1::MessageSide>, now: Timestamp) -> Side {
    let side = wire.cloned().unwrap_or_default();
    Side {
        chain: chain(wire),
        tx: Code::of(&side.tx_hash),
        block: if side.block_number == 0 { "none yet".to_owned() } else { grouped(&side.block_number.to_string()) },
        at: When::of(moment(side.timestamp.as_ref()), now, "not yet"),
        is_final: side.r#final,
    }
}

fn step(wire: &HistoryStep, now: Timestamp) -> Step {
    Step {
        at: When::of(moment(wire.at.as_ref()), now, "not known"),
        event: name(&wire.event).replace('_', " "),
        mark: mark(wire.status()),
        tx: Code::of(&wire.tx_hash),
        cause: sentence(&wire.cause),
    }
}

fn attempt(wire: &Attempt, now: Timestamp) -> Try {
    Try {
        at: When::of(moment(wire.timestamp.as_ref()), now, "not known"),
        outcome: name(&wire.outcome),
        reason: sentence(&wire.reason),
        tx: Code::of(&wire.tx_hash),
        orphaned: wire.orphaned,
    }
}

fn diagnosis(wire: &DiagnoseMessageResponse, now: Timestamp) -> Diagnosis {
    Diagnosis::Made(Box::new(Made {
        verdict: text(&wire.verdict),
        action: text(&wire.action),
        mark: match wire.outcome.as_str() {
            "executed" => Mark::ok("executed"),
            "waiting" => Mark::waits("waiting"),
            "stuck" => Mark::wrong("stuck"),
            "executable" => Mark::less("executable by hand"),
            _ => Mark::unknown("unknown"),
        },
        steps: wire.steps.iter().take(MOST).map(looked).collect(),
        manual: wire.manual.as_ref().map(|one| manual(one, now)),
    }))
}

fn looked(wire: &DiagnosisStep) -> Looked {
    Looked {
        name: name(&wire.name),
        mark: match wire.finding() {
            Finding::Unspecified => Mark::unknown("not known"),
            Finding::Ok => Mark::ok("well"),
            Finding::Problem => Mark::wrong("problem"),
            Finding::NotApplicable => Mark::unknown("does not apply"),
            Finding::Waiting => Mark::waits("waiting"),
        },
        detail: sentence(&wire.detail),
        proof: sentence(&wire.proof),
        action: sentence(&wire.action),
    }
}

fn manual(wire: &ManualExecution, now: Timestamp) -> Manual {
    let gas = |label, wire| integer(wire).map(|gas| format!("{label} {}", grouped(gas)));
    let gas = [gas("at least", wire.gas_floor.as_ref()), gas("for the receiver", wire.gas_override.as_ref())];
    Manual {
        off_ramp: Code::of(&wire.off_ramp),
        from: When::of(moment(wire.possible_from.as_ref()), now, "now"),
        function: name(&wire.function),
        gas: gas.into_iter().flatten().collect::<Vec<_>>().join(", "),
        left: sentence(if wire.unavailable.is_empty() { &wire.to_fill_in } else { &wire.unavailable }),
    }
}

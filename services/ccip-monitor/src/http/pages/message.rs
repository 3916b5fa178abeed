//! Everything about one message: its ladder, facts, way, executions; and on a page of its own why it is where it is.

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    frame::{Refused, rendered},
    ladder::{Rung, ladder},
};
use crate::{
    app::{
        page::{self, Detail},
        reason::words,
    },
    domain::{
        diagnose::{Found, Step},
        event::{IdProof, Outcome},
        message::Status,
    },
    http::{
        api::Api,
        dto::NoParameters,
        extract::{Asked, Segments},
    },
    ports::{AttemptView, HistoryStep, MessageView, Side},
};

/// A name and a value.
struct Fact {
    name: &'static str,
    value: String,
}

/// A step of the way.
struct WayStep {
    at: String,
    event: String,
    status: &'static str,
    place: String,
    cause: String,
}

/// An execution.
struct Execution {
    at: String,
    tx: String,
    outcome: &'static str,
    reason: String,
    orphaned: bool,
}

#[derive(Template)]
#[template(path = "message.html")]
struct Page {
    after: u64,
    id: String,
    status: &'static str,
    ladder: [Rung; 4],
    facts: Vec<Fact>,
    way: Vec<WayStep>,
    executions: Vec<Execution>,
    /// True while the message is not executed: then people ask why.
    open: bool,
}

pub(super) async fn page(
    State(api): State<Api>,
    Segments(id): Segments<String>,
    Asked(NoParameters {}): Asked<NoParameters>,
) -> Result<Response, Refused> {
    let after = api.watch.last_change().await?;
    let detail = page::detail(api.records.as_ref(), page::message_id(&id)?).await?;
    rendered(&Page::new(after, &detail))
}

impl Page {
    fn new(after: u64, detail: &Detail) -> Self {
        let message = &detail.message;
        Self {
            after,
            id: message.id.to_string(),
            status: message.status.as_str(),
            ladder: ladder(message),
            facts: facts(message),
            way: detail.history.iter().map(way_step).collect(),
            executions: detail.attempts.iter().map(execution).collect(),
            open: message.status != Status::Executed,
        }
    }
}

fn facts(message: &MessageView) -> Vec<Fact> {
    let proof = match message.id_proof {
        IdProof::Verified => "the content gives this id".to_owned(),
        IdProof::Mismatch { computed } => format!("THE CONTENT GIVES ANOTHER ID: {computed}"),
        IdProof::NotDerivable => "this dialect has no formula for ids".to_owned(),
    };
    let fact = |name, value| Fact { name, value };
    let mut facts = vec![
        fact("lane", format!("{} ({})", message.lane_name, message.lane.dialect)),
        fact("from", place(&message.source)),
        fact("sender", format!("0x{}", hex::encode(message.sender))),
        fact("to", place(&message.destination)),
        fact("receiver", format!("0x{}", hex::encode(&message.receiver))),
        fact("id", proof),
        fact("fee", format!("{} of 0x{}", message.fee, hex::encode(message.fee_token))),
        fact("data", format!("{} bytes, keccak256 {}", message.payload.length, message.payload.hash)),
        fact("retries", message.retry_count.to_string()),
    ];
    let tokens = message.tokens.iter();
    facts.extend(tokens.map(|token| fact("token", format!("{} of 0x{}", token.amount, hex::encode(token.token)))));
    let optional = [
        ("number", message.sequence.map(|number| number.to_string())),
        ("nonce", message.nonce.map(|nonce| nonce.to_string())),
        ("gas limit", message.gas_limit.map(|gas| gas.to_string())),
        ("possible resend of", message.possible_resend_of.map(|id| id.to_string())),
        ("undone", message.orphaned.then(|| "its send is not on the chain any more".to_owned())),
    ];
    facts.extend(optional.into_iter().filter_map(|(name, value)| Some(fact(name, value?))));
    facts
}

fn place(side: &Side) -> String {
    let chain = side.chain_id.map_or_else(|| format!("selector {}", side.selector), |id| format!("chain {id}"));
    match (side.block_number, side.tx) {
        (Some(block), Some(tx)) => {
            let finality = if side.is_final { "final" } else { "not final yet" };
            format!("{chain}, block {block} ({finality}), transaction {tx}")
        }
        (None, _) | (_, None) => chain,
    }
}

fn way_step(step: &HistoryStep) -> WayStep {
    let place = match (step.chain, step.block_number) {
        (Some(chain), Some(block)) => format!("chain {chain}, block {block}"),
        (None, _) | (_, None) => "the monitor's own judgement".to_owned(),
    };
    WayStep {
        at: step.at.to_string(),
        event: step.event.replace('_', " "),
        status: step.status.as_str(),
        place,
        cause: step.cause.clone(),
    }
}

fn execution(attempt: &AttemptView) -> Execution {
    let (outcome, reason) = match attempt.outcome {
        Some(Outcome::Succeeded) => ("succeeded", String::new()),
        Some(Outcome::Failed) => ("failed", words(&attempt.return_data)),
        None => ("reverted", words(&attempt.return_data)),
    };
    Execution { at: attempt.time.to_string(), tx: attempt.tx.to_string(), outcome, reason, orphaned: attempt.orphaned }
}

/// A step of a diagnosis.
struct Examined {
    name: &'static str,
    class: &'static str,
    shape: &'static str,
    found: &'static str,
    detail: String,
    proof: String,
    action: String,
}

#[derive(Template)]
#[template(path = "diagnosis.html")]
struct DiagnosisPage {
    id: String,
    verdict: &'static str,
    summary: String,
    action: String,
    steps: Vec<Examined>,
    /// The call of an execution by hand.
    call: Option<String>,
}

pub(super) async fn diagnosis(
    State(api): State<Api>,
    Segments(id): Segments<String>,
    Asked(NoParameters {}): Asked<NoParameters>,
) -> Result<Response, Refused> {
    let diagnosed = page::diagnosis(&api.diagnoser, page::message_id(&id)?).await?;
    let found = diagnosed.diagnosis;
    let call = found.manual.and_then(|manual| {
        let call = manual.call.ok()?;
        Some(format!("{} at 0x{}: 0x{}", call.function, hex::encode(manual.off_ramp), hex::encode(&call.calldata)))
    });
    rendered(&DiagnosisPage {
        id: diagnosed.message.id.to_string(),
        verdict: found.verdict.as_str(),
        summary: found.summary,
        action: found.action,
        steps: found.steps.into_iter().map(examined).collect(),
        call,
    })
}

fn examined(step: Step) -> Examined {
    let (class, shape) = match step.found {
        Found::Ok => ("good", "✔"),
        Found::Waiting => ("waits", "…"),
        Found::Problem => ("bad", "✖"),
        Found::Unknown => ("unknown", "?"),
        Found::NotApplicable => ("none", "–"),
    };
    let found = match step.found {
        Found::NotApplicable => "does not apply",
        Found::Ok | Found::Waiting | Found::Problem | Found::Unknown => step.found.as_str(),
    };
    let name = step.name.as_str();
    Examined { name, class, shape, found, detail: step.detail, proof: step.proof, action: step.action }
}

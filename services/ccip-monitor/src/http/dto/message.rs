//! Messages, their history and their executions.

use causeway_telemetry::propagation::trace_id_of;
use serde::Serialize;
use utoipa::ToSchema;

use super::text::{bytes, text, time};
use crate::{
    app::{
        page::{Detail, MessagePage},
        reason::words,
    },
    domain::event::{IdOrigin, IdProof, Outcome},
    ports::{AttemptView, HistoryStep as StepView, Link, MessageView, Side},
};

/// A cross-chain message.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Message {
    /// 0x and 64 small hexadecimal digits.
    message_id: String,
    /// True when no event states the id: keccak256(transaction hash, log index).
    id_derived: bool,
    /// `verified`, `mismatch` (tampering, or a wrong formula), or `not_derivable`.
    id_proof: &'static str,
    lane: String,
    /// `ccip-1.5`, `ccip-1.6`, `ccip-2.0`, or the name of an operator's own.
    dialect: String,
    source: Source,
    destination: Destination,
    /// `sent`, `delivered`, `executing`, `executed`, `failed` or `expired`.
    status: &'static str,
    sent_at: String,
    /// Absent where it has not arrived, or the dialect does not say.
    delivered_at: Option<String>,
    executed_at: Option<String>,
    /// Number within the on-ramp.
    sequence_number: Option<String>,
    /// Number within lane and sender; absent when messages may be executed in any order.
    nonce: Option<String>,
    on_ramp: String,
    /// Zero is the chain's coin.
    fee_token: String,
    /// In the smallest unit of `fee_token`.
    fee: String,
    /// The fee in juels (10⁻¹⁸ LINK), where the event states it.
    fee_juels: Option<String>,
    gas_limit: Option<String>,
    tokens: Vec<TokenAmount>,
    /// The data from its beginning; `data_shortened` says whether it is all.
    data: String,
    data_length: u64,
    data_shortened: bool,
    /// keccak256 of the whole data.
    data_hash: String,
    /// Executions after the first.
    retry_count: u32,
    /// The first and the last few of many.
    retry_timestamps: Vec<String>,
    last_retry_at: Option<String>,
    /// How its execution was found: `id`, or `content_in_order` (source, sender and data, in order among equals).
    link: Option<&'static str>,
    /// True when its send is not on the chain any more and has not come back.
    orphaned: bool,
    /// An earlier message with the same sender, receiver and data on the same lane.
    possible_resend_of: Option<String>,
    /// Its trace: 32 hexadecimal digits that follow from its id.
    trace_id: String,
}

/// Where a message comes from.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Source {
    /// Absent for a selector that is not known.
    chain_id: Option<u64>,
    selector: String,
    tx_hash: Option<String>,
    block_number: Option<u64>,
    block_hash: Option<String>,
    sender: String,
    timestamp: Option<String>,
    /// `final`, or `confirmed` while it can still be undone.
    finality: Option<&'static str>,
}

/// Where a message goes. Transaction, block and time are those of the last execution.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Destination {
    /// Absent for a selector that is not known.
    chain_id: Option<u64>,
    selector: String,
    tx_hash: Option<String>,
    block_number: Option<u64>,
    block_hash: Option<String>,
    receiver: String,
    timestamp: Option<String>,
    /// `final`, or `confirmed` while it can still be undone.
    finality: Option<&'static str>,
}

/// Some of a token.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct TokenAmount {
    /// On the source chain; its pool where the event names only that.
    token: String,
    /// In its smallest unit.
    amount: String,
}

fn finality(side: &Side) -> Option<&'static str> {
    side.tx.map(|_| if side.is_final { "final" } else { "confirmed" })
}

const fn proof(proof: IdProof) -> &'static str {
    match proof {
        IdProof::Verified => "verified",
        IdProof::Mismatch { .. } => "mismatch",
        IdProof::NotDerivable => "not_derivable",
    }
}

const fn link(link: Link) -> &'static str {
    match link {
        Link::Id => "id",
        Link::ContentInOrder => "content_in_order",
    }
}

const fn outcome(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Succeeded) => "succeeded",
        Some(Outcome::Failed) => "failed",
        None => "reverted",
    }
}

impl Source {
    fn new(view: &MessageView) -> Self {
        let side = &view.source;
        Self {
            chain_id: side.chain_id.map(|id| id.get()),
            selector: side.selector.to_string(),
            tx_hash: text(side.tx),
            block_number: side.block_number,
            block_hash: text(side.block_hash),
            sender: bytes(view.sender),
            timestamp: time(side.time),
            finality: finality(side),
        }
    }
}

impl Destination {
    fn new(view: &MessageView) -> Self {
        let side = &view.destination;
        Self {
            chain_id: side.chain_id.map(|id| id.get()),
            selector: side.selector.to_string(),
            tx_hash: text(side.tx),
            block_number: side.block_number,
            block_hash: text(side.block_hash),
            receiver: bytes(&view.receiver),
            timestamp: time(side.time),
            finality: finality(side),
        }
    }
}

impl From<&MessageView> for Message {
    fn from(view: &MessageView) -> Self {
        let kept = u64::try_from(view.payload.head.len()).unwrap_or(u64::MAX);
        let amount = |token: &crate::domain::event::TokenAmount| TokenAmount {
            token: bytes(token.token),
            amount: token.amount.to_string(),
        };
        Self {
            message_id: view.id.to_string(),
            id_derived: view.id_origin == IdOrigin::Derived,
            id_proof: proof(view.id_proof),
            lane: view.lane_name.clone(),
            dialect: view.lane.dialect.to_string(),
            source: Source::new(view),
            destination: Destination::new(view),
            status: view.status.as_str(),
            sent_at: view.sent_at.to_string(),
            delivered_at: time(view.delivered_at),
            executed_at: time(view.executed_at),
            sequence_number: text(view.sequence),
            nonce: text(view.nonce),
            on_ramp: bytes(view.on_ramp),
            fee_token: bytes(view.fee_token),
            fee: view.fee.to_string(),
            fee_juels: text(view.fee_juels),
            gas_limit: text(view.gas_limit),
            tokens: view.tokens.iter().map(amount).collect(),
            data: bytes(&view.payload.head),
            data_length: view.payload.length,
            data_shortened: kept < view.payload.length,
            data_hash: view.payload.hash.to_string(),
            retry_count: view.retry_count,
            retry_timestamps: view.retry_timestamps.iter().map(ToString::to_string).collect(),
            last_retry_at: time(view.last_retry_at),
            link: view.link.map(link),
            orphaned: view.orphaned,
            possible_resend_of: text(view.possible_resend_of),
            trace_id: trace_id_of(view.id),
        }
    }
}

/// A step of a message's way.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct HistoryStep {
    /// `sent`, `committed`, `root_removed`, `tried`, `succeeded`, `failed`, `timed_out`, `time_extended` or `undone`.
    event: String,
    /// The status after it.
    status: &'static str,
    /// By the clock of its chain.
    at: String,
    chain_id: Option<u64>,
    block_number: Option<u64>,
    tx_hash: Option<String>,
    cause: String,
}

impl From<&StepView> for HistoryStep {
    fn from(step: &StepView) -> Self {
        Self {
            event: step.event.clone(),
            status: step.status.as_str(),
            at: step.at.to_string(),
            chain_id: step.chain.map(|id| id.get()),
            block_number: step.block_number,
            tx_hash: text(step.tx),
            cause: step.cause.clone(),
        }
    }
}

/// An execution.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Attempt {
    tx_hash: String,
    block_number: u64,
    timestamp: String,
    /// `succeeded`, `failed`, or `reverted` when the whole transaction was.
    outcome: &'static str,
    /// What was returned, decoded as far as it can be; absent after a success.
    reason: Option<String>,
    /// Shortened.
    return_data: String,
    gas_used: Option<String>,
    /// True when its block is not on the chain any more.
    orphaned: bool,
}

impl From<&AttemptView> for Attempt {
    fn from(attempt: &AttemptView) -> Self {
        Self {
            tx_hash: attempt.tx.to_string(),
            block_number: attempt.block_number,
            timestamp: attempt.time.to_string(),
            outcome: outcome(attempt.outcome),
            reason: reason(attempt),
            return_data: bytes(&attempt.return_data),
            gas_used: text(attempt.gas_used),
            orphaned: attempt.orphaned,
        }
    }
}

fn reason(attempt: &AttemptView) -> Option<String> {
    match attempt.outcome {
        Some(Outcome::Succeeded) => None,
        Some(Outcome::Failed) | None => Some(words(&attempt.return_data)),
    }
}

/// A message with its whole way.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct MessageDetail {
    #[serde(flatten)]
    message: Message,
    /// Oldest step first, undone ones included.
    history: Vec<HistoryStep>,
    /// Oldest first.
    attempts: Vec<Attempt>,
}

impl From<&Detail> for MessageDetail {
    fn from(detail: &Detail) -> Self {
        Self {
            message: Message::from(&detail.message),
            history: detail.history.iter().map(HistoryStep::from).collect(),
            attempts: detail.attempts.iter().map(Attempt::from).collect(),
        }
    }
}

/// Messages, newest first; those of a transaction in the order of their logs.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Messages {
    messages: Vec<Message>,
    /// Give it as `cursor`, with the same filters, for older messages; absent on the last page.
    next_cursor: Option<String>,
    /// Give it as `cursor`, with the same filters, for newer messages; absent on the first page.
    previous_cursor: Option<String>,
}

impl From<MessagePage> for Messages {
    fn from(page: MessagePage) -> Self {
        Self {
            messages: page.rows.iter().map(Message::from).collect(),
            next_cursor: page.next,
            previous_cursor: page.previous,
        }
    }
}

impl From<Vec<MessageView>> for Messages {
    fn from(rows: Vec<MessageView>) -> Self {
        Self { messages: rows.iter().map(Message::from).collect(), next_cursor: None, previous_cursor: None }
    }
}

//! Messages, findings and sums → wire. Pure.

use std::time::Duration;

use causeway_proto::{
    ccip::v1::{
        Attempt, GetReportResponse, HistoryStep, IdProof as WireProof, InFlightValue, LaneStatistics, Message,
        MessageSide, MessageStatus, StoredFinding, TokenAmount,
    },
    types::v1::{BigInteger, ChainPosition},
};
use causeway_service::wire::{duration, timestamp};

use crate::{
    app::{reason::words, reports::ReportDocument},
    domain::{
        event::{IdOrigin, IdProof, Outcome},
        message::Status,
        report::Window,
    },
    error::Error,
    ports::{
        AttemptView, FindingView, HistoryStep as StepView, InFlight, LaneStats, Link, MessageView, ReadPosition, Side,
    },
};

pub(super) fn integer(value: impl ToString) -> Option<BigInteger> {
    Some(BigInteger { value: value.to_string() })
}

pub(super) fn text(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// `0x` and small digits.
pub(super) fn bytes(value: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(value))
}

pub(super) const fn status(value: Status) -> MessageStatus {
    match value {
        Status::Sent => MessageStatus::Sent,
        Status::Delivered => MessageStatus::Delivered,
        Status::Executing => MessageStatus::Executing,
        Status::Executed => MessageStatus::Executed,
        Status::Failed => MessageStatus::Failed,
        Status::Expired => MessageStatus::Expired,
    }
}

const fn proof(value: IdProof) -> WireProof {
    match value {
        IdProof::Verified => WireProof::Verified,
        IdProof::Mismatch { .. } => WireProof::Mismatch,
        IdProof::NotDerivable => WireProof::NotDerivable,
    }
}

const fn link(value: Option<Link>) -> &'static str {
    match value {
        Some(Link::Id) => "id",
        Some(Link::ContentInOrder) => "content_in_order",
        None => "",
    }
}

fn side(value: &Side) -> MessageSide {
    MessageSide {
        selector: value.selector.to_string(),
        chain_id: value.chain_id.map(|id| id.get()).unwrap_or_default(),
        tx_hash: text(value.tx),
        block_number: value.block_number.unwrap_or_default(),
        block_hash: text(value.block_hash),
        timestamp: value.time.and_then(timestamp),
        r#final: value.is_final,
    }
}

pub(super) fn message(view: &MessageView) -> Message {
    let token = |token: &crate::domain::event::TokenAmount| TokenAmount {
        token: bytes(token.token),
        amount: integer(token.amount),
    };
    Message {
        message_id: view.id.to_string(),
        id_derived: view.id_origin == IdOrigin::Derived,
        id_proof: proof(view.id_proof).into(),
        lane: view.lane_name.clone(),
        dialect: view.lane.dialect.to_string(),
        source: Some(side(&view.source)),
        destination: Some(side(&view.destination)),
        sender: bytes(view.sender),
        receiver: bytes(&view.receiver),
        status: status(view.status).into(),
        sent_at: timestamp(view.sent_at),
        delivered_at: view.delivered_at.and_then(timestamp),
        executed_at: view.executed_at.and_then(timestamp),
        sequence_number: view.sequence,
        nonce: view.nonce,
        fee_token: bytes(view.fee_token),
        fee: integer(view.fee),
        gas_limit: view.gas_limit.and_then(integer),
        tokens: view.tokens.iter().map(token).collect(),
        data: view.payload.head.to_vec(),
        data_length: view.payload.length,
        data_hash: view.payload.hash.to_string(),
        retry_count: view.retry_count,
        retry_timestamps: view.retry_timestamps.iter().copied().filter_map(timestamp).collect(),
        last_retry_at: view.last_retry_at.and_then(timestamp),
        link: link(view.link).to_owned(),
        orphaned: view.orphaned,
        possible_resend_of: text(view.possible_resend_of),
        trace_id: causeway_telemetry::propagation::trace_id_of(view.id),
    }
}

pub(super) fn step(view: &StepView) -> HistoryStep {
    let position = view.chain.zip(view.block_number).map(|(chain, block_number)| ChainPosition {
        chain_id: chain.get(),
        block_number,
        block_hash: String::new(),
    });
    HistoryStep {
        event: view.event.clone(),
        status: status(view.status).into(),
        at: timestamp(view.at),
        position,
        tx_hash: text(view.tx),
        cause: view.cause.clone(),
    }
}

pub(super) fn attempt(view: &AttemptView) -> Attempt {
    let outcome = match view.outcome {
        Some(Outcome::Succeeded) => "succeeded",
        Some(Outcome::Failed) => "failed",
        None => "reverted",
    };
    Attempt {
        tx_hash: view.tx.to_string(),
        block_number: view.block_number,
        timestamp: timestamp(view.time),
        outcome: outcome.to_owned(),
        reason: reason(view),
        return_data: view.return_data.to_vec(),
        orphaned: view.orphaned,
    }
}

/// Empty where there is nothing to explain.
fn reason(view: &AttemptView) -> String {
    match view.outcome {
        Some(Outcome::Succeeded) => String::new(),
        Some(Outcome::Failed) | None => words(&view.return_data),
    }
}

pub(super) fn statistics(stats: &LaneStats) -> LaneStatistics {
    let of = |wanted: Status| {
        let matching = stats.by_status.iter().filter(|(status, _)| *status == wanted);
        matching.map(|(_, count)| *count).fold(0_u64, u64::saturating_add)
    };
    let quantile = |pick: fn([Duration; 3]) -> Duration| stats.latency.map(pick).and_then(duration);
    LaneStatistics {
        lane: stats.lane_name.clone(),
        sent: stats.sent,
        executed: of(Status::Executed),
        failed: of(Status::Failed),
        expired: of(Status::Expired),
        pending: [Status::Sent, Status::Delivered, Status::Executing].map(of).into_iter().fold(0, u64::saturating_add),
        latency_p50: quantile(|[p50, _, _]| p50),
        latency_p95: quantile(|[_, p95, _]| p95),
        latency_p99: quantile(|[_, _, p99]| p99),
    }
}

/// The report in both its forms.
///
/// # Errors
/// [`Error::Unwritable`]: none in practice, since nothing that is written can fail.
pub(super) fn report(window: Window, report: &ReportDocument) -> Result<GetReportResponse, Error> {
    let document_json = serde_json::to_string(report).map_err(|error| Error::Unwritable(Box::new(error)))?;
    Ok(GetReportResponse {
        from: timestamp(window.from()),
        before: timestamp(window.before()),
        document_json,
        markdown: report.to_markdown()?,
    })
}

pub(super) fn in_flight(value: &InFlight) -> InFlightValue {
    InFlightValue {
        lane: value.lane_name.clone(),
        token: bytes(value.token),
        amount: integer(value.amount),
        messages: value.messages,
    }
}

pub(super) fn position(value: &ReadPosition) -> ChainPosition {
    ChainPosition {
        chain_id: value.chain.get(),
        block_number: value.position.number,
        block_hash: value.position.hash.to_string(),
    }
}

pub(super) fn finding(view: &FindingView) -> StoredFinding {
    StoredFinding {
        sequence: view.sequence,
        kind: view.kind.as_str().to_owned(),
        chain_id: view.chain.get(),
        lane: view.lane_name.clone().unwrap_or_default(),
        message_id: text(view.message),
        subject: view.subject.clone(),
        detail: view.detail.clone(),
        seen_at: timestamp(view.seen_at),
        closed_at: view.closed_at.and_then(timestamp),
    }
}

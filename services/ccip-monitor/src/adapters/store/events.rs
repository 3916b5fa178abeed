//! What operators are told: written in the transaction that it is about.

use causeway_chain::logs::Position;
use causeway_primitives::ChainId;
use causeway_store::{Error, Named as _};
use serde_json::json;

use super::work::Work;
use crate::{
    domain::finding::Finding,
    ports::{Accepted, NewEvent, Which},
};

/// Something was seen that must never be.
pub(super) fn finding_opened(finding: &Finding, traceparent: Option<&str>) -> NewEvent {
    let detail = json!({
        "kind": finding.kind.as_str(),
        "chain_id": finding.chain.get(),
        "lane": finding.lane.as_ref().map(ToString::to_string),
        "message_id": finding.message.map(|id| id.to_string()),
        "block_number": finding.place.map(|place| place.block),
        "tx_hash": finding.place.map(|place| format!("{:#x}", place.tx)),
    });
    NewEvent {
        kind: "finding_opened".to_owned(),
        subject: finding.subject.clone(),
        summary: finding.detail.clone(),
        detail_json: detail.to_string(),
        traceparent: traceparent.map(ToOwned::to_owned),
    }
}

/// A person took findings as they are.
pub(super) fn accepted(accepted: &Accepted, count: u64) -> NewEvent {
    let subject = match accepted.which {
        Which::One(number) => number.to_string(),
        Which::Kind(kind) => kind.as_str().to_owned(),
    };
    NewEvent {
        kind: "finding_accepted".to_owned(),
        summary: format!("{} accepted {count} findings ({subject}): {}", accepted.by, accepted.reason),
        detail_json: json!({ "by": accepted.by, "reason": accepted.reason, "findings": count }).to_string(),
        subject,
        traceparent: causeway_telemetry::propagation::current_traceparent(),
    }
}

/// A chain went another way.
pub(super) fn reorganised(chain: ChainId, to: Option<Position>, events: u64) -> NewEvent {
    let detail = json!({
        "chain_id": chain.get(),
        "to_block": to.map(|to| to.number),
        "to_hash": to.map(|to| format!("{:#x}", to.hash)),
        "events": events,
    });
    let from = to.map_or(0, |to| to.number.saturating_add(1));
    NewEvent {
        kind: "reorganised".to_owned(),
        subject: chain.to_string(),
        summary: format!("chain {chain} is another one from block {from} on; {events} events were undone"),
        detail_json: detail.to_string(),
        traceparent: None,
    }
}

/// Numbers them and keeps them.
pub(super) async fn insert(work: &mut Work, events: &[NewEvent]) -> Result<(), Error> {
    for event in events {
        let change = work.change();
        let queries = work.tx.queries();
        sqlx::query!(
            r#"
            INSERT INTO event (change, at, kind, subject, summary, detail, trace_id)
            VALUES ($1, now(), $2, $3, $4, $5::TEXT::JSONB, $6)
            "#,
            change,
            event.kind,
            event.subject,
            event.summary,
            event.detail_json,
            event.traceparent.as_deref().and_then(trace_id),
        )
        .execute(&mut *work.tx)
        .named("insert_event", &queries)
        .await?;
    }
    Ok(())
}

/// The second field of `00-<trace id>-<span id>-<flags>`.
fn trace_id(traceparent: &str) -> Option<&str> {
    traceparent.split('-').nth(1)
}

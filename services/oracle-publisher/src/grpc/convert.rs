//! Read model and rows → wire. Pure; the only file that knows both worlds.

use causeway_primitives::Timestamp;
use causeway_proto::{
    oracle::v1::{Feed, FeedPrice, PriceStatus, Round, Source},
    types::v1::{BigInteger, ChainPosition, Decimal},
};
use causeway_service::wire::{duration, timestamp};

use crate::{
    app::view::{FeedView, PositionView, SourceView, Status},
    ports::RoundRow,
};

pub(super) fn decimal(value: impl ToString) -> Option<Decimal> {
    Some(Decimal { value: value.to_string() })
}

pub(super) fn integer(value: impl ToString) -> Option<BigInteger> {
    Some(BigInteger { value: value.to_string() })
}

fn status(value: Status) -> PriceStatus {
    match value {
        Status::Fresh => PriceStatus::Fresh,
        Status::Stale => PriceStatus::Stale,
        Status::Halted => PriceStatus::Halted,
        Status::Unavailable => PriceStatus::Unavailable,
    }
}

fn position(value: &PositionView) -> ChainPosition {
    ChainPosition {
        chain_id: value.chain_id,
        block_number: value.block_number,
        block_hash: value.block_hash.to_string(),
    }
}

pub(super) fn feed_price(view: &FeedView, now: Timestamp) -> FeedPrice {
    let price = view.on_chain.as_ref().and_then(|round| round.answer.to_price(view.decimals).ok());
    FeedPrice {
        feed_id: view.id.to_string(),
        pair: view.pair.to_string(),
        status: status(view.status(now)).into(),
        decimals: u32::from(view.decimals.get()),
        answer: view.on_chain.as_ref().and_then(|round| integer(round.answer)),
        price: price.and_then(decimal),
        round_id: view.on_chain.as_ref().and_then(|round| integer(round.round_id)),
        updated_at: view.on_chain.as_ref().and_then(|round| timestamp(round.updated_at)),
        age: view.age(now).and_then(duration),
        market_price: view.market.and_then(decimal),
        venues_counted: view.venues_counted,
        quorum: view.quorum,
        decision: view.decision.as_ref().map(|d| d.reason.to_string()).unwrap_or_default(),
        decided_at: view.decision.as_ref().and_then(|d| timestamp(d.decided_at)),
        position: view.position.as_ref().map(position),
    }
}

pub(super) fn feed(view: &FeedView, now: Timestamp) -> Feed {
    Feed {
        price: Some(feed_price(view, now)),
        aggregator_address: view.aggregator.map(|address| address.to_string()).unwrap_or_default(),
        deviation_threshold_percent: decimal(view.deviation_threshold),
        heartbeat: duration(view.heartbeat),
        source_ids: view.sources.iter().map(ToString::to_string).collect(),
        derived_from: view.derived_from.iter().map(ToString::to_string).collect(),
        breaker_state: view.breaker.to_owned(),
        breaker_forced: view.forced.to_owned(),
    }
}

pub(super) fn source(view: &SourceView) -> Source {
    Source {
        source_id: view.id.to_string(),
        venue_id: view.venue.to_string(),
        feed_id: view.feed.to_string(),
        market: view.market.to_string(),
        state: view.state.to_owned(),
        cause: view.cause.clone(),
        since: timestamp(view.since),
        last_price: view.last_price.and_then(decimal),
        last_received_at: view.last_received_at.and_then(timestamp),
        weight_percent: decimal(view.weight),
        backup: view.backup,
        last_fault: view.last_fault.to_owned(),
        quota_used_percent: view.quota_used.and_then(decimal),
        quota_exhausted_at: view.quota_exhausted_at.and_then(timestamp),
        credential_days_left: view.credential_days_left,
    }
}

pub(super) fn round(row: &RoundRow) -> Round {
    Round {
        feed_id: row.feed.to_string(),
        round_id: row.round_id.and_then(integer),
        answer: integer(row.answer),
        reason: row.reason.clone(),
        state: row.state.clone(),
        tx_hash: row.tx_hash.map(|hash| hash.to_string()).unwrap_or_default(),
        block_number: row.block_number.unwrap_or_default(),
        decision_id: row.decision_id,
        decided_at: timestamp(row.decided_at),
        updated_at: timestamp(row.updated_at),
        trace_id: row.trace_id.clone().unwrap_or_default(),
    }
}

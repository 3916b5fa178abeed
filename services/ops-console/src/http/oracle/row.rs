//! A feed and a source as rows.

use causeway_primitives::Timestamp;
use causeway_proto::oracle::v1::{Feed, FeedPrice, PriceStatus, Source};

use super::super::{ages::span as age, marks::When, page::Mark, params::change};
use crate::{
    adapters::wire::{decimal, integer, moment, name, sentence, span},
    domain::figures::{deviation, grouped},
};

/// A feed.
pub(super) struct FeedRow {
    pub(super) id: String,
    pub(super) pair: String,
    pub(super) mark: Mark,
    pub(super) price: String,
    pub(super) market: String,
    pub(super) deviation: String,
    pub(super) threshold: String,
    pub(super) age: String,
    pub(super) updated: When,
    pub(super) heartbeat: When,
    pub(super) venues: String,
    pub(super) has_quorum: bool,
    /// The worst of its status, its breaker and its quorum, as a class of the style sheet.
    pub(super) worst: &'static str,
    pub(super) breaker: Mark,
    pub(super) decision: String,
    pub(super) decided: When,
    pub(super) from: String,
    pub(super) round: String,
    /// Whether the breaker is where somebody told it to be.
    pub(super) is_forced: bool,
    pub(super) clear_link: String,
}

pub(super) fn feed(wire: &Feed, now: Timestamp) -> FeedRow {
    let price = wire.price.clone().unwrap_or_default();
    let updated = moment(price.updated_at.as_ref());
    let heartbeat = span(wire.heartbeat.as_ref()).zip(updated).map(|(every, at)| at.after(every));
    let text = |wire| decimal(wire).map_or_else(|| "none".to_owned(), grouped);
    let (mark, breaker) = (status(price.status()), breaker(&wire.breaker_state));
    let has_quorum = price.venues_counted >= price.quorum;
    let is_well = has_quorum && breaker == Mark::ok("closed");
    FeedRow {
        worst: if mark.class == "ok" && !is_well { "degraded" } else { mark.class },
        mark,
        price: text(price.price.as_ref()),
        market: text(price.market_price.as_ref()),
        deviation: apart(&price),
        threshold: decimal(wire.deviation_threshold_percent.as_ref())
            .map_or_else(|| "–".to_owned(), |at| format!("{} %", grouped(at))),
        age: span(price.age.as_ref()).map_or_else(|| "–".to_owned(), age),
        updated: When::of(updated, now, "never"),
        heartbeat: When::of(heartbeat, now, "–"),
        venues: format!("{} of {}", price.venues_counted, price.quorum),
        has_quorum,
        breaker,
        decision: name(&price.decision).replace('_', " "),
        decided: When::of(moment(price.decided_at.as_ref()), now, "never"),
        from: wire.derived_from.iter().take(20).map(|feed| name(feed)).collect::<Vec<_>>().join(" × "),
        round: integer(price.round_id.as_ref()).map_or_else(|| "none".to_owned(), grouped),
        is_forced: matches!(wire.breaker_forced.as_str(), "forced_open" | "forced_closed"),
        clear_link: change("oracle-publisher", "breaker.clear", &[("feed_id", &price.feed_id)]),
        id: name(&price.feed_id),
        pair: name(&price.pair),
    }
}

fn breaker(state: &str) -> Mark {
    match state {
        "closed" => Mark::ok("closed"),
        "open" => Mark::wrong("open"),
        "half_open" => Mark::less("half open"),
        _ => Mark::unknown("unknown"),
    }
}

const fn status(status: PriceStatus) -> Mark {
    match status {
        PriceStatus::Unspecified => Mark::unknown("unknown"),
        PriceStatus::Fresh => Mark::ok("fresh"),
        PriceStatus::Stale => Mark::wrong("stale"),
        PriceStatus::Halted => Mark::wrong("halted"),
        PriceStatus::Unavailable => Mark::wrong("unavailable"),
    }
}

/// How far the market is from the answer on chain.
fn apart(price: &FeedPrice) -> String {
    let both = decimal(price.price.as_ref()).zip(decimal(price.market_price.as_ref()));
    both.and_then(|(answer, market)| deviation(answer, market)).unwrap_or_else(|| "–".to_owned())
}

/// A source.
pub(super) struct SourceRow {
    pub(super) id: String,
    pub(super) venue: String,
    pub(super) market: String,
    pub(super) feed: String,
    pub(super) mark: Mark,
    pub(super) cause: String,
    pub(super) since: When,
    pub(super) price: String,
    pub(super) received: When,
    pub(super) weight: String,
    pub(super) notes: Vec<String>,
    /// The change that it takes, in a word; empty for a source that has no vote.
    pub(super) change: &'static str,
    pub(super) change_link: String,
}

pub(super) fn source(wire: &Source, now: Timestamp) -> SourceRow {
    let (mark, change_name, action) = standing(&wire.state);
    SourceRow {
        id: name(&wire.source_id),
        venue: name(&wire.venue_id),
        market: name(&wire.market),
        feed: name(&wire.feed_id),
        mark,
        cause: sentence(&wire.cause),
        since: When::of(moment(wire.since.as_ref()), now, "not known"),
        price: decimal(wire.last_price.as_ref()).map_or_else(|| "none".to_owned(), grouped),
        received: When::of(moment(wire.last_received_at.as_ref()), now, "never"),
        weight: decimal(wire.weight_percent.as_ref())
            .map_or_else(|| "–".to_owned(), |weight| format!("{} %", grouped(weight))),
        notes: notes(wire, now),
        change: change_name,
        change_link: change("oracle-publisher", action, &[("source_id", &wire.source_id)]),
    }
}

/// How it is, and what an operator may want of it.
fn standing(state: &str) -> (Mark, &'static str, &'static str) {
    let exclude = ("exclude", "source.exclude");
    let (mark, (word, action)) = match state {
        "healthy" => (Mark::ok("healthy"), exclude),
        "suspect" => (Mark::less("suspect"), exclude),
        "quarantined" => (Mark::wrong("quarantined"), exclude),
        "probation" => (Mark::less("on probation"), exclude),
        "standby" => (Mark::waits("stands by"), exclude),
        "excluded" => (Mark::wrong("excluded"), ("reinstate", "source.reinstate")),
        "reference" => (Mark::waits("reference, no vote"), ("", "")),
        _ => (Mark::unknown("unknown"), exclude),
    };
    (mark, word, action)
}

fn notes(wire: &Source, now: Timestamp) -> Vec<String> {
    let mut notes = Vec::new();
    if wire.backup {
        notes.push("counts while the quorum is short".to_owned());
    }
    if !wire.last_fault.is_empty() {
        notes.push(format!("last fault: {}", name(&wire.last_fault).replace('_', " ")));
    }
    if let Some(used) = decimal(wire.quota_used_percent.as_ref()) {
        notes.push(format!("{} % of its quota used", grouped(used)));
    }
    if let Some(at) = moment(wire.quota_exhausted_at.as_ref()) {
        notes.push(format!("quota used up in {}", age(at.since(now))));
    }
    if let Some(days) = wire.credential_days_left {
        notes.push(format!("its credential lasts {days} days"));
    }
    notes
}

//! The JSON of the REST face. Amounts, prices and round ids are strings, so that no reader's number type
//! can bend them; times are RFC 3339 in UTC.

use causeway_primitives::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::{
        page::{Explained, Page},
        view::{FeedView, SourceView},
    },
    domain::explain::{RuleLine, SourceLine},
    error::Error,
    ports::RoundRow,
};

/// A feed's price.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Price {
    feed_id: String,
    pair: String,
    /// `fresh`, `stale`, `halted` or `unavailable`: only a fresh answer is for use.
    status: &'static str,
    decimals: u8,
    /// The answer on chain as its integer.
    answer: Option<String>,
    /// The answer on chain as a price.
    price: Option<String>,
    /// Up to 80 bits.
    round_id: Option<String>,
    /// Block time of the answer.
    updated_at: Option<String>,
    age_seconds: Option<u64>,
    /// The median of the sources now.
    market_price: Option<String>,
    venues_counted: u32,
    quorum: u32,
    heartbeat_seconds: u64,
    deviation_threshold_percent: String,
    breaker: &'static str,
    aggregator_address: Option<String>,
    sources: Vec<String>,
    derived_from: Vec<String>,
    decision: Option<Decision>,
    position: Option<Position>,
}

/// The latest decision of a feed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Decision {
    /// `publish`, `hold` or `refuse`.
    kind: String,
    reason: String,
    decided_at: String,
}

/// Where an answer was read.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Position {
    chain_id: u64,
    block_number: u64,
    block_hash: String,
}

impl Price {
    pub(super) fn new(view: &FeedView, now: Timestamp) -> Self {
        let on_chain = view.on_chain.as_ref();
        Self {
            feed_id: view.id.to_string(),
            pair: view.pair.to_string(),
            status: view.status(now).as_str(),
            decimals: view.decimals.get(),
            answer: on_chain.map(|round| round.answer.to_string()),
            price: on_chain.and_then(|round| round.answer.to_price(view.decimals).ok()).map(|price| price.to_string()),
            round_id: on_chain.map(|round| round.round_id.to_string()),
            updated_at: on_chain.map(|round| round.updated_at.to_string()),
            age_seconds: view.age(now).map(|age| age.as_secs()),
            market_price: view.market.map(|price| price.to_string()),
            venues_counted: view.venues_counted,
            quorum: view.quorum,
            heartbeat_seconds: view.heartbeat.as_secs(),
            deviation_threshold_percent: view.deviation_threshold.to_string(),
            breaker: view.breaker,
            aggregator_address: view.aggregator.map(|address| address.to_string()),
            sources: view.sources.iter().map(ToString::to_string).collect(),
            derived_from: view.derived_from.iter().map(ToString::to_string).collect(),
            decision: view.decision.as_ref().map(|decision| Decision {
                kind: decision.kind.to_string(),
                reason: decision.reason.to_string(),
                decided_at: decision.decided_at.to_string(),
            }),
            position: view.position.map(|position| Position {
                chain_id: position.chain_id,
                block_number: position.block_number,
                block_hash: position.block_hash.to_string(),
            }),
        }
    }
}

/// All prices.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Prices {
    pub(super) prices: Vec<Price>,
}

/// A transaction that carries an answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Round {
    feed_id: String,
    /// Up to 80 bits; absent until mined.
    round_id: Option<String>,
    answer: String,
    /// `first_round`, `deviation` or `heartbeat`.
    reason: String,
    /// `pending`, `confirmed`, `reverted` or `failed`.
    state: String,
    tx_hash: Option<String>,
    block_number: Option<u64>,
    decision_id: u64,
    decided_at: String,
    updated_at: String,
    trace_id: Option<String>,
}

impl From<&RoundRow> for Round {
    fn from(row: &RoundRow) -> Self {
        Self {
            feed_id: row.feed.to_string(),
            round_id: row.round_id.map(|id| id.to_string()),
            answer: row.answer.to_string(),
            reason: row.reason.clone(),
            state: row.state.clone(),
            tx_hash: row.tx_hash.map(|hash| hash.to_string()),
            block_number: row.block_number,
            decision_id: row.decision_id,
            decided_at: row.decided_at.to_string(),
            updated_at: row.updated_at.to_string(),
            trace_id: row.trace_id.clone(),
        }
    }
}

/// One page of rounds, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Rounds {
    rounds: Vec<Round>,
    /// Give it as `page_token` for the next page; absent on the last.
    next_page_token: Option<String>,
}

impl From<Page> for Rounds {
    fn from(page: Page) -> Self {
        let next_page_token = if page.next.is_empty() { None } else { Some(page.next) };
        Self { rounds: page.rows.iter().map(Round::from).collect(), next_page_token }
    }
}

/// Which rounds.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct RoundsQuery {
    /// Only this feed.
    pub(super) feed_id: Option<String>,
    /// 1 to 500; 50 when absent.
    #[serde(default)]
    pub(super) page_size: u32,
    /// The `next_page_token` of the page before.
    #[serde(default)]
    pub(super) page_token: String,
}

/// Which sources.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct SourcesQuery {
    /// Only those of this feed.
    pub(super) feed_id: Option<String>,
}

/// A source with its state.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Source {
    source_id: String,
    venue_id: String,
    feed_id: String,
    market: String,
    /// `healthy`, `suspect`, `quarantined`, `probation`, `excluded` or `standby`.
    state: &'static str,
    cause: String,
    since: String,
    weight_percent: String,
    backup: bool,
    last_price: Option<String>,
    last_received_at: Option<String>,
    last_fault: Option<&'static str>,
    quota_used_percent: Option<String>,
    quota_exhausted_at: Option<String>,
    credential_days_left: Option<i32>,
}

impl From<&SourceView> for Source {
    fn from(view: &SourceView) -> Self {
        Self {
            source_id: view.id.to_string(),
            venue_id: view.venue.to_string(),
            feed_id: view.feed.to_string(),
            market: view.market.to_string(),
            state: view.state,
            cause: view.cause.clone(),
            since: view.since.to_string(),
            weight_percent: view.weight.to_string(),
            backup: view.backup,
            last_price: view.last_price.map(|price| price.to_string()),
            last_received_at: view.last_received_at.map(|at| at.to_string()),
            last_fault: Some(view.last_fault).filter(|fault| !fault.is_empty()),
            quota_used_percent: view.quota_used.map(|share| share.to_string()),
            quota_exhausted_at: view.quota_exhausted_at.map(|at| at.to_string()),
            credential_days_left: view.credential_days_left,
        }
    }
}

/// All sources.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Sources {
    pub(super) sources: Vec<Source>,
}

/// How one rule came out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExplainedRule {
    /// `route`, `quorum`, `range`, `spread`, `jump`, `breaker`, `deviation`, `heartbeat` or `pending`.
    rule: &'static str,
    /// `met`, `not_met` or `not_applied`.
    mark: &'static str,
    sentence: String,
}

impl From<RuleLine> for ExplainedRule {
    fn from(line: RuleLine) -> Self {
        Self { rule: line.rule.as_str(), mark: line.mark.as_str(), sentence: line.sentence }
    }
}

/// What became of one source's price.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExplainedSource {
    source_id: String,
    /// `counted`, `merged`, or why it did not count.
    verdict: &'static str,
    /// What its vote was worth; 0 without one.
    weight_percent: String,
    sentence: String,
}

impl From<SourceLine> for ExplainedSource {
    fn from(line: SourceLine) -> Self {
        Self {
            source_id: line.source.to_string(),
            verdict: line.verdict,
            weight_percent: line.weight.to_string(),
            sentence: line.sentence,
        }
    }
}

/// A decision in words and data.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Explanation {
    decision_id: u64,
    feed_id: String,
    decided_at: String,
    summary: String,
    /// The rules that were applied, in order.
    rules: Vec<ExplainedRule>,
    /// Every source, counted or not.
    sources: Vec<ExplainedSource>,
    round: Option<Round>,
    /// The stored record, as it was decided on.
    #[schema(value_type = Object)]
    record: Box<serde_json::value::RawValue>,
    /// SHA-256 over the record and the digest before it.
    digest: String,
}

impl TryFrom<Explained> for Explanation {
    type Error = Error;

    fn try_from(explained: Explained) -> Result<Self, Error> {
        let Explained { row, decision, round } = explained;
        let explanation = decision.explanation;
        Ok(Self {
            decision_id: row.decision_id,
            feed_id: row.feed.to_string(),
            decided_at: row.decided_at.to_string(),
            summary: explanation.summary,
            rules: explanation.rules.into_iter().map(ExplainedRule::from).collect(),
            sources: explanation.sources.into_iter().map(ExplainedSource::from).collect(),
            round: round.as_ref().map(Round::from),
            record: crate::app::record::raw(row.record)?,
            digest: row.digest.to_string(),
        })
    }
}

/// Why a request was refused.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// Constant, for machines.
    pub(super) reason: &'static str,
    /// For people.
    pub(super) message: String,
}

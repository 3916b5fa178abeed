//! What batches are to the metrics: who sent, what it cost, how long it took.

use std::{sync::Arc, time::Duration};

use causeway_chain::endpoints::Block;
use causeway_primitives::{Address, ChainName, Timestamp, U256};

use super::lanes::LaneBook;
use crate::{
    domain::{
        event::{LaneEvent, Located, Outcome, Sent},
        finding::Finding,
    },
    metrics::{ErrorKind, FeeToken, Metrics},
    ports::{Batch, Ingested},
};

/// The smallest units of a whole token: LINK and the chains' coins have 18 decimals.
const UNITS: f64 = 1e18;

/// Counts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Counter {
    /// Where.
    pub metrics: Metrics,
    /// Whose lane.
    pub lanes: Arc<LaneBook>,
    /// LINK on this counter's chain.
    pub link: Option<Address>,
}

impl Counter {
    /// A stored batch.
    pub(super) fn batch(&self, chain: &ChainName, batch: &Batch, ingested: &Ingested) {
        self.events(chain, &batch.events);
        self.ingested(chain, ingested);
        self.metrics.error(chain.as_str(), ErrorKind::Decode, u64::try_from(batch.holes.len()).unwrap_or(u64::MAX));
        self.metrics.position(chain.as_str(), batch.position.number);
    }

    /// What was found in a hole.
    pub(super) fn filled(&self, chain: &ChainName, found: &[Located], ingested: &Ingested) {
        self.events(chain, found);
        self.ingested(chain, ingested);
    }

    /// New findings.
    pub(super) fn findings(&self, chain: &ChainName, findings: &[Finding]) {
        findings.iter().for_each(|finding| self.metrics.finding(chain.as_str(), finding.kind));
    }

    fn events(&self, chain: &ChainName, events: &[Located]) {
        for located in events {
            if let LaneEvent::Sent(sent) = &located.event {
                let labels = self.lanes.labels(&sent.lane);
                self.metrics.sent(&labels, 1);
                let (token, amount) = self.fee(sent);
                self.metrics.fee(&labels, token, amount);
            }
            if let LaneEvent::Attempted(attempt) = &located.event
                && attempt.outcome == Outcome::Failed
            {
                self.metrics.failure(&self.lanes.labels(&attempt.lane), chain.as_str());
            }
        }
    }

    fn ingested(&self, chain: &ChainName, ingested: &Ingested) {
        for executed in &ingested.executed {
            if executed.outcome == Outcome::Succeeded {
                let forward = executed.executed_at >= executed.sent_at;
                let latency = forward.then(|| executed.executed_at.since(executed.sent_at));
                self.metrics.received(&self.lanes.labels(&executed.lane), latency);
            }
        }
        self.findings(chain, &ingested.findings);
    }

    fn fee(&self, sent: &Sent) -> (FeeToken, f64) {
        match sent.fee_juels {
            Some(juels) => (FeeToken::Link, whole_tokens(juels)),
            None if Some(sent.fee_token) == self.link => (FeeToken::Link, whole_tokens(sent.fee)),
            None if sent.fee_token == Address::ZERO => (FeeToken::Native, whole_tokens(sent.fee)),
            None => (FeeToken::Other, whole_tokens(sent.fee)),
        }
    }

    /// The chain's head, and how far behind it the reading is.
    pub(super) fn head(&self, chain: &ChainName, head: Block, read_up_to: Option<Timestamp>) {
        let behind = read_up_to.map_or(Duration::ZERO, |time| head.time.since(time));
        self.metrics.head(chain.as_str(), head.number, behind);
    }

    /// A reorganisation undid events.
    pub(super) fn reorganised(&self, chain: &ChainName, events: u64) {
        self.metrics.reorganised(chain.as_str(), events);
    }

    /// Something failed while watching.
    pub(super) fn error(&self, chain: &ChainName, kind: ErrorKind) {
        self.metrics.error(chain.as_str(), kind, 1);
    }
}

/// Whole tokens, for a metric; exact figures are in the database.
pub(super) fn whole_tokens(units: U256) -> f64 {
    f64::from(units) / UNITS
}

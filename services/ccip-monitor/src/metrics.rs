//! Every metric of the service: names, labels, meaning.
//!
//! The counters of a listed lane are created at start, so that a rate over something that never happened is zero and
//! not absent. Labels are words of the configuration and of our own enums: never a message, an account or a
//! transaction. A lane that nobody listed is counted under its chains and its dialect.

use std::{
    sync::atomic::{AtomicI64, AtomicU64},
    time::Duration,
};

use causeway_telemetry::metrics::{BETWEEN_CHAINS_SECONDS, ExactCounter, Registry};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
};

use crate::domain::{finding, message::Status};

/// A lane: the chains by their names (an unknown one by its selector), and the dialect.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct LaneLabels {
    /// Where from.
    pub source: String,
    /// Where to.
    pub destination: String,
    /// How it speaks.
    pub dialect: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LaneStatus {
    source: String,
    destination: String,
    dialect: String,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LaneToken {
    source: String,
    destination: String,
    dialect: String,
    token: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ChainLabel {
    chain: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ChainKind {
    chain: String,
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ChainAccount {
    chain: String,
    account: String,
}

type Unsigned = Gauge<u64, AtomicU64>;
type Signed = Gauge<i64, AtomicI64>;

/// What a fee was paid in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeeToken {
    /// LINK, or stated in juels by the event.
    Link,
    /// The chain's own coin, or the token that wraps it.
    Native,
    /// Something else.
    Other,
}

impl FeeToken {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Native => "native",
            Self::Other => "other",
        }
    }
}

/// What failed while watching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A message's execution failed.
    Execution,
    /// A log could not be decoded.
    Decode,
    /// A chain could not be read.
    Chain,
    /// The database did not do what it was asked.
    Store,
}

impl ErrorKind {
    const ALL: [Self; 4] = [Self::Execution, Self::Decode, Self::Chain, Self::Store];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Execution => "execution",
            Self::Decode => "decode",
            Self::Chain => "chain",
            Self::Store => "store",
        }
    }
}

/// What is counted. Clones share the same counters.
#[derive(Debug, Clone)]
pub struct Metrics {
    sent: Family<LaneLabels, Counter>,
    received: Family<LaneLabels, Counter>,
    latency: Family<LaneLabels, Histogram, fn() -> Histogram>,
    fees: Family<LaneToken, Counter<f64, AtomicU64>>,
    errors: Family<ChainKind, Counter>,
    tracked: Family<LaneStatus, Unsigned>,
    failures: Family<LaneLabels, ExactCounter>,
    findings: Family<ChainKind, Counter>,
    holes: Family<ChainLabel, Unsigned>,
    reorganised: Family<ChainLabel, Counter>,
    position: Family<ChainLabel, Unsigned>,
    head: Family<ChainLabel, Unsigned>,
    behind: Family<ChainLabel, Signed>,
    link: Family<ChainAccount, Gauge<f64, AtomicU64>>,
    router: Family<ChainLabel, Unsigned>,
    cursed: Family<ChainLabel, Unsigned>,
    clock_anomalies: Family<LaneLabels, Counter>,
    passed_over: Family<ChainLabel, Counter>,
    leader: Unsigned,
}

fn latency() -> Histogram {
    Histogram::new(BETWEEN_CHAINS_SECONDS)
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            sent: Family::default(),
            received: Family::default(),
            latency: Family::new_with_constructor(latency as fn() -> Histogram),
            fees: Family::default(),
            errors: Family::default(),
            tracked: Family::default(),
            failures: Family::default(),
            findings: Family::default(),
            holes: Family::default(),
            reorganised: Family::default(),
            position: Family::default(),
            head: Family::default(),
            behind: Family::default(),
            link: Family::default(),
            router: Family::default(),
            cursed: Family::default(),
            clock_anomalies: Family::default(),
            passed_over: Family::default(),
            leader: Unsigned::default(),
        }
    }
}

impl Metrics {
    /// Registers all of them.
    pub fn register(r: &mut Registry) -> Self {
        let this = Self::default();
        r.register("ccip_messages_sent", "Messages seen at their source", this.sent.clone());
        r.register("ccip_messages_received", "Messages seen executed at their destination", this.received.clone());
        r.register(
            "ccip_message_latency_seconds",
            "From the send to the successful execution, by the two chains' clocks",
            this.latency.clone(),
        );
        r.register("ccip_fees", "Fees of messages, in whole tokens; exact figures are in the API", this.fees.clone());
        r.register("ccip_errors", "What failed, by kind", this.errors.clone());
        r.register("ccip_messages_tracked", "Messages in the database, by status", this.tracked.clone());
        r.register("ccip_message_failures", "Executions that failed", this.failures.clone());
        r.register("ccip_findings", "What must never be, and was seen", this.findings.clone());
        r.register("ccip_open_holes", "What is there and could not be read", this.holes.clone());
        r.register("ccip_reorganised_events", "Events undone by reorganisations", this.reorganised.clone());
        r.register("ccip_position_block", "Up to where logs were read", this.position.clone());
        r.register("ccip_head_block", "The chain's last block", this.head.clone());
        r.register("ccip_behind_seconds", "Head's time minus the time logs were read up to", this.behind.clone());
        r.register("ccip_link_balance", "LINK of a watched account; absent while unknown", this.link.clone());
        r.register("ccip_router_up", "1 while the router is there and answers", this.router.clone());
        r.register("ccip_cursed", "1 while the chain or one of its lanes is cursed", this.cursed.clone());
        r.register(
            "ccip_clock_anomalies",
            "Executions whose chain's clock was behind that of their send",
            this.clock_anomalies.clone(),
        );
        r.register(
            "ccip_blocks_passed_over",
            "Blocks in which nobody looked for reverted executions although messages waited",
            this.passed_over.clone(),
        );
        r.register("ccip_leader", "1 on the replica that judges and speaks for the service", this.leader.clone());
        this
    }

    /// Creates a lane's counters at zero.
    pub fn prepare_lane(&self, lane: &LaneLabels) {
        drop(self.sent.get_or_create(lane));
        drop(self.received.get_or_create(lane));
        drop(self.latency.get_or_create(lane));
        drop(self.failures.get_or_create(lane));
    }

    /// Creates a chain's counters at zero.
    pub fn prepare_chain(&self, chain: &str) {
        for kind in ErrorKind::ALL {
            drop(self.errors.get_or_create(&ChainKind { chain: chain.to_owned(), kind: kind.as_str() }));
        }
        for kind in finding::Kind::ALL {
            drop(self.findings.get_or_create(&ChainKind { chain: chain.to_owned(), kind: kind.as_str() }));
        }
        drop(self.reorganised.get_or_create(&label(chain)));
        drop(self.passed_over.get_or_create(&label(chain)));
    }

    /// Messages were sent.
    pub fn sent(&self, lane: &LaneLabels, count: u64) {
        self.sent.get_or_create(lane).inc_by(count);
    }

    /// A fee in whole tokens. The one place where an amount is a float: a metric knows nothing else.
    pub fn fee(&self, lane: &LaneLabels, token: FeeToken, amount: f64) {
        let labels = LaneToken {
            source: lane.source.clone(),
            destination: lane.destination.clone(),
            dialect: lane.dialect.clone(),
            token: token.as_str(),
        };
        self.fees.get_or_create(&labels).inc_by(amount);
    }

    /// A message was executed so long after its send; `None`: its destination's clock was behind.
    pub fn received(&self, lane: &LaneLabels, latency: Option<Duration>) {
        self.received.get_or_create(lane).inc();
        if latency.is_none() {
            self.clock_anomalies.get_or_create(lane).inc();
        }
        self.latency.get_or_create(lane).observe(latency.unwrap_or_default().as_secs_f64());
    }

    /// An execution failed.
    pub fn failure(&self, lane: &LaneLabels, chain: &str) {
        self.failures.get_or_create(lane).inc();
        self.error(chain, ErrorKind::Execution, 1);
    }

    /// Something failed while watching.
    pub fn error(&self, chain: &str, kind: ErrorKind, count: u64) {
        self.errors.get_or_create(&ChainKind { chain: chain.to_owned(), kind: kind.as_str() }).inc_by(count);
    }

    /// Something was seen that must never be.
    pub fn finding(&self, chain: &str, kind: finding::Kind) {
        self.findings.get_or_create(&ChainKind { chain: chain.to_owned(), kind: kind.as_str() }).inc();
    }

    /// Messages of a lane in a status.
    pub fn tracked(&self, lane: &LaneLabels, status: Status, count: u64) {
        let labels = LaneStatus {
            source: lane.source.clone(),
            destination: lane.destination.clone(),
            dialect: lane.dialect.clone(),
            status: status.as_str(),
        };
        self.tracked.get_or_create(&labels).set(count);
    }

    /// Open holes of a chain.
    pub fn holes(&self, chain: &str, count: u64) {
        self.holes.get_or_create(&label(chain)).set(count);
    }

    /// A reorganisation undid events.
    pub fn reorganised(&self, chain: &str, events: u64) {
        self.reorganised.get_or_create(&label(chain)).inc_by(events);
    }

    /// Up to where logs were read.
    pub fn position(&self, chain: &str, block: u64) {
        self.position.get_or_create(&label(chain)).set(block);
    }

    /// The chain's head, and how far behind it we are.
    pub fn head(&self, chain: &str, block: u64, behind: Duration) {
        self.head.get_or_create(&label(chain)).set(block);
        self.behind.get_or_create(&label(chain)).set(i64::try_from(behind.as_secs()).unwrap_or(i64::MAX));
    }

    /// LINK of an account; `None`: not known, and then there is no such series.
    pub fn link(&self, chain: &str, account: String, amount: Option<f64>) {
        let labels = ChainAccount { chain: chain.to_owned(), account };
        match amount {
            Some(amount) => {
                self.link.get_or_create(&labels).set(amount);
            }
            None => {
                self.link.remove(&labels);
            }
        }
    }

    /// Whether the router serves; not knowing counts as not serving.
    pub fn router(&self, chain: &str, serves: bool) {
        self.router.get_or_create(&label(chain)).set(u64::from(serves));
    }

    /// Whether something is cursed; `None`: not known, and then there is no such series.
    pub fn cursed(&self, chain: &str, cursed: Option<bool>) {
        match cursed {
            Some(cursed) => {
                self.cursed.get_or_create(&label(chain)).set(u64::from(cursed));
            }
            None => {
                self.cursed.remove(&label(chain));
            }
        }
    }

    /// Nobody looked for reverted executions in these blocks.
    pub fn passed_over(&self, chain: &str, blocks: u64) {
        self.passed_over.get_or_create(&label(chain)).inc_by(blocks);
    }

    /// Whether this replica reads the chains.
    pub fn leads(&self, leads: bool) {
        self.leader.set(u64::from(leads));
    }
}

fn label(chain: &str) -> ChainLabel {
    ChainLabel { chain: chain.to_owned() }
}

//! Every metric of the service: names, labels, meaning.
//!
//! Counters of a feed or a source are created at start, so that a rate over something that never happened
//! is zero and not absent. Labels are ids from the configuration and reasons from our own enums: bounded.

use std::{sync::atomic::AtomicU64, time::Duration};

use causeway_primitives::{FeedId, Ppm, SourceId};
use causeway_telemetry::metrics::{Latency, Registry};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
};

use crate::ports::Fault;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FeedLabel {
    feed: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FeedReason {
    feed: String,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FeedKindReason {
    feed: String,
    kind: &'static str,
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FeedKind {
    feed: String,
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SourceLabel {
    source: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SourceFault {
    source: String,
    fault: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SourceState {
    source: String,
    state: &'static str,
}

type Unsigned = Gauge<u64, AtomicU64>;

/// What is counted about feeds and their transactions. Clones share the same counters.
#[derive(Debug, Clone, Default)]
pub struct Feeds {
    updates_sent: Family<FeedReason, Counter>,
    update_errors: Family<FeedKind, Counter>,
    decisions: Family<FeedKindReason, Counter>,
    answer_age: Family<FeedLabel, Unsigned>,
    deviation: Family<FeedLabel, Unsigned>,
    venues_counted: Family<FeedLabel, Unsigned>,
    quorum: Family<FeedLabel, Unsigned>,
    breaker_open: Family<FeedLabel, Unsigned>,
    tick_to_broadcast: Latency,
    broadcast_to_confirmed: Latency,
    leader: Unsigned,
    feed_leads: Family<FeedLabel, Unsigned>,
    updates_left: Unsigned,
    clock_skew: Gauge,
}

/// The kinds of failed updates: what a transaction can come to besides success.
pub const ERROR_KINDS: [&str; 6] = ["reverted", "failed", "refused", "chain_unreadable", "store_unavailable", "fenced"];

impl Feeds {
    /// Registers all of them.
    pub fn register(registry: &mut Registry) -> Self {
        let this = Self::default();
        let r = registry;
        r.register(
            "oracle_updates_sent",
            "Answers that landed: receipt with status 1 and the aggregator's event with our answer",
            this.updates_sent.clone(),
        );
        r.register(
            "oracle_update_errors",
            "Answers that should have been sent and did not land",
            this.update_errors.clone(),
        );
        r.register("oracle_decisions", "Decisions, by what came of them", this.decisions.clone());
        r.register("oracle_answer_age_seconds", "Age of the answer on chain by block time", this.answer_age.clone());
        r.register("oracle_deviation_ppm", "Distance of the market from the answer on chain", this.deviation.clone());
        r.register("oracle_venues_counted", "Independent venues in the median", this.venues_counted.clone());
        r.register("oracle_quorum", "Independent venues needed now", this.quorum.clone());
        r.register("oracle_breaker_open", "1 while the feed's breaker is not closed", this.breaker_open.clone());
        r.register(
            "oracle_tick_to_broadcast_seconds",
            "From the tick that deviated to the transaction on the wire",
            this.tick_to_broadcast.clone(),
        );
        r.register(
            "oracle_broadcast_to_confirmed_seconds",
            "From the first broadcast to the confirmed receipt",
            this.broadcast_to_confirmed.clone(),
        );
        r.register("oracle_leader", "1 on the replica that speaks for the service", this.leader.clone());
        r.register("oracle_feed_leads", "1 on the replica that publishes the feed", this.feed_leads.clone());
        r.register(
            "oracle_publisher_updates_left",
            "Updates that the publisher's balance pays for",
            this.updates_left.clone(),
        );
        r.register(
            "oracle_clock_skew_seconds",
            "Our wall clock minus the latest block's time",
            this.clock_skew.clone(),
        );
        this
    }

    /// Creates a feed's counters at zero.
    pub fn prepare(&self, feed: &FeedId) {
        for reason in ["first_round", "deviation", "heartbeat"] {
            drop(self.updates_sent.get_or_create(&FeedReason { feed: feed.to_string(), reason }));
        }
        self.leads_feed(feed, false);
        for kind in ERROR_KINDS {
            drop(self.update_errors.get_or_create(&FeedKind { feed: feed.to_string(), kind }));
        }
    }

    /// An answer landed.
    pub fn sent(&self, feed: &FeedId, reason: &'static str) {
        self.updates_sent.get_or_create(&FeedReason { feed: feed.to_string(), reason }).inc();
    }

    /// An answer did not land; `kind` is one of [`ERROR_KINDS`].
    pub fn failed(&self, feed: &FeedId, kind: &'static str) {
        self.update_errors.get_or_create(&FeedKind { feed: feed.to_string(), kind }).inc();
    }

    /// A decision was taken.
    pub fn decided(&self, feed: &FeedId, kind: &'static str, reason: &'static str) {
        self.decisions.get_or_create(&FeedKindReason { feed: feed.to_string(), kind, reason }).inc();
    }

    /// How a feed stands.
    pub fn observe(&self, feed: &FeedId, standing: &Standing) {
        let label = FeedLabel { feed: feed.to_string() };
        self.venues_counted.get_or_create(&label).set(u64::from(standing.venues_counted));
        self.quorum.get_or_create(&label).set(u64::from(standing.quorum));
        self.breaker_open.get_or_create(&label).set(u64::from(standing.breaker_open));
        if let Some(age) = standing.age {
            self.answer_age.get_or_create(&label).set(age.as_secs());
        }
        if let Some(deviation) = standing.deviation {
            self.deviation.get_or_create(&label).set(deviation.get());
        }
    }

    /// A transaction went out, so long after the tick that caused it.
    pub fn broadcast(&self, since_tick: Duration) {
        self.tick_to_broadcast.observe(since_tick);
    }

    /// A transaction was confirmed, so long after its first broadcast.
    pub fn confirmed(&self, since_broadcast: Duration) {
        self.broadcast_to_confirmed.observe(since_broadcast);
    }

    /// Whether this replica publishes the feed.
    pub fn leads_feed(&self, feed: &FeedId, leads: bool) {
        self.feed_leads.get_or_create(&FeedLabel { feed: feed.to_string() }).set(u64::from(leads));
    }

    /// Whether this replica leads the service.
    pub fn leads(&self, leads: bool) {
        self.leader.set(u64::from(leads));
    }

    /// How many updates the balance pays for; the largest number where gas is free.
    pub fn updates_left(&self, updates: u64) {
        self.updates_left.set(updates);
    }

    /// Our wall clock minus the block's time, in seconds.
    pub fn clock_skew(&self, seconds: i64) {
        self.clock_skew.set(seconds);
    }
}

/// How a feed stands, for gauges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Venues in the median.
    pub venues_counted: u32,
    /// Venues needed.
    pub quorum: u32,
    /// Whether the breaker is not closed.
    pub breaker_open: bool,
    /// Age of the answer on chain.
    pub age: Option<Duration>,
    /// Distance of the market from it.
    pub deviation: Option<Ppm>,
}

/// What is counted about sources. Clones share the same counters.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    ticks: Family<SourceLabel, Counter>,
    faults: Family<SourceFault, Counter>,
    states: Family<SourceState, Unsigned>,
    weight: Family<SourceLabel, Unsigned>,
    quota_used: Family<SourceLabel, Unsigned>,
    credential_days: Family<SourceLabel, Gauge>,
    reference: Family<SourceLabel, Unsigned>,
}

impl Sources {
    /// Registers all of them.
    pub fn register(registry: &mut Registry) -> Self {
        let this = Self::default();
        let r = registry;
        r.register("oracle_source_ticks", "Prices received", this.ticks.clone());
        r.register("oracle_source_faults", "Prices not received, by fault", this.faults.clone());
        r.register("oracle_source_state", "1 for the state that the source is in", this.states.clone());
        r.register("oracle_source_weight_ppm", "Weight in the median", this.weight.clone());
        r.register("oracle_source_quota_used_ppm", "Used share of the venue's quota", this.quota_used.clone());
        r.register(
            "oracle_source_credential_days_left",
            "Days until the credential expires",
            this.credential_days.clone(),
        );
        r.register(
            "oracle_reference_deviation_ppm",
            "Distance of the feed's median from an external reference",
            this.reference.clone(),
        );
        this
    }

    /// Creates a source's counters at zero.
    pub fn prepare(&self, source: &SourceId) {
        drop(self.ticks.get_or_create(&SourceLabel { source: source.to_string() }));
        for fault in Fault::ALL {
            drop(self.faults.get_or_create(&SourceFault { source: source.to_string(), fault: fault.as_str() }));
        }
    }

    /// A price came.
    pub fn tick(&self, source: &SourceId) {
        self.ticks.get_or_create(&SourceLabel { source: source.to_string() }).inc();
    }

    /// No price came, and why.
    pub fn fault(&self, source: &SourceId, fault: Fault) {
        self.faults.get_or_create(&SourceFault { source: source.to_string(), fault: fault.as_str() }).inc();
    }

    /// The source went from one state to another.
    pub fn state(&self, source: &SourceId, from: &'static str, to: &'static str) {
        self.states.get_or_create(&SourceState { source: source.to_string(), state: from }).set(0);
        self.states.get_or_create(&SourceState { source: source.to_string(), state: to }).set(1);
    }

    /// The source's weight in the median.
    pub fn weight(&self, source: &SourceId, weight: Ppm) {
        self.weight.get_or_create(&SourceLabel { source: source.to_string() }).set(weight.get());
    }

    /// The distance of the median from a reference; `None` when they cannot be compared.
    pub fn reference(&self, source: &SourceId, distance: Option<Ppm>) {
        let label = SourceLabel { source: source.to_string() };
        match distance {
            Some(distance) => {
                self.reference.get_or_create(&label).set(distance.get());
            }
            None => {
                self.reference.remove(&label);
            }
        }
    }

    /// The used share of its quota.
    pub fn quota(&self, source: &SourceId, used: Ppm) {
        self.quota_used.get_or_create(&SourceLabel { source: source.to_string() }).set(used.get());
    }

    /// Days until its credential expires.
    pub fn credential(&self, source: &SourceId, days: i64) {
        self.credential_days.get_or_create(&SourceLabel { source: source.to_string() }).set(days);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use causeway_telemetry::metrics::encode;

    use super::*;

    fn page(exercise: impl FnOnce(&Feeds, &Sources)) -> String {
        let mut registry = Registry::default();
        let (feeds, sources) = (Feeds::register(&mut registry), Sources::register(&mut registry));
        feeds.prepare(&"eur-usd".parse().unwrap());
        sources.prepare(&"kraken-eur-usd".parse().unwrap());
        exercise(&feeds, &sources);
        encode(&registry).unwrap()
    }

    #[track_caller]
    fn assert_line(page: &str, line: &str) {
        assert!(page.lines().any(|known| known == line), "no line {line} in:\n{page}");
    }

    #[test]
    fn ora_4_the_counters_have_the_operators_names_and_start_at_zero() {
        let page = page(|_, _| {});
        for reason in ["first_round", "deviation", "heartbeat"] {
            assert_line(&page, &format!(r#"oracle_updates_sent_total{{feed="eur-usd",reason="{reason}"}} 0"#));
        }
        for kind in ERROR_KINDS {
            assert_line(&page, &format!(r#"oracle_update_errors_total{{feed="eur-usd",kind="{kind}"}} 0"#));
        }
    }

    #[test]
    fn ora_4_an_update_is_counted_under_its_feed_and_reason_only() {
        let page = page(|feeds, _| {
            let feed = "eur-usd".parse().unwrap();
            feeds.sent(&feed, "deviation");
            feeds.sent(&feed, "deviation");
            feeds.failed(&feed, "reverted");
        });
        assert_line(&page, r#"oracle_updates_sent_total{feed="eur-usd",reason="deviation"} 2"#);
        assert_line(&page, r#"oracle_updates_sent_total{feed="eur-usd",reason="heartbeat"} 0"#);
        assert_line(&page, r#"oracle_update_errors_total{feed="eur-usd",kind="reverted"} 1"#);
        assert_line(&page, r#"oracle_update_errors_total{feed="eur-usd",kind="failed"} 0"#);
    }

    #[test]
    fn ora_6_a_source_is_in_one_state_and_its_faults_start_at_zero() {
        let page = page(|_, sources| {
            let source = "kraken-eur-usd".parse().unwrap();
            sources.state(&source, "healthy", "suspect");
            sources.state(&source, "suspect", "quarantined");
            sources.fault(&source, Fault::Timeout);
        });
        assert_line(&page, r#"oracle_source_state{source="kraken-eur-usd",state="suspect"} 0"#);
        assert_line(&page, r#"oracle_source_state{source="kraken-eur-usd",state="quarantined"} 1"#);
        assert_line(&page, r#"oracle_source_faults_total{source="kraken-eur-usd",fault="timeout"} 1"#);
        assert_line(&page, r#"oracle_source_faults_total{source="kraken-eur-usd",fault="credential"} 0"#);
    }

    /// One sample of everything, because a family without a sample is not on the page.
    fn exercise(feeds: &Feeds, sources: &Sources) {
        let (feed, source) = ("eur-usd".parse().unwrap(), "kraken-eur-usd".parse().unwrap());
        feeds.decided(&feed, "hold", "within_threshold");
        let (age, deviation) = (Some(Duration::ZERO), Some(Ppm::ZERO));
        feeds.observe(&feed, &Standing { venues_counted: 3, quorum: 3, breaker_open: false, age, deviation });
        sources.state(&source, "healthy", "suspect");
        sources.weight(&source, Ppm::WHOLE);
        sources.quota(&source, Ppm::ZERO);
        sources.credential(&source, 30);
        sources.reference(&source, Some(Ppm::ZERO));
    }

    #[test]
    fn the_readme_names_every_metric_and_no_other() {
        let page = page(exercise);
        let registered: BTreeSet<String> =
            page.lines()
                .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
                .map(|(name, kind)| {
                    if kind == "counter" {
                        format!("{}_total", name.trim_end_matches("_total"))
                    } else {
                        name.to_owned()
                    }
                })
                .collect();
        let readme = include_str!("../README.md").lines();
        let named = readme.filter_map(|line| Some(line.strip_prefix("| `oracle_")?.split_once('`')?.0));
        let named: BTreeSet<String> = named.map(|name| format!("oracle_{name}")).collect();
        assert_eq!(named, registered);
    }
}

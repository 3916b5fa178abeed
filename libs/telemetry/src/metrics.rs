//! What every crate's `metrics.rs` is built from: the registry, its exposition, and two kinds of metric
//! that the client library lacks.
//!
//! A registry is made by `lib.rs` of a service, filled by whoever has something to count, and then read
//! only. Nothing here is global. Labels are bounded sets of our own words: never an address, an id or a
//! text that came from outside.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use causeway_primitives::Timestamp;
use prometheus_client::{
    encoding::{EncodeMetric, MetricEncoder, text},
    metrics::{MetricType, TypedMetric, exemplar::HistogramWithExemplars, gauge::Gauge, info::Info},
};

pub use prometheus_client::registry::Registry;

use crate::propagation;

/// The content type of [`encode`]'s text.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// From the fastest thing worth timing, a cached read, to the longest that anything of ours may wait.
const LATENCY_BUCKETS_SECONDS: [f64; 15] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// The registry in OpenMetrics text.
///
/// # Errors
/// [`fmt::Error`] when one of the registry's collectors gives up.
pub fn encode(registry: &Registry) -> Result<String, fmt::Error> {
    let mut page = String::new();
    text::encode(&mut page, registry)?;
    Ok(page)
}

/// Registers what tells processes apart: `process_start_time_seconds` and `causeway_build_info`.
pub fn register_process(registry: &mut Registry, service: &'static str, version: &'static str, started: Timestamp) {
    let start = Gauge::<i64>::default();
    start.set(i64::try_from(started.as_secs()).unwrap_or_default());
    registry.register("process_start_time_seconds", "When the process started, in seconds since 1970", start);
    let labels = [("service", service), ("version", version)];
    registry.register("causeway_build", "What this process was built from", Info::new(labels));
}

/// A counter that is exposed under exactly the name it is registered with.
///
/// The client appends `_total` to every counter. Some names are contracts with the operators and have no
/// such ending (`ccip_message_failures`); OpenMetrics allows that for the type `unknown`, which
/// Prometheus stores like any other series, so `rate()` and `increase()` work on it.
#[derive(Debug, Clone, Default)]
pub struct ExactCounter(Arc<AtomicU64>);

impl ExactCounter {
    /// Counts one.
    pub fn inc(&self) {
        self.inc_by(1);
    }

    /// Counts several.
    pub fn inc_by(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// Counted so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl TypedMetric for ExactCounter {
    const TYPE: MetricType = MetricType::Unknown;
}

impl EncodeMetric for ExactCounter {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        encoder.encode_gauge(&self.get())
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

/// Bucket bounds for the way of a message or a settlement: from a private chain's next block to beyond the eight hours after
/// which a message may be executed by hand.
pub const BETWEEN_CHAINS_SECONDS: [f64; 16] = [
    1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 28_800.0,
    86_400.0,
];

/// A histogram of durations in seconds whose buckets remember a trace that fell into them.
#[derive(Debug, Clone)]
pub struct Latency(HistogramWithExemplars<[(&'static str, String); 1]>);

impl Latency {
    /// For what takes from seconds to a day, as going from one chain to another does.
    pub fn between_chains() -> Self {
        Self(HistogramWithExemplars::new(BETWEEN_CHAINS_SECONDS.into_iter()))
    }

    /// Records one duration, with the current trace as its example.
    pub fn observe(&self, duration: Duration) {
        let example = propagation::current_trace_id().map(|id| [("trace_id", id)]);
        self.0.observe(duration.as_secs_f64(), example, None);
    }
}

impl Default for Latency {
    fn default() -> Self {
        Self(HistogramWithExemplars::new(LATENCY_BUCKETS_SECONDS.into_iter()))
    }
}

impl TypedMetric for Latency {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Latency {
    fn encode(&self, encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        self.0.encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::metrics::{counter::Counter, family::Family};

    use super::*;

    #[test]
    fn the_operators_names_are_exposed_to_the_letter() {
        let mut registry = Registry::default();
        let failures = Family::<[(&'static str, &'static str); 1], ExactCounter>::default();
        registry.register("ccip_message_failures", "Messages that failed", failures.clone());
        failures.get_or_create(&[("lane", "a-b")]).inc_by(2);
        let sent = Counter::<u64>::default();
        registry.register("oracle_updates_sent", "Rounds that landed", sent.clone());
        sent.inc();

        let page = encode(&registry).unwrap();
        assert!(
            page.contains("# TYPE ccip_message_failures unknown\nccip_message_failures{lane=\"a-b\"} 2\n"),
            "{page}"
        );
        assert!(page.contains("oracle_updates_sent_total 1\n"), "{page}");
        assert!(page.ends_with("# EOF\n"), "{page}");
    }

    #[test]
    fn a_process_says_when_it_started_and_what_it_is() {
        let mut registry = Registry::default();
        register_process(
            &mut registry,
            "oracle-publisher",
            "1.2.3",
            Timestamp::from_millis(1_700_000_000_900).unwrap(),
        );
        let page = encode(&registry).unwrap();
        assert!(page.contains("process_start_time_seconds 1700000000\n"), "{page}");
        assert!(page.contains("causeway_build_info{service=\"oracle-publisher\",version=\"1.2.3\"} 1\n"), "{page}");
    }

    #[test]
    fn a_latency_falls_into_its_bucket() {
        let mut registry = Registry::default();
        let latency = Latency::default();
        registry.register("call_duration_seconds", "How long calls took", latency.clone());
        latency.observe(Duration::from_millis(40));
        let page = encode(&registry).unwrap();
        assert!(page.contains("call_duration_seconds_bucket{le=\"0.025\"} 0\n"), "{page}");
        assert!(page.contains("call_duration_seconds_bucket{le=\"0.05\"} 1\n"), "{page}");
        assert!(page.contains("call_duration_seconds_sum 0.04\n"), "{page}");
    }
}

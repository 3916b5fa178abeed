//! What is counted about endpoints. Labels are bounded: the endpoint's index, the method names in this
//! crate, and the outcomes of [`rpc::Error::label`](crate::rpc::Error::label).

use std::{sync::atomic::AtomicU64, time::Duration};

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use super::{CircuitState, EndpointIndex};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    endpoint: u64,
    method: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Method {
    endpoint: u64,
    method: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Which {
    endpoint: u64,
}

/// From a local node's answer to the longest that a call is given.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0];

/// The metrics of endpoint sets. Cheap to clone; clones count together.
#[derive(Debug, Clone)]
pub struct Metrics {
    calls: Family<Call, Counter>,
    duration: Family<Method, Histogram, fn() -> Histogram>,
    circuit: Family<Which, Gauge>,
    head: Family<Which, Gauge<u64, AtomicU64>>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            calls: Family::default(),
            duration: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            circuit: Family::default(),
            head: Family::default(),
        }
    }
}

impl Metrics {
    /// Metrics that are exposed through `registry`; [`Metrics::default`] counts for nobody.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register("chain_rpc_calls", "JSON-RPC calls by endpoint, method and outcome", metrics.calls.clone());
        registry.register_with_unit(
            "chain_rpc_duration",
            "How long JSON-RPC calls took",
            Unit::Seconds,
            metrics.duration.clone(),
        );
        registry.register(
            "chain_endpoint_circuit",
            "Whether an endpoint is called: 0 yes, 1 on trial, 2 no",
            metrics.circuit.clone(),
        );
        registry.register("chain_endpoint_head", "The last block number that an endpoint told", metrics.head.clone());
        metrics
    }

    pub(super) fn call(&self, index: EndpointIndex, method: &'static str, outcome: &'static str, took: Duration) {
        let endpoint = label(index);
        self.calls.get_or_create(&Call { endpoint, method, outcome }).inc();
        self.duration.get_or_create(&Method { endpoint, method }).observe(took.as_secs_f64());
    }

    pub(super) fn circuit(&self, index: EndpointIndex, state: CircuitState) {
        let value = match state {
            CircuitState::Closed => 0,
            CircuitState::HalfOpen => 1,
            CircuitState::Open => 2,
        };
        self.circuit.get_or_create(&Which { endpoint: label(index) }).set(value);
    }

    pub(super) fn head(&self, index: EndpointIndex, number: u64) {
        self.head.get_or_create(&Which { endpoint: label(index) }).set(number);
    }
}

fn label(index: EndpointIndex) -> u64 {
    u64::try_from(index).unwrap_or(u64::MAX)
}

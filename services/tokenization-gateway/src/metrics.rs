//! What is counted (TOK-6): requests by what became of them at the door, and requests by how they ended.

use causeway_telemetry::metrics::{ExactCounter, Registry};
use prometheus_client::metrics::{family::Family, gauge::Gauge};

use crate::{
    app::Comparisons,
    domain::{instruction::Kind, saga::State},
};

/// Kind and outcome.
type Labels = [(&'static str, &'static str); 2];

/// How a request was met at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// It is new.
    Taken,
    /// It was there before.
    Known,
    /// It became none.
    Refused,
}

impl Met {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Known => "known",
            Self::Refused => "refused",
        }
    }
}

/// The service's own metrics. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    requests: Family<Labels, ExactCounter>,
    success: Family<Labels, ExactCounter>,
    reconciliation: Family<[(&'static str, String); 2], Gauge>,
}

impl Metrics {
    /// Registers them under the operators' names.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "tokenization_requests",
            "Orders by kind and by what became of them at the door: taken, known, refused",
            metrics.requests.clone(),
        );
        registry.register(
            "tokenization_success",
            "Requests that ended, by kind and outcome: reported, rejected, failed",
            metrics.success.clone(),
        );
        registry.register(
            "tokenization_reconciliation",
            "1 for the outcome of an asset's newest comparison of books and chain",
            metrics.reconciliation.clone(),
        );
        metrics
    }

    /// Counts an order at the door.
    pub fn met(&self, kind: Kind, met: Met) {
        self.requests.get_or_create(&[("kind", kind.as_str()), ("outcome", met.as_str())]).inc();
    }

    /// Counts a request that has come to an end; does nothing for one that has not.
    pub fn ended(&self, kind: Kind, state: State) {
        if state.is_over() {
            self.success.get_or_create(&[("kind", kind.as_str()), ("outcome", state.as_str())]).inc();
        }
    }

    /// Shows the newest comparisons, and nothing of older ones.
    pub fn compared(&self, comparisons: &Comparisons) {
        self.reconciliation.clear();
        for (asset, comparison) in comparisons {
            let outcome = comparison.outcome.map_or("unknown", |outcome| outcome.as_str());
            let labels = [("asset", asset.to_string()), ("outcome", outcome.to_owned())];
            self.reconciliation.get_or_create(&labels).set(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use causeway_telemetry::metrics::encode;

    use super::*;

    #[test]
    fn tok_6_requests_and_successes_have_the_operators_names() {
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        metrics.met(Kind::Mint, Met::Taken);
        metrics.met(Kind::Mint, Met::Known);
        metrics.ended(Kind::Mint, State::Reported);
        metrics.ended(Kind::Mint, State::Mined);
        let page = encode(&registry).unwrap();
        assert!(page.contains("tokenization_requests{kind=\"mint\",outcome=\"taken\"} 1\n"), "{page}");
        assert!(page.contains("tokenization_requests{kind=\"mint\",outcome=\"known\"} 1\n"), "{page}");
        assert!(page.contains("tokenization_success{kind=\"mint\",outcome=\"reported\"} 1\n"), "{page}");
        assert!(!page.contains("mined"), "what goes on is no end: {page}");
    }
}

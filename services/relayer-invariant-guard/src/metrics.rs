//! Every metric of the guard: the operators' own names for their relayer (GRD-6), and what it takes to watch the guard.

use std::{sync::Arc, sync::atomic::AtomicU64, time::Duration};

use causeway_primitives::Scope;
use causeway_telemetry::metrics::{Latency, Registry};
use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge};

/// Of an asset.
type OfAsset = [(&'static str, String); 1];
/// Of a word of ours.
type OfWord = [(&'static str, &'static str); 1];
/// A figure for people: amounts in tokens and things per second.
type Figure = Gauge<f64, AtomicU64>;

/// See the module. Clones share it.
#[derive(Debug, Clone)]
pub struct Metrics {
    relayer: Arc<Relayer>,
    leads: Gauge,
    halted: Family<OfWord, Gauge>,
    evaluations: Family<OfWord, Counter>,
    evaluation_seconds: Latency,
}

/// What the relayer does, as it says itself and as its books say.
#[derive(Debug, Default)]
struct Relayer {
    deposits_indexed: Counter,
    batches_created: Counter,
    batches_anchored: Counter,
    withdrawals_claimed: Counter,
    pending_deposits: Gauge,
    pending_batches: Gauge,
    db_locked: Family<OfAsset, Figure>,
    chain_locked: Family<OfAsset, Figure>,
    delta: Family<OfAsset, Figure>,
    index_cycle: Latency,
    batch_creation: Latency,
    settlement_latency: Latency,
    proof_verification: Latency,
    index_rate: Figure,
    batch_rate: Figure,
    settlement_rate: Figure,
}

/// Something that a relayer did and that worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// A pass of the indexer.
    IndexCycle,
    /// A batch was written.
    BatchCreated,
    /// A batch's root was anchored.
    BatchAnchored,
    /// A withdrawal was claimed.
    WithdrawalClaimed,
    /// A proof was verified.
    ProofVerified,
}

impl Metrics {
    /// Registers all of them.
    pub fn register(registry: &mut Registry) -> Self {
        let this = Self {
            relayer: Arc::new(Relayer { settlement_latency: Latency::between_chains(), ..Relayer::default() }),
            leads: Gauge::default(),
            halted: Family::default(),
            evaluations: Family::default(),
            evaluation_seconds: Latency::default(),
        };
        this.relayer.register(registry);
        registry.register("guard_leads", "1 on the replica that evaluates and grants", this.leads.clone());
        registry.register("guard_halted", "1 for each scope that is halted", this.halted.clone());
        let help = "Evaluations by how they ended: pass, violation, indeterminate";
        registry.register("guard_evaluations", help, this.evaluations.clone());
        let help = "How long gathering and judging took";
        registry.register("guard_evaluation_seconds", help, this.evaluation_seconds.clone());
        for scope in Scope::EVERY {
            this.halted.get_or_create(&[("scope", scope.as_str())]).set(0);
        }
        for outcome in ["pass", "violation", "indeterminate"] {
            drop(this.evaluations.get_or_create(&[("outcome", outcome)]));
        }
        this
    }

    /// A figure that does not move is there all the same.
    pub fn prepare_asset(&self, asset: &str) {
        let Relayer { db_locked, chain_locked, delta, .. } = &*self.relayer;
        for family in [db_locked, chain_locked, delta] {
            drop(family.get_or_create(&[("asset", asset.to_owned())]));
        }
    }

    /// Whether this replica leads.
    pub fn leads(&self, leads: bool) {
        self.leads.set(i64::from(leads));
    }

    /// The scopes that are halted; all others are not.
    pub fn halted(&self, scopes: impl IntoIterator<Item = Scope>) {
        let scopes: Vec<Scope> = scopes.into_iter().collect();
        for scope in Scope::EVERY {
            self.halted.get_or_create(&[("scope", scope.as_str())]).set(i64::from(scopes.contains(&scope)));
        }
    }

    /// An evaluation ended.
    pub fn evaluated(&self, outcome: &'static str, took: Duration) {
        self.evaluations.get_or_create(&[("outcome", outcome)]).inc();
        self.evaluation_seconds.observe(took);
    }

    /// A relayer did something for the first time that it is told of.
    pub fn done(&self, done: Done, things: u64, took: Option<Duration>) {
        let relayer = &*self.relayer;
        let (counter, latency) = match done {
            Done::IndexCycle => (Some(&relayer.deposits_indexed), Some(&relayer.index_cycle)),
            Done::BatchCreated => (Some(&relayer.batches_created), Some(&relayer.batch_creation)),
            Done::BatchAnchored => (Some(&relayer.batches_anchored), None),
            Done::WithdrawalClaimed => (Some(&relayer.withdrawals_claimed), Some(&relayer.settlement_latency)),
            Done::ProofVerified => (None, Some(&relayer.proof_verification)),
        };
        if let Some(counter) = counter {
            counter.inc_by(things);
        }
        if let (Some(latency), Some(took)) = (latency, took) {
            latency.observe(took);
        }
    }

    /// Deposits that are not minted yet.
    pub fn pending_deposits(&self, deposits: u64) {
        self.relayer.pending_deposits.set(i64::try_from(deposits).unwrap_or(i64::MAX));
    }

    /// Batches that are not anchored yet.
    pub fn pending_batches(&self, batches: u64) {
        self.relayer.pending_batches.set(i64::try_from(batches).unwrap_or(i64::MAX));
    }

    /// An asset by the newest verdict, in tokens: what the books have locked, what the chain holds, and the difference.
    pub fn locked(&self, asset: &str, books: f64, chain: f64, delta: f64) {
        let label = [("asset", asset.to_owned())];
        self.relayer.db_locked.get_or_create(&label).set(books);
        self.relayer.chain_locked.get_or_create(&label).set(chain);
        self.relayer.delta.get_or_create(&label).set(delta);
    }

    /// Things per second over the last minute: deposits indexed, batches created, withdrawals claimed.
    pub fn rates(&self, indexed: f64, batches: f64, settled: f64) {
        self.relayer.index_rate.set(indexed);
        self.relayer.batch_rate.set(batches);
        self.relayer.settlement_rate.set(settled);
    }
}

impl Relayer {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "relayer_deposits_indexed",
            "Deposits that the relayer indexed",
            self.deposits_indexed.clone(),
        );
        registry.register("relayer_batches_created", "Batches that the relayer wrote", self.batches_created.clone());
        registry.register(
            "relayer_batches_anchored",
            "Batches whose root the relayer anchored",
            self.batches_anchored.clone(),
        );
        registry.register(
            "relayer_withdrawals_claimed",
            "Withdrawals that the relayer claimed",
            self.withdrawals_claimed.clone(),
        );
        registry.register(
            "relayer_pending_deposits",
            "Deposits that are not minted yet",
            self.pending_deposits.clone(),
        );
        registry.register("relayer_pending_batches", "Batches that are not anchored yet", self.pending_batches.clone());
        registry.register("relayer_db_locked_sigil", "Tokens locked by the relayer's database", self.db_locked.clone());
        registry.register("relayer_chain_locked_sigil", "Tokens that the lockbox holds", self.chain_locked.clone());
        registry.register("relayer_invariant_delta", "Database less chain, in tokens", self.delta.clone());
        registry.register("relayer_index_cycle_seconds", "One pass of the indexer", self.index_cycle.clone());
        registry.register("relayer_batch_creation_seconds", "Writing one batch", self.batch_creation.clone());
        registry.register(
            "relayer_settlement_latency_seconds",
            "From a burn to its claim",
            self.settlement_latency.clone(),
        );
        registry.register("relayer_proof_verification_seconds", "Verifying one proof", self.proof_verification.clone());
        registry.register("relayer_index_rate", "Deposits indexed per second, last minute", self.index_rate.clone());
        registry.register("relayer_batch_rate", "Batches created per second, last minute", self.batch_rate.clone());
        registry.register(
            "relayer_settlement_rate",
            "Withdrawals claimed per second, last minute",
            self.settlement_rate.clone(),
        );
    }
}

#[cfg(test)]
mod tests {
    use causeway_telemetry::metrics::encode;

    use super::*;

    /// The operators' dashboards name these.
    const NAMES: [&str; 17] = [
        "relayer_deposits_indexed_total 3\n",
        "relayer_batches_created_total 1\n",
        "relayer_batches_anchored_total 1\n",
        "relayer_withdrawals_claimed_total 2\n",
        "relayer_pending_deposits 4\n",
        "relayer_pending_batches 5\n",
        "relayer_db_locked_sigil{asset=\"sigil\"} 765.5\n",
        "relayer_chain_locked_sigil{asset=\"sigil\"} 765.0\n",
        "relayer_invariant_delta{asset=\"sigil\"} 0.5\n",
        "relayer_index_cycle_seconds_count 1\n",
        "relayer_batch_creation_seconds_count 1\n",
        "relayer_settlement_latency_seconds_count 1\n",
        "relayer_settlement_latency_seconds_bucket{le=\"300.0\"} 1\n",
        "relayer_proof_verification_seconds_count 1\n",
        "relayer_index_rate 0.25\n",
        "relayer_batch_rate 0.5\n",
        "relayer_settlement_rate 1.5\n",
    ];

    #[test]
    fn grd_6_the_operators_names_are_exposed_to_the_letter() {
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        let took = Some(Duration::from_millis(20));
        metrics.done(Done::IndexCycle, 3, took);
        metrics.done(Done::BatchCreated, 1, took);
        metrics.done(Done::BatchAnchored, 1, took);
        metrics.done(Done::WithdrawalClaimed, 2, took);
        metrics.done(Done::ProofVerified, 1, took);
        metrics.pending_deposits(4);
        metrics.pending_batches(5);
        metrics.locked("sigil", 765.5, 765.0, 0.5);
        metrics.rates(0.25, 0.5, 1.5);
        let page = encode(&registry).unwrap();
        for name in NAMES {
            assert!(page.contains(name), "{name}{page}");
        }
    }

    #[test]
    fn grd_15_scopes_and_outcomes_are_there_before_anything_happens() {
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        metrics.halted([Scope::Settlement]);
        metrics.evaluated("pass", Duration::from_millis(5));
        let page = encode(&registry).unwrap();
        for line in [
            "guard_halted{scope=\"settlement\"} 1\n",
            "guard_halted{scope=\"all\"} 0\n",
            "guard_evaluations_total{outcome=\"pass\"} 1\n",
            "guard_evaluations_total{outcome=\"indeterminate\"} 0\n",
        ] {
            assert!(page.contains(line), "{line}{page}");
        }
    }
}

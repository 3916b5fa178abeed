//! What is counted (TOK-6): requests by what became of them at the door, requests by how they ended, and what it takes to
//! watch the gateway.

use std::{collections::BTreeMap, sync::atomic::AtomicU64, time::Duration};

use causeway_primitives::{AssetId, Timestamp};
use causeway_store::outbox::Backlog;
use causeway_telemetry::metrics::{ExactCounter, Latency, Registry};
use prometheus_client::metrics::{family::Family, gauge::Gauge};

use crate::{
    adapters::{firefly::Standing, store::Open},
    app::{Comparison, Comparisons},
    domain::{
        instruction::Kind,
        request::Request,
        saga::State,
        units::{TokenDecimals, Units},
    },
    ports::System,
};

/// Kind and outcome.
type Labels = [(&'static str, &'static str); 2];
/// Of a word of ours.
type OfWord = [(&'static str, &'static str); 1];
/// Of an asset.
type OfAsset = [(&'static str, String); 1];
/// A figure for people.
type Figure = Gauge<f64, AtomicU64>;

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
    took: Latency,
    refused: Family<OfWord, ExactCounter>,
    /// Of all reasons together; what alerts count by.
    refused_so_far: ExactCounter,
    files: Family<OfWord, ExactCounter>,
    open: Family<OfWord, Gauge>,
    held: Family<OfWord, Gauge>,
    held_seconds: Family<OfWord, Gauge>,
    reconciliation: Family<[(&'static str, String); 2], Gauge>,
    difference: Family<OfAsset, Figure>,
    answers: Family<Labels, Gauge>,
    answer_seconds: Family<OfWord, Gauge>,
    intents: Gauge,
    errands: Family<OfWord, Gauge>,
    pools: Family<[(&'static str, String); 2], Gauge>,
    updates_left: Gauge,
    leave: Gauge,
    leads: Gauge,
}

impl Metrics {
    /// Registers them under the operators' names.
    pub fn register(registry: &mut Registry) -> Self {
        let this = Self::default();
        let help = "Orders by kind and by what became of them at the door: taken, known, refused";
        registry.register("tokenization_requests", help, this.requests.clone());
        let help = "Requests that ended, by kind and outcome: reported, rejected, failed";
        registry.register("tokenization_success", help, this.success.clone());
        let help =
            "From the taking of a request, or the beginning of its day, to its answer, of those that were carried out";
        registry.register("tokenization_seconds", help, this.took.clone());
        let help = "Messages that were refused whole, by reason";
        registry.register("tokenization_messages_refused", help, this.refused.clone());
        let help = "Files of the watched folder by what became of them: done, refused";
        registry.register("tokenization_files", help, this.files.clone());
        let help = "Requests that are not over, by state";
        registry.register("tokenization_open_requests", help, this.open.clone());
        let help = "Requests that are held, by reason";
        registry.register("tokenization_held_requests", help, this.held.clone());
        let help = "For how long the oldest of them has been held, by reason";
        registry.register("tokenization_oldest_held_seconds", help, this.held_seconds.clone());
        let help = "1 for the outcome of an asset's newest comparison of books and chain";
        registry.register("tokenization_reconciliation", help, this.reconciliation.clone());
        let help = "Total supply less what the books say exists, in tokens, by the newest comparison with evidence";
        registry.register("tokenization_reconciliation_difference", help, this.difference.clone());
        let help = "Answers that are not delivered, by receiver and state: pending, dead";
        registry.register("tokenization_answers", help, this.answers.clone());
        let help = "Age of the oldest answer that waits, by receiver";
        registry.register("tokenization_oldest_answer_seconds", help, this.answer_seconds.clone());
        let help = "Effects that are journaled and not settled";
        registry.register("tokenization_intents_open", help, this.intents.clone());
        let help = "Errands that another system was or is to be asked for and that are not settled, by system";
        registry.register("tokenization_errands_open", help, this.errands.clone());
        let help = "1 for how an asset's token pool of FireFly stands: active, confirming, other, refused, unknown";
        registry.register("tokenization_firefly_pool", help, this.pools.clone());
        let help = "Transactions that the issuer's balance pays for; the largest number where gas is free";
        registry.register("tokenization_updates_left", help, this.updates_left.clone());
        let help = "1 while the guard gives leave to this replica; only the leader asks";
        registry.register("tokenization_leave", help, this.leave.clone());
        let help = "1 on the replica that carries requests on";
        registry.register("tokenization_leads", help, this.leads.clone());
        this
    }

    /// Counts an order at the door.
    pub fn met(&self, kind: Kind, met: Met) {
        self.requests.get_or_create(&[("kind", kind.as_str()), ("outcome", met.as_str())]).inc();
    }

    /// Counts a request that has come to an end; does nothing for one that has not.
    pub fn ended(&self, request: &Request, state: State, at: Timestamp) {
        if !state.is_over() {
            return;
        }
        let kind = request.instruction.kind();
        self.success.get_or_create(&[("kind", kind.as_str()), ("outcome", state.as_str())]).inc();
        if state == State::Reported {
            // What waits for its day takes no time.
            let begins = request.not_before.map_or(request.created_at, |begins| begins.max(request.created_at));
            self.took.observe(at.since(begins));
        }
    }

    /// Counts a message that was refused whole.
    pub fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&[("reason", reason)]).inc();
        self.refused_so_far.inc();
    }

    /// How many were.
    pub fn refused_so_far(&self) -> u64 {
        self.refused_so_far.get()
    }

    /// Counts a file of the watched folder.
    pub fn file(&self, outcome: &'static str) {
        self.files.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// Shows the requests that are not over, and nothing of others.
    pub fn open(&self, open: &[Open], now: Timestamp) {
        let mut by_state: BTreeMap<&'static str, u64> = BTreeMap::new();
        for one in open {
            let count = by_state.entry(one.state.as_str()).or_default();
            *count = count.saturating_add(one.count);
        }
        self.open.clear();
        for (state, count) in by_state {
            self.open.get_or_create(&[("state", state)]).set(number(count));
        }
        self.held.clear();
        self.held_seconds.clear();
        let mut held: BTreeMap<&'static str, (u64, Timestamp)> = BTreeMap::new();
        for one in open.iter().filter(|one| matches!(one.state, State::Held(_))) {
            let (count, oldest) = held.entry(one.state.reason()).or_insert((0, one.oldest));
            *count = count.saturating_add(one.count);
            *oldest = (*oldest).min(one.oldest);
        }
        for (reason, (count, oldest)) in held {
            self.held.get_or_create(&[("reason", reason)]).set(number(count));
            self.held_seconds.get_or_create(&[("reason", reason)]).set(seconds(now.since(oldest)));
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

    /// Shows by how much an asset's supply differs from its books: what is on its way included.
    pub fn difference(&self, asset: &AssetId, decimals: TokenDecimals, comparison: &Comparison) {
        let (totals, supply) = (&comparison.totals, comparison.supply);
        let Some((books, supply)) = totals.held.checked_add(totals.in_transfer).zip(supply) else { return };
        let supply = supply.supply.total;
        let tokens = |units: Option<Units>| units.map(|units| figure(&units.to_tokens(decimals)));
        let difference = tokens(supply.checked_sub(books)).or(tokens(books.checked_sub(supply)).map(|less| -less));
        self.difference.get_or_create(&[("asset", asset.to_string())]).set(difference.unwrap_or(f64::NAN));
    }

    /// Shows how far each receiver of answers is behind.
    pub fn backlogs(&self, backlogs: &[(&'static str, Backlog)]) {
        for (topic, backlog) in backlogs {
            let counts = [("pending", backlog.pending), ("dead", backlog.dead)];
            for (state, count) in counts {
                self.answers.get_or_create(&[("receiver", *topic), ("state", state)]).set(number(count));
            }
            self.answer_seconds.get_or_create(&[("receiver", *topic)]).set(seconds(backlog.oldest_pending));
        }
    }

    /// Shows how many effects are not settled.
    pub fn intents(&self, open: u64) {
        self.intents.set(number(open));
    }

    /// Shows how many errands are not settled.
    pub fn errands(&self, open: &[(System, u64)]) {
        for (system, count) in open {
            self.errands.get_or_create(&[("system", system.as_str())]).set(number(*count));
        }
    }

    /// Shows how FireFly's token pools stand, and nothing of how they stood.
    pub fn pools(&self, standings: &BTreeMap<AssetId, Standing>) {
        self.pools.clear();
        for (asset, standing) in standings {
            let labels = [("asset", asset.to_string()), ("state", standing.as_str().to_owned())];
            self.pools.get_or_create(&labels).set(1);
        }
    }

    /// Shows how many transactions the issuer can pay for; `None`: any number.
    pub fn updates_left(&self, left: Option<u64>) {
        self.updates_left.set(number(left.unwrap_or(u64::MAX)));
    }

    /// Shows whether the guard gives leave.
    pub fn leave(&self, granted: bool) {
        self.leave.set(i64::from(granted));
    }

    /// Shows whether this replica leads.
    pub fn leads(&self, leads: bool) {
        self.leads.set(i64::from(leads));
    }
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn seconds(span: Duration) -> i64 {
    number(span.as_secs())
}

/// A gauge is a binary fraction, as Prometheus has it: for the eye, and never read back.
fn figure(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use causeway_telemetry::metrics::encode;

    use super::*;
    use crate::{
        domain::{ledger::Totals, reconcile::Supply, request::samples::request, saga::Hold},
        ports::SupplyAt,
    };

    fn page(count: impl FnOnce(&Metrics)) -> String {
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        count(&metrics);
        encode(&registry).unwrap()
    }

    #[test]
    fn tok_6_requests_and_successes_have_the_operators_names() {
        let request = request(Kind::Mint);
        let page = page(|metrics| {
            metrics.met(Kind::Mint, Met::Taken);
            metrics.met(Kind::Mint, Met::Known);
            metrics.ended(&request, State::Reported, request.created_at);
            metrics.ended(&request, State::Mined, request.created_at);
        });
        assert!(page.contains("tokenization_requests{kind=\"mint\",outcome=\"taken\"} 1\n"), "{page}");
        assert!(page.contains("tokenization_requests{kind=\"mint\",outcome=\"known\"} 1\n"), "{page}");
        assert!(page.contains("tokenization_success{kind=\"mint\",outcome=\"reported\"} 1\n"), "{page}");
        assert!(page.contains("tokenization_seconds_count 1\n"), "{page}");
        assert!(!page.contains("mined"), "what goes on is no end: {page}");
    }

    #[test]
    fn tok_6_what_waited_for_its_day_is_counted_from_there() {
        let (day, mut request) = (Duration::from_secs(86_400), request(Kind::Mint));
        request.not_before = Some(request.created_at.after(day));
        let done = request.created_at.after(day + Duration::from_secs(2));
        let page = page(|metrics| metrics.ended(&request, State::Reported, done));
        assert!(page.contains("tokenization_seconds_sum 2.0\n"), "{page}");
    }

    #[test]
    fn tok_6_what_stands_is_shown_and_what_stood_is_not() {
        let at = |second| Timestamp::from_secs(second).unwrap();
        let open = |state, count| Open { state, kind: Kind::Mint, count, oldest: at(100) };
        let older = Open { kind: Kind::Bridge, oldest: at(90), ..open(State::Held(Hold::Guard), 1) };
        let page = page(|metrics| {
            metrics.open(&[open(State::Submitted, 3), open(State::Held(Hold::Guard), 2)], at(130));
            metrics.open(&[open(State::Held(Hold::Approval), 1), open(State::Held(Hold::Guard), 2), older], at(130));
            metrics.errands(&[(System::Firefly, 4), (System::Cacti, 0)]);
        });
        assert!(page.contains("tokenization_open_requests{state=\"held\"} 4\n"), "{page}");
        assert!(page.contains("tokenization_held_requests{reason=\"awaits_approval\"} 1\n"), "{page}");
        assert!(page.contains("tokenization_held_requests{reason=\"guard\"} 3\n"), "of both kinds: {page}");
        assert!(page.contains("tokenization_oldest_held_seconds{reason=\"guard\"} 40\n"), "{page}");
        assert!(page.contains("tokenization_errands_open{system=\"firefly\"} 4\n"), "{page}");
        assert!(!page.contains("submitted"), "{page}");
    }

    #[test]
    fn tok_7_a_shortage_is_shown_as_less_and_a_surplus_as_more() {
        let units = |value: u64| Units::new(causeway_primitives::U256::from(value));
        for (supply, told) in [(2_500_000, "1.5"), (250_000, "-0.75"), (1_000_000, "0")] {
            let read = SupplyAt {
                supply: Supply { total: units(supply), balances: units(supply) },
                block_number: 1,
                block_hash: causeway_primitives::B256::ZERO,
            };
            let totals = Totals { held: units(600_000), in_transfer: units(400_000), ..Totals::default() };
            let at = Timestamp::EPOCH;
            let comparison = Comparison { outcome: None, totals, supply: Some(read), at };
            let decimals = TokenDecimals::new(6).unwrap();
            let page = page(|metrics| metrics.difference(&"eur".parse().unwrap(), decimals, &comparison));
            let line = format!("tokenization_reconciliation_difference{{asset=\"eur\"}} {told}");
            assert!(page.lines().any(|one| one.starts_with(&line)), "{line}: {page}");
        }
    }
}

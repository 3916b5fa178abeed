//! The gauges of the operators' dashboards, read again and again from what is stored: the same on every replica, whoever
//! leads. Counters are counted where a report is taken.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc, time::Duration};

use causeway_primitives::{AssetId, Timestamp};
use causeway_runtime::{CancellationToken, clock::Clock};
use causeway_store::Error as StoreError;
use causeway_telemetry::Chain;
use uuid::Uuid;

use crate::{
    adapters::store::{
        Evaluated, Store,
        books::{BooksReader, Mapping},
    },
    domain::{
        evaluate::{Balance, Evaluation, Verdict},
        evidence::EventKind,
        matching::Leg,
        preset::terms,
        quantity::{Quantity, TokenDecimals},
    },
    metrics::Metrics,
};

/// Often enough for a page that is refreshed every few seconds.
const EVERY: Duration = Duration::from_secs(2);

/// Rates are over so long.
const WINDOW: Duration = Duration::from_secs(60);

/// Evaluations of one question.
const AT_ONCE: u32 = 20;

/// See the module.
pub(super) struct Meter {
    pub(super) store: Arc<Store>,
    pub(super) books: (BooksReader, Mapping),
    pub(super) decimals: BTreeMap<AssetId, TokenDecimals>,
    pub(super) metrics: Metrics,
    pub(super) clock: Arc<dyn Clock>,
}

impl Meter {
    pub(super) async fn run(self, token: CancellationToken) -> Result<(), Infallible> {
        let mut known = None;
        loop {
            if let Err(error) = self.read(&mut known).await {
                tracing::debug!(error = %Chain(&error), "figures not read; tried again");
            }
            if token.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_none() {
                return Ok(());
            }
        }
    }

    async fn read(&self, known: &mut Option<Uuid>) -> Result<(), StoreError> {
        for Evaluated { verdict, took, evaluation } in self.store.list_newer_evaluations(*known, AT_ONCE).await? {
            self.show(&evaluation);
            self.metrics.pending_deposits(pending_deposits(&evaluation));
            self.metrics.evaluated(outcome(&evaluation.verdict), took);
            *known = Some(verdict);
        }
        self.rates(self.clock.now()).await?;
        let (reader, mapping) = &self.books;
        self.metrics.pending_batches(reader.count_pending_batches(mapping).await?);
        Ok(())
    }

    async fn rates(&self, now: Timestamp) -> Result<(), StoreError> {
        let done = self.store.sum_operations_since(before(now)).await?;
        let rate = |kind: &str| {
            let things = done.iter().find(|(known, _)| known == kind).map_or(0, |(_, things)| *things);
            figure(&things.to_string()) / WINDOW.as_secs_f64()
        };
        self.metrics.rates(rate("index_cycle"), rate("batch_created"), rate("withdrawal_claimed"));
        Ok(())
    }

    /// What the books have locked, what the chain holds, and the difference; unknown figures stay what they were.
    fn show(&self, evaluation: &Evaluation) {
        for (asset, decimals) in &self.decimals {
            let term = |name: &str| find(&evaluation.balances, asset, name);
            let books = term(terms::DEPOSITS).zip(term(terms::WITHDRAWALS));
            let books = books.and_then(|(deposits, withdrawals)| deposits.minus(withdrawals));
            let delta = books.zip(term(terms::CUSTODY)).and_then(|(books, chain)| books.minus(chain));
            if let (Some(books), Some(chain), Some(delta)) = (books, term(terms::CUSTODY), delta) {
                let tokens = |quantity| figure(&in_tokens(quantity, *decimals));
                self.metrics.locked(asset.as_str(), tokens(books), tokens(chain), tokens(delta));
            }
        }
    }
}

const fn outcome(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Violation { .. } => "violation",
        Verdict::Indeterminate { .. } => "indeterminate",
    }
}

/// Where the window begins.
fn before(now: Timestamp) -> Timestamp {
    let window = u64::try_from(WINDOW.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(window)).unwrap_or(Timestamp::EPOCH)
}

fn find(balances: &[Balance], asset: &AssetId, term: &str) -> Option<Quantity> {
    let terms = balances.iter().filter(|balance| balance.asset == *asset).flat_map(|balance| &balance.terms);
    terms.filter(|(name, _)| name.as_str() == term).find_map(|(_, value)| *value)
}

/// Deposits that were seen and whose mint was not.
fn pending_deposits(evaluation: &Evaluation) -> u64 {
    let seen = |pairing: &crate::domain::matching::Pairing, kind| pairing.events.iter().any(|event| event.kind == kind);
    let inbound = evaluation.open.iter().filter(|pairing| pairing.leg == Leg::Inbound);
    let pending = inbound.filter(|one| seen(one, EventKind::Deposit) && !seen(one, EventKind::Mint));
    u64::try_from(pending.count()).unwrap_or(u64::MAX)
}

/// Base units as a decimal number of tokens, exactly.
fn in_tokens(quantity: Quantity, decimals: TokenDecimals) -> String {
    let text = quantity.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let places = usize::from(decimals.get());
    let padded = format!("{digits:0>width$}", width = places.saturating_add(1));
    let (whole, part) = padded.split_at(padded.len().saturating_sub(places));
    format!("{sign}{whole}.{part}")
}

/// A gauge is a binary fraction, as Prometheus has it: for the eye, and never read back.
fn figure(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use causeway_primitives::I512;

    use super::*;

    #[test]
    fn grd_6_base_units_are_shown_as_tokens() {
        let decimals = TokenDecimals::new(18).unwrap();
        let shown = |units: i128| in_tokens(Quantity::new(I512::try_from(units).unwrap()), decimals);
        assert_eq!(shown(765_500_000_000_000_000_000), "765.500000000000000000");
        assert_eq!(shown(-1), "-0.000000000000000001");
        assert_eq!(shown(0), "0.000000000000000000");
        assert!((figure(&shown(765_500_000_000_000_000_000)) - 765.5).abs() < f64::EPSILON);
    }
}

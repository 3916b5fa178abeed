//! Whether the books agree with the chain, asked again and again.
//!
//! Books and chain are two places, and a comparison of them is of one moment only when neither moved meanwhile: the books
//! are read before and after the chain, and a comparison across a change of them is no comparison.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc, time::Duration};

use causeway_primitives::{Address, AssetId, Timestamp};
use causeway_runtime::clock::Clock;
use causeway_telemetry::Chain;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Catalogue, Error};
use crate::{
    adapters::store::Store,
    domain::{
        ledger::Totals,
        reconcile::{Outcome, reconcile},
    },
    ports::{Backend, SupplyAt},
};

/// So often the books may move during a comparison before it is given up for this time.
const TRIES: u32 = 5;

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// How they agree; `None` when the chain could not be read with evidence, or the books did not stand still.
    pub outcome: Option<Outcome>,
    /// The books.
    pub totals: Totals,
    /// The chain.
    pub supply: Option<SupplyAt>,
    /// When.
    pub at: Timestamp,
}

/// The newest comparison of each asset.
pub type Comparisons = BTreeMap<AssetId, Comparison>;

/// Compares.
#[derive(Debug)]
pub struct Reconciler {
    store: Store,
    catalogue: Arc<Catalogue>,
    backend: Arc<dyn Backend>,
    clock: Arc<dyn Clock>,
    latest: watch::Sender<Comparisons>,
}

impl Reconciler {
    /// Of these books with this chain.
    pub fn new(store: Store, catalogue: Arc<Catalogue>, backend: Arc<dyn Backend>, clock: Arc<dyn Clock>) -> Self {
        Self { store, catalogue, backend, clock, latest: watch::Sender::new(Comparisons::new()) }
    }

    /// The newest comparisons, and each that follows.
    pub fn latest(&self) -> watch::Receiver<Comparisons> {
        self.latest.subscribe()
    }

    /// Compares all assets every so often, until it is told to stop.
    ///
    /// # Errors
    /// None: what could not be compared is a comparison without outcome.
    pub async fn run(self, every: Duration, stop: CancellationToken) -> Result<(), Infallible> {
        loop {
            self.compare_all().await;
            if stop.run_until_cancelled(tokio::time::sleep(every)).await.is_none() {
                return Ok(());
            }
        }
    }

    /// Compares all assets once; answers and keeps what came out.
    pub async fn compare_all(&self) -> Comparisons {
        let mut found = Comparisons::new();
        for (asset, _) in self.catalogue.assets() {
            match self.compare(asset).await {
                Ok(comparison) => drop(found.insert(asset.clone(), comparison)),
                Err(error) => {
                    tracing::warn!(asset = asset.as_str(), error = %Chain(&error), "books could not be compared");
                }
            }
        }
        self.latest.send_replace(found.clone());
        found
    }

    /// Compares one asset.
    ///
    /// # Errors
    /// [`Error`] when the books could not be read.
    pub async fn compare(&self, asset: &AssetId) -> Result<Comparison, Error> {
        let mut before = self.store.get_books(asset).await?;
        for _ in 0..TRIES {
            let holders: Vec<Address> = before.holders().chain(self.catalogue.holders(asset)).collect();
            let supply = self.backend.supply(asset, &unique(holders)).await;
            let after = self.store.get_books(asset).await?;
            if after == before {
                let totals = after.totals()?;
                let outcome = supply.map(|supply| reconcile(&totals, &supply.supply));
                return Ok(Comparison { outcome, totals, supply, at: self.clock.now() });
            }
            before = after;
        }
        Ok(Comparison { outcome: None, totals: before.totals()?, supply: None, at: self.clock.now() })
    }
}

fn unique(mut holders: Vec<Address>) -> Vec<Address> {
    holders.sort_unstable();
    holders.dedup();
    holders
}

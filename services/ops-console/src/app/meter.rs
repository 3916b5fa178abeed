//! Reads one service's counters again and again, and keeps what the last minute was like.

use std::{
    collections::{BTreeMap, VecDeque},
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use causeway_grpc::{Place, Places};
use causeway_primitives::Timestamp;
use causeway_runtime::{CancellationToken, clock::Clock, task::ticks};
use causeway_telemetry::Chain;
use futures_util::future::join_all;

use crate::{
    adapters::exposition::Reader,
    domain::golden::{Counts, Golden},
};

/// Readings that are kept: the figures are of six times the pause between two, a minute by default.
const KEPT: usize = 7;
/// Figures that are older are not shown.
const SHOWN_FOR: Duration = Duration::from_secs(60);

/// What the last minute of each service was like. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Meters(Arc<Mutex<BTreeMap<String, (Golden, Timestamp)>>>);

impl Meters {
    /// Of a service, unless that is older than a minute or was never known.
    pub fn of(&self, service: &str, now: Timestamp) -> Option<Golden> {
        let meters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (golden, at) = meters.get(service)?;
        (now.since(*at) < SHOWN_FOR).then(|| golden.clone())
    }

    fn put(&self, service: &str, golden: Golden, at: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(service.to_owned(), (golden, at));
    }
}

/// See the module.
#[derive(Debug)]
pub struct Meter {
    service: String,
    pages: Places,
    /// Which pages the readings are of.
    read_of: Vec<Place>,
    reader: Reader,
    meters: Meters,
    clock: Arc<dyn Clock>,
    readings: VecDeque<(Counts, Timestamp)>,
}

impl Meter {
    /// Of a service with these pages, one of each replica.
    pub fn new((service, pages): (String, Places), reader: Reader, meters: Meters, clock: Arc<dyn Clock>) -> Self {
        Self { service, pages, read_of: Vec::new(), reader, meters, clock, readings: VecDeque::new() }
    }

    /// Reads until it is told to stop.
    ///
    /// # Errors
    /// None: figures that cannot be had are not shown.
    pub async fn run(mut self, every: Duration, token: CancellationToken) -> Result<(), Infallible> {
        let mut ticks = ticks(every);
        while token.run_until_cancelled(ticks.tick()).await.is_some() {
            token.run_until_cancelled(self.read()).await;
        }
        Ok(())
    }

    async fn read(&mut self) {
        let pages = self.pages.now();
        if self.read_of != pages {
            // What others counted before is no change.
            self.readings.clear();
            self.read_of.clone_from(&pages);
        }
        let read = join_all(pages.iter().map(|page| self.reader.read(&page.address))).await;
        let mut all = Counts::default();
        for counts in read {
            match counts {
                Ok(counts) => all.add(&counts),
                // Of some replicas only, the sum would go back and forth.
                Err(error) => {
                    tracing::debug!(service = self.service, error = %Chain(&error), "no figures of a service");
                    self.readings.clear();
                    return;
                }
            }
        }
        let now = self.clock.now();
        if let Some((earlier, at)) = self.readings.front() {
            match all.since(earlier, now.since(*at)) {
                Some(golden) => self.meters.put(&self.service, golden, now),
                None => self.readings.clear(),
            }
        }
        self.readings.push_back((all, now));
        while self.readings.len() > KEPT {
            self.readings.pop_front();
        }
    }
}

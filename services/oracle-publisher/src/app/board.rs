//! Where the data fetcher ends: the latest word of every source, and a knock on the door of each feed that
//! is computed from it.
//!
//! Sources put, feeds look. Nobody waits for anybody: a slow feed sees only the latest tick, a silent
//! source only its own old one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use causeway_primitives::{Monotonic, SourceId};
use tokio::sync::Notify;

use crate::ports::{Fault, QuotaReading, Signal, SignalSink, Tick};

/// What is known of a source.
#[derive(Debug, Clone, Default)]
pub struct Word {
    /// Its last price.
    pub tick: Option<Tick>,
    /// When it last said that this still is its price.
    pub confirmed: Option<Monotonic>,
    /// Since when the price has been the same.
    pub unchanged_since: Option<Monotonic>,
    /// Its last fault, cleared by the next price.
    pub fault: Option<(Fault, String)>,
    /// Faults since the feed last took them.
    pub new_faults: Vec<Fault>,
    /// Prices since the feed last took them: evidence of a source that works.
    pub new_ticks: u64,
    /// Its budget, if it tells.
    pub quota: Option<QuotaReading>,
}

impl Word {
    /// How long ago the source confirmed its price; `None` when it never gave one.
    pub fn age(&self, now: Monotonic) -> Option<Duration> {
        self.confirmed.map(|at| now.since(at))
    }

    /// How long the price has been the same.
    pub fn unchanged_for(&self, now: Monotonic) -> Duration {
        self.unchanged_since.map_or(Duration::ZERO, |since| now.since(since))
    }
}

/// Faults that one feed may find at one look; more are the same trouble.
const MAX_NEW_FAULTS: usize = 64;

#[derive(Debug, Default)]
struct Slot {
    word: Mutex<Word>,
    doors: Vec<Arc<Notify>>,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Word> {
        self.word.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All sources. Shared as `Arc`.
#[derive(Debug, Default)]
pub struct Board {
    slots: HashMap<SourceId, Slot>,
    on_fault: Option<FaultCounter>,
}

/// Counts what sources tell, where metrics are kept.
pub type FaultCounter = crate::metrics::Sources;

impl Board {
    /// For each source, the doors of the feeds that are computed from it.
    pub fn new(doors: HashMap<SourceId, Vec<Arc<Notify>>>, counter: Option<FaultCounter>) -> Self {
        let slots = doors.into_iter().map(|(id, doors)| (id, Slot { word: Mutex::default(), doors })).collect();
        Self { slots, on_fault: counter }
    }

    /// What is known of a source; nothing for an unknown one.
    pub fn look(&self, source: &SourceId) -> Word {
        self.slots.get(source).map(|slot| slot.lock().clone()).unwrap_or_default()
    }

    /// What is known of a source, and takes the counts of new ticks and faults with it.
    pub fn take(&self, source: &SourceId) -> Word {
        let Some(slot) = self.slots.get(source) else { return Word::default() };
        let mut word = slot.lock();
        let taken = word.clone();
        word.new_faults.clear();
        word.new_ticks = 0;
        taken
    }

    fn tick(&self, tick: Tick) {
        let Some(slot) = self.slots.get(&tick.source) else { return };
        let mut word = slot.lock();
        let same = word.tick.as_ref().is_some_and(|last| last.price == tick.price);
        if !same {
            word.unchanged_since = Some(tick.received);
        }
        word.confirmed = Some(tick.received);
        word.fault = None;
        word.new_ticks = word.new_ticks.saturating_add(1);
        word.tick = Some(tick);
        drop(word);
        slot.doors.iter().for_each(|door| door.notify_one());
    }
}

impl SignalSink for Board {
    fn put(&self, signal: Signal) {
        match signal {
            Signal::Tick(tick) => {
                if let Some(counter) = &self.on_fault {
                    counter.tick(&tick.source);
                }
                self.tick(tick);
            }
            Signal::Alive { source, received } => {
                if let Some(slot) = self.slots.get(&source) {
                    let mut word = slot.lock();
                    // A source that never gave a price has none to confirm.
                    if word.tick.is_some() {
                        word.confirmed = Some(received);
                    }
                }
            }
            Signal::Fault { source, fault, detail, retry_after: _ } => {
                if let Some(counter) = &self.on_fault {
                    counter.fault(&source, fault);
                }
                if let Some(slot) = self.slots.get(&source) {
                    let mut word = slot.lock();
                    if word.new_faults.len() < MAX_NEW_FAULTS {
                        word.new_faults.push(fault);
                    }
                    word.fault = Some((fault, detail));
                }
            }
            Signal::Quota { source, reading } => {
                if let Some(slot) = self.slots.get(&source) {
                    slot.lock().quota = Some(reading);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use causeway_primitives::Timestamp;

    use super::*;

    fn board(source: &SourceId) -> (Board, Arc<Notify>) {
        let door = Arc::new(Notify::new());
        (Board::new(HashMap::from([(source.clone(), vec![door.clone()])]), None), door)
    }

    fn tick(source: &SourceId, price: &str, second: u64) -> Signal {
        Signal::Tick(Tick {
            source: source.clone(),
            price: price.parse().unwrap(),
            venue_time: None,
            received_at: Timestamp::from_secs(second).unwrap(),
            received: Monotonic::new(Duration::from_secs(second)),
        })
    }

    fn at(second: u64) -> Monotonic {
        Monotonic::new(Duration::from_secs(second))
    }

    #[tokio::test]
    async fn a_tick_knocks_at_the_doors_of_its_feeds() {
        let source: SourceId = "kraken-eur-usd".parse().unwrap();
        let (board, door) = board(&source);
        board.put(tick(&source, "1.07", 1));
        tokio::time::timeout(Duration::from_secs(1), door.notified()).await.expect("the feed is woken");
    }

    #[test]
    fn ora_5_a_price_that_stays_the_same_is_known_since_when() {
        let source: SourceId = "kraken-eur-usd".parse().unwrap();
        let (board, _door) = board(&source);
        board.put(tick(&source, "1.07", 1));
        board.put(tick(&source, "1.08", 2));
        board.put(tick(&source, "1.080", 5));
        let word = board.look(&source);
        assert_eq!(word.unchanged_for(at(9)), Duration::from_secs(7));
        assert_eq!(word.age(at(9)), Some(Duration::from_secs(4)));
    }

    #[test]
    fn a_heartbeat_confirms_a_price_but_is_none() {
        let source: SourceId = "coinbase-eth-usd".parse().unwrap();
        let (board, _door) = board(&source);
        board.put(Signal::Alive { source: source.clone(), received: at(1) });
        assert_eq!(board.look(&source).age(at(2)), None);
        board.put(tick(&source, "1.07", 2));
        board.put(Signal::Alive { source: source.clone(), received: at(8) });
        assert_eq!(board.look(&source).age(at(9)), Some(Duration::from_secs(1)));
        assert_eq!(board.look(&source).unchanged_for(at(9)), Duration::from_secs(7));
    }

    #[test]
    fn ora_6_faults_are_kept_until_taken_and_bounded() {
        let source: SourceId = "okx-eth-usdt".parse().unwrap();
        let (board, _door) = board(&source);
        for _ in 0..1_000 {
            let fault = Signal::Fault {
                source: source.clone(),
                fault: Fault::Timeout,
                detail: String::new(),
                retry_after: None,
            };
            board.put(fault);
        }
        assert_eq!(board.take(&source).new_faults.len(), MAX_NEW_FAULTS);
        assert!(board.take(&source).new_faults.is_empty());
        assert!(board.look(&source).fault.is_some(), "the last fault stays until the next price");
        board.put(tick(&source, "1.07", 2));
        assert!(board.look(&source).fault.is_none());
    }
}

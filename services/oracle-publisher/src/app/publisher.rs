//! Answers on their way: turns what happens to transactions into
//! metrics, alerts, and a word to the feed that waits.
//!
//! The journal is the truth: what an event says here was written there before, and what was missed here is found
//! there again.

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use causeway_chain::{
    intent::{IntentKey, Outcome},
    sender::{Event, EventKind, Sender},
};
use causeway_primitives::{B256, FeedId, Monotonic, RoundId};
use causeway_runtime::{CancellationToken, clock::Clock, task::ticks};
use causeway_store::{Error as StoreError, lease::Leadership};
use tokio::sync::{broadcast::error::RecvError, mpsc, watch};

use super::{
    alerts::Alerts,
    control::{Command, Landing},
};
use crate::{
    metrics,
    ports::{RoundFinder, RoundRow, Rounds},
};

/// An attempt from this one on means that the first was stuck.
pub(super) const STUCK_FROM_ATTEMPT: u32 = 2;

/// How often rounds without their id are looked up: those that a crash or a slow endpoint left over.
const REPAIR_EVERY: Duration = Duration::from_secs(15);

/// Rounds of one look-up.
const REPAIR_BATCH: u32 = 50;

/// Transactions whose times are remembered. Each feed has one at a time; the bound is for a sender that hangs.
const MAX_IN_FLIGHT: usize = 10_000;

/// When the tick of a transaction came, and when the transaction first went out.
#[derive(Debug, Clone, Copy)]
struct Times {
    tick: Monotonic,
    sent: Option<Monotonic>,
}

/// The times of the transactions on their way. Shared with whoever makes intents.
#[derive(Debug, Clone, Default)]
pub struct InFlight(Arc<Mutex<HashMap<IntentKey, Times>>>);

impl InFlight {
    /// Notes when the tick came that an intent follows.
    pub fn begin(&self, key: &IntentKey, tick: Monotonic) {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if times.len() < MAX_IN_FLIGHT {
            times.insert(key.clone(), Times { tick, sent: None });
        }
    }

    /// Notes the first broadcast and gives the span since the tick.
    fn sent(&self, key: &IntentKey, now: Monotonic) -> Option<Duration> {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let times = times.get_mut(key).filter(|times| times.sent.is_none())?;
        times.sent = Some(now);
        Some(now.since(times.tick))
    }

    /// Forgets an intent and gives the span since its first broadcast.
    fn end(&self, key: &IntentKey, now: Monotonic) -> Option<Duration> {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        times.remove(key).and_then(|times| times.sent).map(|sent| now.since(sent))
    }
}

/// The key of an answer's intent: unique for feed, round and moment.
pub fn key_of(feed: &FeedId, based_on_round: RoundId, decided_at_millis: u64) -> Option<IntentKey> {
    format!("{feed}/{based_on_round}/{decided_at_millis}").parse().ok()
}

/// The feed of such a key.
pub(super) fn feed_of(key: &IntentKey) -> Option<FeedId> {
    key.as_str().split('/').next()?.parse().ok()
}

/// What the publisher of one key's feeds is made of.
#[derive(Debug)]
pub struct Publisher {
    /// Sends.
    pub sender: Sender,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Whether this replica leads these feeds.
    pub leadership: watch::Receiver<Option<Leadership>>,
    /// The feeds' doors.
    pub feeds: BTreeMap<FeedId, mpsc::Sender<Command>>,
    /// What is counted.
    pub metrics: metrics::Feeds,
    /// What fires.
    pub alerts: Alerts,
    /// Where settled answers are kept.
    pub rounds: Arc<dyn Rounds>,
    /// Who knows the round that a transaction wrote.
    pub finder: Arc<dyn RoundFinder>,
    /// The times of what is on its way.
    pub in_flight: InFlight,
}

impl Publisher {
    /// Follows the transactions until it is told to stop.
    ///
    /// # Errors
    /// None.
    pub async fn follow(self, token: CancellationToken) -> Result<(), Infallible> {
        let mut events = self.sender.events();
        let mut repair = ticks(REPAIR_EVERY);
        loop {
            tokio::select! {
                () = token.cancelled() => return Ok(()),
                event = events.recv() => match event {
                    Ok(event) => self.heard(event).await,
                    Err(RecvError::Lagged(missed)) => {
                        tracing::warn!(missed, "transaction events missed; the journal has them");
                    }
                    Err(RecvError::Closed) => return Ok(()),
                },
                _ = repair.tick() => self.name_rounds().await,
            }
        }
    }

    async fn heard(&self, event: Event) {
        let Some(feed) = feed_of(&event.key) else { return };
        let now = self.clock.monotonic();
        match event.kind {
            EventKind::Signed { ordinal, .. } => {
                if ordinal >= STUCK_FROM_ATTEMPT {
                    self.alerts.transaction_stuck(feed.as_str(), true);
                }
            }
            EventKind::Sent { tx_hash, again } => {
                if let Some(span) = self.in_flight.sent(&event.key, now) {
                    self.metrics.broadcast(span);
                }
                tracing::info!(feed_id = %feed, %tx_hash, again, "transaction sent");
            }
            EventKind::Refused { tx_hash, kind } => {
                tracing::warn!(feed_id = %feed, %tx_hash, kind = ?kind, "no endpoint took the transaction");
            }
            EventKind::Included { tx_hash, block_number } => {
                tracing::info!(feed_id = %feed, %tx_hash, block_number, "transaction mined");
            }
            EventKind::Reorganised => tracing::warn!(feed_id = %feed, "transaction was undone by a reorganisation"),
            EventKind::NonceTaken => tracing::warn!(feed_id = %feed, "nonce was used by another transaction"),
            EventKind::Settled(outcome) => self.settled(&event.key, &feed, &outcome, now).await,
        }
    }

    async fn settled(&self, key: &IntentKey, feed: &FeedId, outcome: &Outcome, now: Monotonic) {
        self.alerts.transaction_stuck(feed.as_str(), false);
        let since_broadcast = self.in_flight.end(key, now);
        let row = self.rounds.find_round_by_key(key.as_str()).await.ok().flatten();
        let landing = match outcome {
            Outcome::Confirmed(inclusion) => {
                let reason = row.as_ref().map_or("unknown", |row| reason(&row.reason));
                self.metrics.sent(feed, reason);
                if let Some(span) = since_broadcast {
                    self.metrics.confirmed(span);
                }
                self.alerts.transaction_failed(feed.as_str(), None);
                tracing::info!(
                    feed_id = %feed,
                    tx_hash = %inclusion.tx_hash,
                    block_number = inclusion.block_number,
                    gas_used = inclusion.gas_used,
                    reason,
                    "round confirmed"
                );
                self.name_rounds().await;
                Landing::Landed
            }
            Outcome::Reverted { .. } | Outcome::EventMissing(_) | Outcome::Failed(_) => {
                let kind = match outcome {
                    Outcome::Reverted { .. } => "reverted",
                    Outcome::EventMissing(_) | Outcome::Failed(_) | Outcome::Confirmed(_) => "failed",
                };
                self.metrics.failed(feed, kind);
                self.alerts.transaction_failed(feed.as_str(), Some(outcome.as_str()));
                tracing::error!(feed_id = %feed, outcome = outcome.as_str(), detail = ?outcome, "answer did not land");
                Landing::Lost
            }
        };
        if let Some(door) = self.feeds.get(feed) {
            // A full queue means that the feed hangs; it finds the outcome in the journal on its cadence.
            let _ = door.try_send(Command::Settled(landing));
        }
    }

    /// Gives confirmed answers the round that they became.
    async fn name_rounds(&self) {
        let Some(leadership) = self.leadership.borrow().clone() else { return };
        let feeds: Vec<FeedId> = self.feeds.keys().cloned().collect();
        let Ok(rows) = self.rounds.list_unnamed_rounds(&feeds, REPAIR_BATCH).await else { return };
        for row in rows {
            if let Err(error) = self.name_round(&leadership, &row).await {
                tracing::warn!(error = %causeway_telemetry::Chain(&error), "round id was not stored; tried again later");
                return;
            }
        }
    }

    async fn name_round(&self, leadership: &Leadership, row: &RoundRow) -> Result<(), StoreError> {
        let Some(tx_hash) = row.tx_hash else { return Ok(()) };
        let Some(round) = self.find(tx_hash).await else { return Ok(()) };
        self.rounds.update_round_id(leadership, &row.intent_key, round).await
    }

    async fn find(&self, tx_hash: B256) -> Option<RoundId> {
        self.finder.find_round(tx_hash).await
    }
}

/// The stored reason as the label that it is.
fn reason(text: &str) -> &'static str {
    ["first_round", "deviation", "heartbeat"].into_iter().find(|label| *label == text).unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_its_feed() {
        let feed: FeedId = "eur-usd".parse().unwrap();
        let key = key_of(&feed, RoundId::new(18_446_744_073_709_551_621), 1_675_329_600_138).unwrap();
        assert_eq!(key.as_str(), "eur-usd/18446744073709551621/1675329600138");
        assert_eq!(feed_of(&key), Some(feed));
    }

    #[test]
    fn the_span_from_tick_to_broadcast_is_taken_once() {
        let at = |millis| Monotonic::new(Duration::from_millis(millis));
        let key = key_of(&"eur-usd".parse().unwrap(), RoundId::ZERO, 1).unwrap();
        let in_flight = InFlight::default();
        in_flight.begin(&key, at(100));
        assert_eq!(in_flight.sent(&key, at(130)), Some(Duration::from_millis(30)));
        assert_eq!(in_flight.sent(&key, at(190)), None, "a second broadcast is no first one");
        assert_eq!(in_flight.end(&key, at(230)), Some(Duration::from_millis(100)));
        assert_eq!(in_flight.end(&key, at(230)), None);
    }
}

//! How a simulated venue behaves, and the handle that changes it while it runs.
//!
//! Every change takes effect with the next answer or message; none of them restarts the server.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use causeway_primitives::Decimal;
use tokio::sync::watch;

/// What a refusing venue says about coming back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryAfter {
    /// Nothing.
    Unsaid,
    /// `Retry-After: 2`.
    Seconds(u64),
    /// `Retry-After: Wed, 21 Oct 2015 07:28:00 GMT`, or any other text.
    Text(String),
}

/// The present behaviour; the default is an honest venue.
#[derive(Debug, Clone, Default)]
pub(super) struct Behaviour {
    pub(super) prices: BTreeMap<String, Decimal>,
    pub(super) offset_ppm: i64,
    pub(super) frozen_at: Option<Duration>,
    pub(super) is_silent: bool,
    pub(super) status: Option<(u16, RetryAfter)>,
    pub(super) rejects_auth: bool,
    pub(super) refuses_sockets: bool,
    pub(super) ignores_subscriptions: bool,
    pub(super) delay: Duration,
    pub(super) talks_garbage: bool,
    pub(super) padding: usize,
}

/// What the tasks of one venue share.
#[derive(Debug)]
pub(super) struct Shared {
    behaviour: Mutex<Behaviour>,
    drops: watch::Sender<u64>,
    requests: watch::Sender<u64>,
    connections: watch::Sender<u64>,
    started: tokio::time::Instant,
}

impl Shared {
    pub(super) fn new() -> Self {
        let [drops, requests, connections] = [(); 3].map(|()| watch::Sender::new(0));
        Self { behaviour: Mutex::default(), drops, requests, connections, started: tokio::time::Instant::now() }
    }

    pub(super) fn behaviour(&self) -> Behaviour {
        self.lock().clone()
    }

    pub(super) fn drops(&self) -> watch::Receiver<u64> {
        self.drops.subscribe()
    }

    /// Counts a request and says which one it is.
    pub(super) fn count_request(&self) -> u64 {
        count(&self.requests)
    }

    pub(super) fn count_connection(&self) {
        count(&self.connections);
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn lock(&self) -> MutexGuard<'_, Behaviour> {
        self.behaviour.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(counter: &watch::Sender<u64>) -> u64 {
    counter.send_modify(|value| *value = value.wrapping_add(1));
    *counter.borrow()
}

/// Steers one venue at run time.
#[derive(Debug, Clone)]
pub struct Handle(Arc<Shared>);

impl Handle {
    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// Honest again in every respect: on the path, prompt, open to all.
    pub fn heal(&self) {
        *self.0.lock() = Behaviour::default();
    }

    /// Sets the price of a market (`"ETH/USD"`) to exactly this, off the path and without noise.
    pub fn set_price(&self, pair: &str, price: Decimal) {
        self.0.lock().prices.insert(pair.to_owned(), price);
    }

    /// Lies by so many parts per million on every market.
    pub fn offset_ppm(&self, parts: i64) {
        self.0.lock().offset_ppm = parts;
    }

    /// Keeps the prices of this moment, under fresh times: alive, and stuck.
    pub fn freeze(&self) {
        let now = self.0.elapsed();
        self.0.lock().frozen_at = Some(now);
    }

    /// Keeps its sockets open and says nothing on them, not even heartbeats. REST answers as before.
    pub fn silence(&self) {
        self.0.lock().is_silent = true;
    }

    /// Answers every request and every upgrade with this status.
    pub fn status(&self, status: u16, retry_after: RetryAfter) {
        self.0.lock().status = Some((status, retry_after));
    }

    /// Answers 401 to every request and every upgrade.
    pub fn reject_auth(&self) {
        self.0.lock().rejects_auth = true;
    }

    /// Cuts every open socket now, without a close frame. New ones are welcome.
    pub fn drop_connections(&self) {
        count(&self.0.drops);
    }

    /// Cuts every open socket now and answers 503 to new ones.
    pub fn refuse_sockets(&self) {
        self.0.lock().refuses_sockets = true;
        self.drop_connections();
    }

    /// Takes subscriptions without an answer and without prices.
    pub fn ignore_subscriptions(&self) {
        self.0.lock().ignores_subscriptions = true;
    }

    /// Thinks this long before each answer.
    pub fn slow(&self, delay: Duration) {
        self.0.lock().delay = delay;
    }

    /// Answers and streams something that is no JSON.
    pub fn garbage(&self) {
        self.0.lock().talks_garbage = true;
    }

    /// Makes every answer and every message longer by so many bytes of blanks (valid JSON all the same).
    pub fn pad(&self, bytes: usize) {
        self.0.lock().padding = bytes;
    }

    /// How many requests came so far, upgrades excluded.
    pub fn requests(&self) -> u64 {
        *self.0.requests.borrow()
    }

    /// How many sockets were opened so far.
    pub fn connections(&self) -> u64 {
        *self.0.connections.borrow()
    }

    /// Waits until more requests than `seen` have come; returns how many. The caller bounds the wait.
    pub async fn requests_beyond(&self, seen: u64) -> u64 {
        beyond(&self.0.requests, seen).await
    }

    /// Waits until more sockets than `seen` were opened; returns how many. The caller bounds the wait.
    pub async fn connections_beyond(&self, seen: u64) -> u64 {
        beyond(&self.0.connections, seen).await
    }
}

async fn beyond(counter: &watch::Sender<u64>, seen: u64) -> u64 {
    // The sender lives as long as `self`, so the wait cannot fail.
    counter.subscribe().wait_for(|value| *value > seen).await.map_or(seen, |value| *value)
}

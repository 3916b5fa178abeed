//! What a process knows about itself: are its loops turning, are its parts in order, may traffic come.
//!
//! Liveness asks only whether the loops turn, because the cure for a failed liveness is a restart, and no
//! restart cures a dead RPC endpoint. Readiness asks for the parts without which answers would be wrong
//! or missing. Everything else is detail for people. Nothing here decides about prices or halts.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use causeway_primitives::{Monotonic, Timestamp};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;

/// The state of one part, worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// In order.
    Ok,
    /// Does its job with less margin than it should have.
    Degraded,
    /// Not known, or not known any more.
    Unknown,
    /// Does not do its job.
    Down,
}

impl State {
    /// The word for logs, metrics and wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Unknown => "unknown",
            Self::Down => "down",
        }
    }

    /// Whether a required part in this state lets traffic come.
    pub const fn serves(self) -> bool {
        match self {
            Self::Ok | Self::Degraded => true,
            Self::Unknown | Self::Down => false,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a part means for readiness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Without it the process is not ready.
    Required,
    /// Shown, and nothing more.
    Informative,
}

/// The registry of a process. Clones share it.
#[derive(Debug, Clone)]
pub struct Health {
    clock: Arc<dyn Clock>,
    draining: CancellationToken,
    entries: Arc<Mutex<Entries>>,
}

#[derive(Debug, Default)]
struct Entries {
    components: Vec<ComponentEntry>,
    loops: Vec<LoopEntry>,
}

#[derive(Debug)]
struct ComponentEntry {
    name: Arc<str>,
    role: Role,
    state: State,
    reason: String,
    since: Timestamp,
}

#[derive(Debug)]
struct LoopEntry {
    name: Arc<str>,
    limit: Duration,
    last_beat: Monotonic,
}

impl Health {
    /// A registry without parts: live, and ready until `draining` is cancelled.
    pub fn new(clock: Arc<dyn Clock>, draining: CancellationToken) -> Self {
        Self { clock, draining, entries: Arc::default() }
    }

    /// Adds a part. It is [`State::Unknown`] until it reports.
    pub fn component(&self, name: impl Into<Arc<str>>, role: Role) -> Component {
        let entry = ComponentEntry {
            name: name.into(),
            role,
            state: State::Unknown,
            reason: "has not reported yet".to_owned(),
            since: self.clock.now(),
        };
        let mut entries = self.lock();
        entries.components.push(entry);
        Component { health: self.clone(), index: entries.components.len().saturating_sub(1) }
    }

    /// Adds a loop that promises to beat at least once in every `limit`, from now on.
    pub fn heartbeat(&self, name: impl Into<Arc<str>>, limit: Duration) -> Heartbeat {
        let entry = LoopEntry { name: name.into(), limit, last_beat: self.clock.monotonic() };
        let mut entries = self.lock();
        entries.loops.push(entry);
        Heartbeat { health: self.clone(), index: entries.loops.len().saturating_sub(1) }
    }

    /// Everything there is to say now.
    pub fn report(&self) -> Report {
        let now = self.clock.monotonic();
        let entries = self.lock();
        Report {
            draining: self.draining.is_cancelled(),
            components: entries.components.iter().map(ComponentReport::of).collect(),
            loops: entries.loops.iter().map(|entry| LoopReport::of(entry, now)).collect(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The handle by which one part reports its state.
#[derive(Debug, Clone)]
pub struct Component {
    health: Health,
    index: usize,
}

impl Component {
    /// In order.
    pub fn ok(&self) {
        self.report(State::Ok, "");
    }

    /// Does its job, but.
    pub fn degraded(&self, reason: impl Into<String>) {
        self.report(State::Degraded, reason);
    }

    /// Does not do its job.
    pub fn down(&self, reason: impl Into<String>) {
        self.report(State::Down, reason);
    }

    /// Nobody knows.
    pub fn unknown(&self, reason: impl Into<String>) {
        self.report(State::Unknown, reason);
    }

    /// Reports a state. A change is logged once; a new reason for the same state is not a change.
    pub fn report(&self, state: State, reason: impl Into<String>) {
        let now = self.health.clock.now();
        let mut entries = self.health.lock();
        let Some(entry) = entries.components.get_mut(self.index) else { return };
        entry.reason = reason.into();
        if entry.state == state {
            return;
        }
        let (component, before, reason) = (Arc::clone(&entry.name), entry.state, entry.reason.clone());
        entry.state = state;
        entry.since = now;
        drop(entries);
        if state.serves() {
            tracing::info!(%component, before = before.as_str(), state = state.as_str(), reason, "component changed");
        } else {
            tracing::warn!(%component, before = before.as_str(), state = state.as_str(), reason, "component changed");
        }
    }
}

/// The handle by which one loop shows that it turns.
#[derive(Debug, Clone)]
pub struct Heartbeat {
    health: Health,
    index: usize,
}

impl Heartbeat {
    /// Shows that the loop has come round.
    pub fn beat(&self) {
        let now = self.health.clock.monotonic();
        if let Some(entry) = self.health.lock().loops.get_mut(self.index) {
            entry.last_beat = now;
        }
    }
}

/// The state of a process at one moment.
#[derive(Debug, Clone)]
pub struct Report {
    /// Whether a stop was requested.
    pub draining: bool,
    /// The parts, in the order in which they were added.
    pub components: Vec<ComponentReport>,
    /// The loops, in the order in which they were added.
    pub loops: Vec<LoopReport>,
}

impl Report {
    /// Whether every loop turns.
    pub fn is_live(&self) -> bool {
        self.loops.iter().all(|entry| entry.alive)
    }

    /// Whether traffic may come: no stop requested, every required part serves.
    pub fn is_ready(&self) -> bool {
        !self.draining && self.components.iter().all(|part| !part.required || part.state.serves())
    }

    /// The worst state of all parts; [`State::Down`] when a loop stands still.
    pub fn overall(&self) -> State {
        let worst = self.components.iter().map(|part| part.state).max().unwrap_or(State::Ok);
        if self.is_live() { worst } else { State::Down }
    }
}

/// One part, as `/health` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComponentReport {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: State,
    /// Whether readiness depends on it.
    pub required: bool,
    /// Why it is not in order; empty when it is.
    pub reason: String,
    /// When it came into this state, RFC 3339.
    pub since: String,
}

impl ComponentReport {
    fn of(entry: &ComponentEntry) -> Self {
        Self {
            name: entry.name.as_ref().to_owned(),
            state: entry.state,
            required: entry.role == Role::Required,
            reason: entry.reason.clone(),
            since: entry.since.to_string(),
        }
    }
}

/// One loop, as `/health` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoopReport {
    /// Its name.
    pub name: String,
    /// Whether it was silent for no longer than its limit.
    pub alive: bool,
    /// For how long it has been silent.
    pub silent_ms: u64,
    /// For how long it may be.
    pub limit_ms: u64,
}

impl LoopReport {
    fn of(entry: &LoopEntry, now: Monotonic) -> Self {
        let silent = now.since(entry.last_beat);
        let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Self {
            name: entry.name.as_ref().to_owned(),
            alive: silent <= entry.limit,
            silent_ms: millis(silent),
            limit_ms: millis(entry.limit),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn health() -> (Arc<ManualClock>, CancellationToken, Health) {
        let clock = Arc::new(ManualClock::at(Timestamp::from_secs(1_700_000_000).unwrap()));
        let draining = CancellationToken::new();
        let health = Health::new(Arc::<ManualClock>::clone(&clock), draining.clone());
        (clock, draining, health)
    }

    #[test]
    fn is_not_ready_before_a_required_part_has_reported() {
        let (_, _, health) = health();
        let chain = health.component("chain", Role::Required);
        assert!(!health.report().is_ready());
        chain.ok();
        assert!(health.report().is_ready());
    }

    #[test]
    fn an_rpc_outage_makes_it_not_ready_and_never_not_live() {
        let (_, _, health) = health();
        let chain = health.component("chain", Role::Required);
        chain.down("no endpoint answers");
        let report = health.report();
        assert!(report.is_live() && !report.is_ready());
        assert_eq!(report.overall(), State::Down);
    }

    #[test]
    fn a_degraded_part_still_serves_and_an_informative_one_never_counts() {
        let (_, _, health) = health();
        health.component("chain", Role::Required).degraded("one of three endpoints answers");
        health.component("collector", Role::Informative).down("refused");
        assert!(health.report().is_ready());
    }

    #[test]
    fn a_loop_that_falls_silent_is_not_alive_until_it_beats_again() {
        let (clock, _, health) = health();
        let heartbeat = health.heartbeat("decide", Duration::from_secs(10));
        clock.advance(Duration::from_secs(10));
        assert!(health.report().is_live());
        clock.advance(Duration::from_millis(1));
        assert!(!health.report().is_live());
        heartbeat.beat();
        assert!(health.report().is_live());
    }

    #[test]
    fn a_requested_stop_ends_readiness_and_not_liveness() {
        let (_, draining, health) = health();
        draining.cancel();
        let report = health.report();
        assert!(report.is_live() && !report.is_ready());
    }

    #[test]
    fn a_part_remembers_since_when_it_is_as_it_is() {
        let (clock, _, health) = health();
        let chain = health.component("chain", Role::Required);
        chain.ok();
        clock.advance(Duration::from_secs(60));
        chain.ok();
        assert_eq!(health.report().components[0].since, "2023-11-14T22:13:20Z");
        chain.down("timed out");
        let part = &health.report().components[0];
        assert_eq!((part.since.as_str(), part.reason.as_str()), ("2023-11-14T22:14:20Z", "timed out"));
    }
}

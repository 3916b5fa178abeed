//! The watch over what every service stands on: its database, and somebody who leads.

use std::{sync::Arc, time::Duration};

use causeway_primitives::Monotonic;
use causeway_runtime::{
    clock::Clock,
    health::{Component, Health, Role, State},
};
use causeway_store::{
    Pool,
    lease::{Leadership, is_held},
};
use causeway_telemetry::Chain;
use tokio::{sync::watch, time::timeout};

use crate::config::Base;

/// For one question; a dependency that takes longer is down for us.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// A watchdog's loop that has not turned for so long hangs.
pub const SILENT_AFTER: Duration = Duration::from_secs(30);

/// Often enough that readiness follows a dependency within five seconds.
const EVERY: Duration = Duration::from_secs(1);

/// And more often at first, so that a replica serves as soon as it can.
const EVERY_UNTIL_READY: Duration = Duration::from_millis(100);

/// See the module.
#[derive(Debug)]
pub struct Vitals {
    pool: Pool,
    leadership: watch::Receiver<Option<Leadership>>,
    clock: Arc<dyn Clock>,
    lease: &'static str,
    /// A change of leaders takes a lease's life; twice that is no change any more.
    leaderless_at_most: Duration,
    led: Monotonic,
    health: Health,
    store: Component,
    role: Component,
}

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// This replica leads.
    pub leads: bool,
    /// Somebody leads, or did until just now.
    pub is_led: bool,
}

impl Vitals {
    /// The health page gets a required `store` and a required `role`.
    pub fn new(
        base: &Base,
        pool: Pool,
        leadership: watch::Receiver<Option<Leadership>>,
        health: &Health,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            pool,
            leadership,
            lease: base.telemetry.service,
            leaderless_at_most: base.lease.saturating_mul(2),
            led: clock.monotonic(),
            clock,
            store: health.component("store", Role::Required),
            role: health.component("role", Role::Required),
            health: health.clone(),
        }
    }

    /// Looks, and says what it found to probes. That nobody leads is said only when it is known: not knowing is the
    /// store's own state.
    pub async fn look(&mut self) -> Seen {
        let store_answers = self.look_at_store().await;
        let leads = self.leadership.borrow().as_ref().is_some_and(Leadership::is_valid);
        match (leads, store_answers) {
            (true, _) => self.role.report(State::Ok, "leader"),
            // A standby is in order; a replica that cannot ask for the lease is neither.
            (false, true) => self.role.report(State::Ok, "standby"),
            (false, false) => self.role.unknown("the lease cannot be asked for"),
        }
        let now = self.clock.monotonic();
        let held = leads || matches!(timeout(ANSWER_WITHIN, is_held(&self.pool, self.lease)).await, Ok(Ok(true)));
        if held {
            self.led = now;
        }
        Seen { leads, is_led: now.since(self.led) <= self.leaderless_at_most }
    }

    /// Until the next look.
    pub fn pause(&self) -> Duration {
        if self.health.report().is_ready() { EVERY } else { EVERY_UNTIL_READY }
    }

    async fn look_at_store(&self) -> bool {
        match timeout(ANSWER_WITHIN, self.pool.probe()).await {
            Ok(Ok(())) => {
                self.store.ok();
                true
            }
            Ok(Err(error)) => {
                self.store.down(Chain(&error).to_string());
                false
            }
            Err(_) => {
                self.store.down("no answer in time");
                false
            }
        }
    }
}

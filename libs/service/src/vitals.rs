//! The watch over what every service stands on: its database, and somebody who leads.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_primitives::Monotonic;
use causeway_runtime::{
    clock::Clock,
    health::{Component, Health, Role, State},
};
use causeway_store::{Pool, lease::list_holders};
use causeway_telemetry::Chain;
use tokio::time::timeout;

use crate::{
    config::Base,
    leader::{Posts, Role as Place},
};

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
    posts: Posts,
    clock: Arc<dyn Clock>,
    /// A change of leaders takes a lease's life; twice that is no change any more.
    leaderless_at_most: Duration,
    /// When each lease was last seen held.
    led: BTreeMap<Arc<str>, Monotonic>,
    health: Health,
    store: Component,
    role: Component,
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// This replica leads the service.
    pub leads: bool,
    /// Somebody leads the service, or did until just now.
    pub is_led: bool,
    /// Every part, the first one included, with whether somebody leads it, or did until just now.
    pub parts: Vec<(Arc<str>, bool)>,
}

impl Vitals {
    /// The health page gets a required `store` and a required `role`.
    pub fn new(base: &Base, pool: Pool, posts: Posts, health: &Health, clock: Arc<dyn Clock>) -> Self {
        let now = clock.monotonic();
        Self {
            pool,
            led: posts.all().map(|post| (Arc::clone(&post.lease), now)).collect(),
            posts,
            leaderless_at_most: base.lease.saturating_mul(2),
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
        match (self.posts.role(), store_answers) {
            // A standby is in order; a replica that cannot ask for a lease is neither.
            (Place::Standby, false) => self.role.unknown("the lease cannot be asked for"),
            (Place::Leader | Place::Partner | Place::Standby, _) => self.role.report(State::Ok, self.posts.describe()),
        }
        self.look_for_leaders().await;
        let now = self.clock.monotonic();
        let is_led =
            |lease: &Arc<str>| self.led.get(lease).is_some_and(|last| now.since(*last) <= self.leaderless_at_most);
        let parts = self.posts.all().map(|post| (Arc::clone(&post.name), is_led(&post.lease)));
        let service = self.posts.service();
        Seen { leads: service.is_led_here(), is_led: is_led(&service.lease), parts: parts.collect() }
    }

    async fn look_for_leaders(&mut self) {
        let leases: Vec<Arc<str>> = self.posts.all().map(|post| Arc::clone(&post.lease)).collect();
        let asked = timeout(ANSWER_WITHIN, list_holders(&self.pool, &leases)).await;
        let holders = asked.ok().and_then(Result::ok).unwrap_or_default();
        let now = self.clock.monotonic();
        for post in self.posts.all().filter(|post| post.is_led_here() || holders.contains_key(&post.lease)) {
            self.led.insert(Arc::clone(&post.lease), now);
        }
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

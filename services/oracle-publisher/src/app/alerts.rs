//! What fires, and when: every alert of the service with its words, raised and cleared as states change.
//!
//! Each name has a page under `docs/runbooks`. Conditions come from the domain and the read model; here they
//! become alerts once, so that a feed that is in trouble for an hour is one alert and not a thousand.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use causeway_alerting::{Alarms, Concern, Severity};
use causeway_primitives::{ChainId, FeedId, Ppm, SignerId, Timestamp, VenueId};

use super::view::{FeedView, Status};
use crate::{
    config,
    domain::{
        quota::{ExpiryPolicy, Level, QuotaPolicy, Usage, expiry, project},
        reference::{ReferencePolicy, Standing, Verdict},
    },
    ports::QuotaReading,
};

macro_rules! concerns {
    ($($constant:ident = $name:literal, $severity:ident, $next_step:literal;)*) => {
        $(static $constant: Concern = Concern::new($name, Severity::$severity, $next_step);)*

        /// Everything that the service watches; each has a runbook page.
        pub static CONCERNS: &[&Concern] = &[$(&$constant),*];
    };
}

concerns! {
    ROUND_OVERDUE = "OracleRoundOverdue", Critical, "look at the latest decision of the feed: it says what keeps it from publishing";
    BREAKER_OPEN = "OracleFeedBreakerOpen", Critical, "compare the sources of the feed with an external reference";
    OUT_OF_BOUNDS = "OracleAnswerOutOfBounds", Critical, "check the market; if the move is real, widen the bounds";
    QUORUM_LOST = "OracleQuorumLost", Error, "look at the sources of the feed: which do not count, and why";
    SOURCE_QUARANTINED = "OracleSourceQuarantined", Warning, "look at the cause; the source returns by itself through probation";
    CREDENTIAL_REJECTED = "OracleSourceCredentialRejected", Error, "renew the credential of the venue";
    CREDENTIAL_EXPIRES = "OracleCredentialExpiresSoon", Warning, "renew the credential of the venue before it ends";
    QUOTA_EXHAUSTION = "OracleQuotaExhaustionProjected", Warning, "poll the venue less often, or raise its plan";
    TRANSACTION_STUCK = "OracleTransactionStuck", Error, "look at the pool of the endpoints and at the price of gas";
    TRANSACTION_REVERTED = "OracleTransactionReverted", Error, "read the reason in the round; check the publisher's role on the aggregator";
    BALANCE_LOW = "OraclePublisherBalanceLow", Warning, "send gas money to the publisher";
    RPC_UNAVAILABLE = "OracleRpcUnavailable", Critical, "check the chain's endpoints";
    NO_LEADER = "OracleNoLeader", Critical, "check that a replica runs and reaches its database";
    REFERENCE_DEVIATION = "OracleReferenceDeviation", Error, "find out who is right: the venues that vote, or the reference";
    CLOCK_SKEW = "OracleClockSkew", Warning, "check the machine's time synchronisation";
}

/// Quota use that warns, and that alarms.
const QUOTA: QuotaPolicy = QuotaPolicy { warning: Ppm::new(800_000), critical: Ppm::new(950_000) };

/// Days before a credential's end that warn, and that alarm.
const EXPIRY: ExpiryPolicy = ExpiryPolicy { warning_days: 30, critical_days: 7 };

/// Our wall clock may differ from a block's time by so much: slow blocks are no skew of ours.
const MAX_SKEW_SECONDS: u64 = 30;

/// What is known of a source's budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    /// Used share of the quota.
    pub quota_used: Option<Ppm>,
    /// When it is used up at the present rate.
    pub quota_exhausted_at: Option<Timestamp>,
    /// Days until the credential ends.
    pub credential_days_left: Option<i32>,
}

/// What the service says is wrong. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Alerts {
    alarms: Alarms,
    /// What the chain is called in messages.
    chain: Arc<str>,
    /// The feeds that cannot be read on chain: one endpoint set is one alert, however many feeds it serves.
    unreadable: Arc<Mutex<BTreeSet<FeedId>>>,
}

impl Alerts {
    /// Nothing is wrong on this chain.
    pub fn new(alarms: Alarms, chain: ChainId) -> Self {
        Self { alarms, chain: format!("chain-{chain}").into(), unreadable: Arc::default() }
    }

    /// What fires.
    pub const fn alarms(&self) -> &Alarms {
        &self.alarms
    }

    /// Everything that the state of a feed says.
    pub fn feed(&self, view: &FeedView, now: Timestamp) {
        if view.aggregator.is_none() {
            return;
        }
        let subject = view.id.as_str();
        let status = view.status(now);
        let overdue = matches!(status, Status::Stale) || (status == Status::Unavailable && view.position.is_some());
        self.set(overdue, &ROUND_OVERDUE, subject, || {
            let age = view.age(now).map_or(0, |age| age.as_secs());
            format!("the answer of {} is {age} s old; its heartbeat is {} s", view.pair, view.heartbeat.as_secs())
        });
        self.set(view.breaker == "open", &BREAKER_OPEN, subject, || {
            format!("the breaker of {} is open: nothing is published", view.pair)
        });
        let reason = view.decision.as_ref().map_or("", |decision| &decision.reason);
        self.set(matches!(reason, "below_minimum" | "above_maximum"), &OUT_OF_BOUNDS, subject, || {
            let market = view.market.map(|price| price.to_string()).unwrap_or_default();
            format!("the market of {} at {market} is outside of the bounds", view.pair)
        });
        self.set(view.venues_counted < view.quorum, &QUORUM_LOST, subject, || {
            format!("{} of {} venues that {} needs", view.venues_counted, view.quorum, view.pair)
        });
    }

    /// The state of a source's life cycle.
    pub fn source(&self, source: &str, state: &str, cause: &str) {
        let quarantined = state == "quarantined";
        self.set(quarantined && cause == "credential", &CREDENTIAL_REJECTED, source, || {
            format!("{source}: the venue refuses the credential")
        });
        self.set(quarantined && cause != "credential", &SOURCE_QUARANTINED, source, || {
            format!("{source} is quarantined: {cause}")
        });
    }

    /// How a feed's median stands to a reference. While nothing can be compared, what was said still holds.
    pub fn reference(&self, source: &config::Source, standing: &Standing, policy: &ReferencePolicy) {
        let deviates = match standing.verdict {
            Verdict::Agrees => false,
            Verdict::Deviates => true,
            Verdict::Unknown(_) => return,
        };
        self.set(deviates, &REFERENCE_DEVIATION, source.id.as_str(), || {
            let distance = standing.distance.map(|distance| distance.to_string()).unwrap_or_default();
            format!("the median is {distance} % away from {}; {} % is the limit", source.id, policy.deviation)
        });
    }

    /// A source's quota and credential, with their alerts.
    pub fn budget(
        &self,
        source: &config::Source,
        reading: Option<&QuotaReading>,
        venues: &BTreeMap<VenueId, config::VenueFacts>,
        now: Timestamp,
    ) -> Budget {
        let venue = source.venue.as_str();
        // Two sources of one venue may be told different things; each has an alert of its own.
        let subject = source.id.as_str();
        let mut budget = Budget::default();
        if let Some(reading) = reading {
            // A venue tells what was used within its own window, which slides: the window ends now.
            let started = now.as_millis().saturating_sub(u64::try_from(reading.window.as_millis()).unwrap_or(u64::MAX));
            let period_start = Timestamp::from_millis(started).unwrap_or(Timestamp::EPOCH);
            let usage = Usage { used: reading.used, limit: reading.limit, period_start, period: reading.window };
            let projection = project(&usage, now, &QUOTA);
            budget.quota_used = Some(projection.used);
            budget.quota_exhausted_at = projection.exhausted_at;
            self.set(projection.level != Level::Ok, &QUOTA_EXHAUSTION, subject, || {
                format!("{venue}: {} % of the quota is used", projection.used)
            });
        }
        if let Some(expires_at) = venues.get(&source.venue).and_then(|facts| facts.credential_expires_at) {
            let expiry = expiry(expires_at, now, &EXPIRY);
            budget.credential_days_left = Some(i32::try_from(expiry.days_left).unwrap_or(i32::MAX));
            self.set(expiry.level != Level::Ok, &CREDENTIAL_EXPIRES, venue, || {
                format!("{venue}: the credential ends in {} days", expiry.days_left)
            });
        }
        budget
    }

    /// Whether the feed can be read on chain.
    pub fn chain_readable(&self, feed: &FeedId, readable: bool) {
        let mut unreadable = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        if readable {
            unreadable.remove(feed);
        } else {
            unreadable.insert(feed.clone());
        }
        // Said under the lock, so that what is said last is what was found last.
        self.set(!unreadable.is_empty(), &RPC_UNAVAILABLE, &self.chain, || {
            format!("{feed} cannot be read on {}: nothing is decided", self.chain)
        });
    }

    /// Whether any replica leads the part: the feeds of one key.
    pub fn leader(&self, part: &str, exists: bool) {
        self.set(!exists, &NO_LEADER, part, || format!("no replica leads {part}: its feeds are not published"));
    }

    /// A transaction that needed many attempts, or went through after all.
    pub fn transaction_stuck(&self, feed: &str, stuck: bool) {
        self.set(stuck, &TRANSACTION_STUCK, feed, || {
            format!("the transaction of {feed} is not mined; it was replaced")
        });
    }

    /// How the last transaction of a feed ended.
    pub fn transaction_failed(&self, feed: &str, failure: Option<&str>) {
        self.set(failure.is_some(), &TRANSACTION_REVERTED, feed, || {
            format!("the transaction of {feed} did not write its answer: {}", failure.unwrap_or_default())
        });
    }

    /// How many updates the balance pays for.
    pub fn balance(&self, signer: &SignerId, updates_left: Option<u64>, warn_below: u64) {
        let low = updates_left.is_some_and(|left| left < warn_below);
        self.set(low, &BALANCE_LOW, signer.as_str(), || {
            format!("the balance of the key {signer} pays for {} updates", updates_left.unwrap_or_default())
        });
    }

    /// Our clock against a block's time, in whole seconds.
    pub fn skew(&self, seconds: u64) {
        self.set(seconds > MAX_SKEW_SECONDS, &CLOCK_SKEW, "clock", || {
            format!("this machine's clock is {seconds} s ahead of the latest block")
        });
    }

    fn set(&self, wrong: bool, concern: &'static Concern, subject: &str, summary: impl FnOnce() -> String) {
        self.alarms.say(concern, subject, wrong.then(summary));
    }
}

#[cfg(test)]
mod tests;

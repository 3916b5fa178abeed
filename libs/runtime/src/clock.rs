//! The clock as an argument: decisions, ages and replays take their time from here and nowhere else.
//!
//! This file holds the only calls to the machine's clocks in the workspace. It does not sleep and keeps
//! no timers: waiting is tokio's business, and the monotonic reading follows tokio's clock, so that a
//! test that pauses time pauses ages too.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::{Duration, UNIX_EPOCH},
};

use causeway_primitives::{Monotonic, Timestamp};

/// Where a component reads the time. Shared as `Arc<dyn Clock>`.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Wall time, for people, venues and chains. It may step in either direction.
    fn now(&self) -> Timestamp;

    /// The clock for ages and deadlines. It never steps back and knows nothing of leap seconds or NTP.
    fn monotonic(&self) -> Monotonic;
}

/// The machine's clocks.
///
/// Monotonic readings count from the construction of the value: a process makes one and shares it,
/// because the readings of two of them cannot be compared.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    origin: tokio::time::Instant,
}

impl SystemClock {
    /// Starts counting now.
    pub fn new() -> Self {
        Self { origin: tokio::time::Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    /// A machine whose clock stands outside the years 1970 to 9999 reads as the start of the epoch: every
    /// freshness check then fails, which is the safe side.
    #[allow(clippy::disallowed_methods, reason = "this is the one place that reads the machine's wall clock")]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let millis = u64::try_from(since_epoch.as_millis()).unwrap_or_default();
        Timestamp::from_millis(millis).unwrap_or(Timestamp::EPOCH)
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic::new(self.origin.elapsed())
    }
}

/// A clock that only moves when it is told to: for tests and for replays of recorded decisions.
#[derive(Debug)]
pub struct ManualClock {
    reading: Mutex<(Timestamp, Monotonic)>,
}

impl ManualClock {
    /// A clock that stands at `now`, with its monotonic reading at zero.
    pub const fn at(now: Timestamp) -> Self {
        Self { reading: Mutex::new((now, Monotonic::new(Duration::ZERO))) }
    }

    /// Lets time pass on both clocks.
    pub fn advance(&self, span: Duration) {
        self.change(|(now, monotonic)| (now.after(span), monotonic.after(span)));
    }

    /// Steps wall time only, as NTP or an operator does; ages do not notice.
    pub fn set(&self, now: Timestamp) {
        self.change(|(_, monotonic)| (now, monotonic));
    }

    fn change(&self, step: impl FnOnce((Timestamp, Monotonic)) -> (Timestamp, Monotonic)) {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        *reading = step(*reading);
    }

    fn read(&self) -> (Timestamp, Monotonic) {
        *self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.read().0
    }

    fn monotonic(&self) -> Monotonic {
        self.read().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn ages_follow_the_paused_clock_of_a_test() {
        let clock = SystemClock::new();
        let before = clock.monotonic();
        tokio::time::advance(Duration::from_secs(3_600)).await;
        assert_eq!(clock.monotonic().since(before), Duration::from_secs(3_600));
    }

    #[test]
    fn the_system_clock_reads_a_year_in_which_this_code_exists() {
        let now = SystemClock::new().now();
        assert!(now > Timestamp::from_rfc3339("2024-01-01T00:00:00Z").unwrap(), "{now}");
    }

    #[test]
    fn a_step_of_wall_time_makes_no_age() {
        let clock = ManualClock::at(Timestamp::from_secs(1_000).unwrap());
        let start = clock.monotonic();
        clock.advance(Duration::from_secs(5));
        clock.set(Timestamp::from_secs(10).unwrap());
        assert_eq!(clock.now(), Timestamp::from_secs(10).unwrap());
        assert_eq!(clock.monotonic().since(start), Duration::from_secs(5));
    }
}

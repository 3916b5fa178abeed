//! How long a feed waits before it publishes again after an answer that did not land.
//!
//! A contract that refuses the publisher refuses it with each tick as well: without a pause, a missing role costs a
//! decision and a transaction a tick. The pause is a span on the feed's own cadence and doubles with each failure in
//! a row, so that it stays short next to the heartbeat of a feed that failed once.

use std::time::Duration;

use causeway_primitives::Monotonic;

/// The longest pause, in intervals of the feed's cadence: a role that is given back is noticed within so many.
const LONGEST: u32 = 8;

/// The failures in a row, and until when to wait.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Patience {
    failures: u32,
    until: Option<Monotonic>,
}

impl Patience {
    /// Whether no answer has ended yet.
    pub(super) const fn is_new(&self) -> bool {
        self.failures == 0 && self.until.is_none()
    }

    /// Whether the feed may publish now.
    pub(super) fn is_over(&self, now: Monotonic) -> bool {
        self.until.is_none_or(|until| now >= until)
    }

    /// An answer landed: nothing to wait for.
    pub(super) fn landed(&mut self) {
        *self = Self::default();
    }

    /// An answer did not land.
    pub(super) fn lost(&mut self, now: Monotonic, interval: Duration) {
        let times = 2_u32.checked_pow(self.failures).unwrap_or(LONGEST).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        self.until = Some(now.after(interval.saturating_mul(times)));
    }

    /// An answer was decided on and cannot be sent, as in a dry run: the next tick would decide the same.
    pub(super) fn unsent(&mut self, now: Monotonic, interval: Duration) {
        self.until = Some(now.after(interval));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(5);

    /// The first whole second from `now` on at which the pause is over.
    fn over_after(patience: Patience, now: u64) -> Option<u64> {
        (0..100).find(|wait| patience.is_over(at(now + wait)))
    }

    fn at(seconds: u64) -> Monotonic {
        Monotonic::new(Duration::from_secs(seconds))
    }

    #[test]
    fn ora_11_the_pause_doubles_with_each_answer_lost_in_a_row_up_to_eight_intervals() {
        let mut patience = Patience::default();
        assert_eq!(over_after(patience, 0), Some(0));
        let pauses: Vec<_> = (0..6_u64)
            .map(|turn| {
                patience.lost(at(turn * 1_000), INTERVAL);
                over_after(patience, turn * 1_000)
            })
            .collect();
        assert_eq!(pauses, [5, 10, 20, 40, 40, 40].map(Some));
        patience.landed();
        assert_eq!(over_after(patience, 0), Some(0));
    }

    #[test]
    fn ora_11_what_is_never_sent_waits_an_interval_and_is_no_failure() {
        let mut patience = Patience::default();
        patience.unsent(at(0), INTERVAL);
        patience.unsent(at(5), INTERVAL);
        assert_eq!(over_after(patience, 5), Some(5));
    }
}

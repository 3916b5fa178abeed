//! How long to wait before the next attempt: twice as long each time up to a cap, and anywhere below that,
//! so that what failed together does not come back together.

use std::time::Duration;

/// The shape of the waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The longest wait after the first failure.
    pub first: Duration,
    /// The longest wait at all.
    pub cap: Duration,
}

impl Backoff {
    /// The most that is waited after so many attempts, counted from 1.
    pub fn ceiling(self, attempts: u32) -> Duration {
        let doublings = attempts.saturating_sub(1).min(31);
        self.first.saturating_mul(1_u32 << doublings).min(self.cap)
    }

    pub(super) fn wait(self, attempts: u32) -> Duration {
        rand::random_range(Duration::ZERO..=self.ceiling(attempts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), cap: Duration::from_secs(300) };

    #[test]
    fn waits_double_up_to_the_cap_and_no_number_of_attempts_overflows() {
        let seconds: Vec<_> = [0, 1, 2, 3, 9, 10, u32::MAX].map(|n| BACKOFF.ceiling(n).as_secs()).into();
        assert_eq!(seconds, [1, 1, 2, 4, 256, 300, 300]);
    }

    #[test]
    fn waits_are_spread_below_the_ceiling() {
        let waits: Vec<_> = (0..200).map(|_| BACKOFF.wait(5)).collect();
        assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(16)));
        assert!(waits.iter().any(|wait| *wait < Duration::from_secs(8)));
        assert!(waits.iter().any(|wait| *wait > Duration::from_secs(8)));
    }
}

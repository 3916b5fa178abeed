//! How busy a service is, how often it fails and how long it takes, from its counters at two moments.

use std::{collections::BTreeMap, time::Duration};

use causeway_primitives::{Ppm, U256};

/// Counters of answered calls, all replicas together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Answered.
    pub calls: u64,
    /// Of these: answered with a failure of the service, not of who asked.
    pub failed: u64,
    /// Answered within so many microseconds, for each bound that the service counts by.
    pub within: BTreeMap<u64, u64>,
}

/// The time between two moments in figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Golden {
    /// Calls a minute, rounded.
    pub per_minute: u64,
    /// Those that failed, of all; `None` without any.
    pub failed: Option<Ppm>,
    /// Half of the calls took no longer; `None` without any, or when it is longer than the longest bound.
    pub p50: Option<Duration>,
    /// The same of 95 %.
    pub p95: Option<Duration>,
}

impl Counts {
    /// Adds those of another replica.
    pub fn add(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        self.failed = self.failed.saturating_add(other.failed);
        for (bound, count) in &other.within {
            let here = self.within.entry(*bound).or_default();
            *here = here.saturating_add(*count);
        }
    }

    /// What was between an earlier moment and this one; `None` when a counter went back, as after a restart, or no time passed.
    pub fn since(&self, earlier: &Self, elapsed: Duration) -> Option<Golden> {
        let calls = self.calls.checked_sub(earlier.calls)?;
        let failed = self.failed.checked_sub(earlier.failed)?;
        let mut within = BTreeMap::new();
        for (bound, count) in &self.within {
            within.insert(*bound, count.checked_sub(earlier.within.get(bound).copied().unwrap_or_default())?);
        }
        let millis = u64::try_from(elapsed.as_millis()).ok()?;
        let per_minute = calls.checked_mul(60_000)?.checked_add(millis.checked_div(2)?)?.checked_div(millis)?;
        let quantile = |percent: u64| {
            // The rank is rounded up: 95 % of one call is that call.
            let rank = calls.checked_mul(percent)?.div_ceil(100);
            let (bound, _) = within.iter().find(|(_, count)| **count >= rank && rank > 0)?;
            Some(Duration::from_micros(*bound))
        };
        Some(Golden {
            per_minute,
            failed: (calls > 0).then(|| Ppm::of(U256::from(failed), U256::from(calls))),
            p50: quantile(50),
            p95: quantile(95),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(calls: u64, failed: u64, within: &[(u64, u64)]) -> Counts {
        Counts { calls, failed, within: within.iter().copied().collect() }
    }

    #[test]
    fn ops_1_figures_are_of_the_time_between_and_not_of_all_times() {
        let earlier = counts(1_000, 10, &[(5_000, 900), (100_000, 1_000)]);
        let now = counts(1_100, 12, &[(5_000, 950), (100_000, 1_095)]);
        let golden = now.since(&earlier, Duration::from_secs(30)).unwrap();
        assert_eq!((golden.per_minute, golden.failed), (200, Some(Ppm::new(20_000))));
        assert_eq!((golden.p50, golden.p95), (Some(Duration::from_millis(5)), Some(Duration::from_millis(100))));
        let longer = counts(1_100, 12, &[(5_000, 950), (100_000, 1_094)]);
        assert_eq!(longer.since(&earlier, Duration::from_secs(30)).unwrap().p95, None, "longer than the longest bound");
    }

    #[test]
    fn ops_1_a_restart_and_a_quiet_time_are_no_figures() {
        let earlier = counts(1_000, 10, &[(5_000, 900)]);
        assert_eq!(counts(3, 0, &[(5_000, 3)]).since(&earlier, Duration::from_secs(30)), None, "it began again");
        assert_eq!(earlier.since(&earlier, Duration::ZERO), None);
        let quiet = earlier.since(&earlier, Duration::from_secs(30)).unwrap();
        assert_eq!((quiet.per_minute, quiet.failed, quiet.p50), (0, None, None));
        let mut both = earlier.clone();
        both.add(&counts(1, 1, &[(5_000, 1), (7_000, 1)]));
        assert_eq!(both, counts(1_001, 11, &[(5_000, 901), (7_000, 1)]));
    }
}

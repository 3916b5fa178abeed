//! Tier 3: figures with a target (GRD-3, GRD-11). Exact: a rate is two counts and never a fraction.

use std::time::Duration;

/// How a figure stands to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It meets it.
    Met,
    /// It does not.
    Missed,
    /// Nothing was measured, which is not the same as good.
    Unknown,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate {
    /// That succeeded.
    pub good: u64,
    /// Of all.
    pub all: u64,
}

impl Rate {
    /// In parts per million, rounded down; `None` without any.
    pub fn ppm(self) -> Option<u32> {
        let scaled = u128::from(self.good.min(self.all)).checked_mul(1_000_000)?;
        u32::try_from(scaled.checked_div(u128::from(self.all))?).ok()
    }

    /// Strictly more than a share.
    pub fn above(self, ppm: u32) -> Standing {
        if self.all == 0 {
            return Standing::Unknown;
        }
        let good = u128::from(self.good.min(self.all)).saturating_mul(1_000_000);
        met(good > u128::from(self.all).saturating_mul(u128::from(ppm)))
    }
}

/// Executed proofs that were good: more than 99.9 %.
pub fn proof_success(rate: Rate) -> Standing {
    rate.above(999_000)
}

/// Calls to chains that were answered: more than 99 %.
pub fn rpc_success(rate: Rate) -> Standing {
    rate.above(990_000)
}

/// Events that were seen twice: none.
pub const fn duplicate_events(count: u64) -> Standing {
    met(count == 0)
}

/// From burn to claim: under five minutes.
pub fn settlement_latency(latency: Option<Duration>) -> Standing {
    under(latency, Duration::from_secs(300))
}

/// 95 % of the database's queries: under 100 ms.
pub fn query_p95(latency: Option<Duration>) -> Standing {
    under(latency, Duration::from_millis(100))
}

/// Strictly under a limit.
pub fn under(measured: Option<Duration>, limit: Duration) -> Standing {
    measured.map_or(Standing::Unknown, |measured| met(measured < limit))
}

/// At least so many, such as confirmations.
pub fn at_least(measured: Option<u64>, least: u64) -> Standing {
    measured.map_or(Standing::Unknown, |measured| met(measured >= least))
}

/// The smallest duration that at least `percent` of all are not above (nearest rank); `None` without any.
pub fn percentile(durations: &[Duration], percent: u32) -> Option<Duration> {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    let count = u64::try_from(sorted.len()).ok()?;
    let rank = count.saturating_mul(u64::from(percent.min(100))).div_ceil(100).max(1);
    sorted.get(usize::try_from(rank.saturating_sub(1)).ok()?).copied()
}

const fn met(is_met: bool) -> Standing {
    if is_met { Standing::Met } else { Standing::Missed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grd_3_rates_are_judged_exactly_and_nothing_measured_is_unknown() {
        let rate = |good, all| Rate { good, all };
        assert_eq!(proof_success(rate(999, 1_000)), Standing::Missed, "99.9 % is not more than 99.9 %");
        assert_eq!(proof_success(rate(9_991, 10_000)), Standing::Met);
        assert_eq!(rpc_success(rate(0, 0)), Standing::Unknown);
        assert_eq!(rpc_success(rate(u64::MAX, u64::MAX)), Standing::Met);
        assert_eq!(rate(2, 3).ppm(), Some(666_666));
        assert_eq!((rate(0, 0).ppm(), rate(5, 4).ppm()), (None, Some(1_000_000)));
        assert_eq!((duplicate_events(0), duplicate_events(1)), (Standing::Met, Standing::Missed));
    }

    #[test]
    fn grd_3_latencies_are_judged_by_nearest_rank() {
        let millis: Vec<_> = (1..=20).rev().map(Duration::from_millis).collect();
        let at = |percent| percentile(&millis, percent).map(|one| one.as_millis());
        assert_eq!([50, 95, 99, 100, 0].map(at), [Some(10), Some(19), Some(20), Some(20), Some(1)]);
        assert_eq!(percentile(&[], 95), None);
        assert_eq!(query_p95(Some(Duration::from_millis(100))), Standing::Missed);
        assert_eq!(settlement_latency(Some(Duration::from_secs(299))), Standing::Met);
        assert_eq!(settlement_latency(None), Standing::Unknown);
        assert_eq!((at_least(Some(10), 10), at_least(Some(9), 10)), (Standing::Met, Standing::Missed));
    }
}

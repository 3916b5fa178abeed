//! How long a balance lasts at the present spend. Integers only.

use std::time::Duration;

use causeway_primitives::{Timestamp, U256};

/// A balance at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// When, by the chain's clock.
    pub at: Timestamp,
    /// How much, in the token's smallest unit.
    pub amount: U256,
}

const DAY: Duration = Duration::from_secs(86_400);

/// Days that are looked back. Older ones say little about the present.
pub const DAYS: u32 = 30;

/// The spend that is reckoned with: more is spent on at most one day of ten. A mean would be glad of quiet Sundays and
/// promise days that Monday takes away.
const QUANTILE_PERCENT: usize = 90;

/// Whole days that the last balance lasts; `None`: nothing is spent, or less than one whole day is known.
///
/// A day is 24 hours back from `now`. What went down between two samples was spent on the day of the later one; what
/// went up was a refill and is no negative spend. A refill between two samples hides the spend between them: the
/// forecast is as exact as the sampling.
pub fn days_left(samples: &[Sample], now: Timestamp) -> Option<u32> {
    let mut ordered = samples.to_vec();
    ordered.sort_by_key(|sample| sample.at);
    let (first, last) = (ordered.first()?, ordered.last()?);
    let whole_days = now.since(first.at).as_secs().checked_div(DAY.as_secs())?;
    let days = usize::try_from(whole_days.min(u64::from(DAYS))).ok().filter(|days| *days > 0)?;
    let mut spent = vec![U256::ZERO; days];
    for pair in ordered.windows(2) {
        let [before, after] = pair else { continue };
        let day = now.since(after.at).as_secs().checked_div(DAY.as_secs()).and_then(|day| usize::try_from(day).ok());
        if let Some(total) = day.and_then(|day| spent.get_mut(day)) {
            *total = total.saturating_add(before.amount.saturating_sub(after.amount));
        }
    }
    spent.sort_unstable();
    let daily = spent.get(rank(days)).filter(|daily| !daily.is_zero())?;
    Some(u32::try_from(last.amount.checked_div(*daily)?).unwrap_or(u32::MAX))
}

/// Nearest rank: the smallest value that so many percent of the days do not exceed, counted from 0.
fn rank(days: usize) -> usize {
    days.saturating_mul(QUANTILE_PERCENT).div_ceil(100).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(hours: u64) -> Timestamp {
        Timestamp::from_secs(1_700_000_000 + hours * 3_600).unwrap()
    }

    fn samples(points: &[(u64, u64)]) -> Vec<Sample> {
        points.iter().map(|(hours, amount)| Sample { at: at(*hours), amount: U256::from(*amount) }).collect()
    }

    #[test]
    fn ccip_11_a_steady_spend_gives_whole_days() {
        let steady: Vec<_> = (0..=10).map(|day| (day * 24, 1_000 - day * 30)).collect();
        assert_eq!(days_left(&samples(&steady), at(240)), Some(23), "700 left at 30 a day");
    }

    #[test]
    fn ccip_11_a_refill_is_no_negative_spend() {
        let refilled = samples(&[(0, 100), (24, 60), (25, 1_060), (48, 1_020)]);
        assert_eq!(days_left(&refilled, at(48)), Some(25), "40 on either day, 1,020 left");
    }

    #[test]
    fn ccip_11_less_than_a_day_or_no_spend_promises_nothing() {
        assert_eq!(days_left(&[], at(1)), None);
        assert_eq!(days_left(&samples(&[(0, 100), (23, 50)]), at(23)), None);
        assert_eq!(days_left(&samples(&[(0, 100), (48, 100)]), at(48)), None);
    }

    #[test]
    fn ccip_11_an_empty_account_has_no_days_left() {
        assert_eq!(days_left(&samples(&[(0, 100), (47, 0)]), at(48)), Some(0));
    }

    proptest! {
        /// More in the account never means fewer days, whatever was spent before.
        #[test]
        fn ccip_11_a_fuller_account_lasts_no_shorter(
            points in proptest::collection::vec((0_u64..720, 0_u64..1_000_000), 2..40),
            more in 0_u64..1_000_000,
        ) {
            let all = samples(&points);
            let before = days_left(&all, at(720));
            let mut refilled = all;
            refilled.push(Sample { at: at(720), amount: U256::from(1_000_000 + more) });
            if let (Some(before), Some(after)) = (before, days_left(&refilled, at(720))) {
                prop_assert!(after >= before);
            }
        }
    }
}

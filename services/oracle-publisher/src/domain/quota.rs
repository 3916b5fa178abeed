//! How long our budget with a venue lasts, and how long our credential does.
//!
//! A budget that will be gone on the twentieth of the month is a fault on the first: the projection says
//! so while there is time to act. Rates are whole numbers multiplied before they are divided.

use std::time::Duration;

use causeway_primitives::{Ppm, Timestamp, U256};

/// A budget and what is gone of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Calls used in this period.
    pub used: u64,
    /// Calls allowed in it.
    pub limit: u64,
    /// When the period began. For a sliding window: now less the window.
    pub period_start: Timestamp,
    /// How long it is.
    pub period: Duration,
}

/// How loudly to say something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing to say.
    Ok,
    /// Somebody should plan for it.
    Warning,
    /// Somebody has to act.
    Critical,
    /// It is over.
    Exhausted,
}

impl Level {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::Exhausted => "exhausted",
        }
    }
}

/// When to speak up about a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaPolicy {
    /// Used share from which on it is a warning.
    pub warning: Ppm,
    /// Used share from which on it is critical.
    pub critical: Ppm,
}

/// What will become of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Projection {
    /// The share that is gone, rounded down.
    pub used: Ppm,
    /// When it will be gone at the rate of this period so far; `None` when it outlasts the period, or
    /// when the period is too young to tell.
    pub exhausted_at: Option<Timestamp>,
    /// How loudly to say it.
    pub level: Level,
}

/// Projects a budget to the end of its period. A projected exhaustion is a warning at least.
pub fn project(usage: &Usage, now: Timestamp, policy: &QuotaPolicy) -> Projection {
    let used = Ppm::of(U256::from(usage.used), U256::from(usage.limit));
    let exhausted_at = exhaustion(usage, now);
    let level = if usage.used >= usage.limit {
        Level::Exhausted
    } else if used >= policy.critical {
        Level::Critical
    } else if used >= policy.warning || exhausted_at.is_some() {
        Level::Warning
    } else {
        Level::Ok
    };
    Projection { used, exhausted_at, level }
}

/// `now + remaining · elapsed / used`, if that is within the period.
fn exhaustion(usage: &Usage, now: Timestamp) -> Option<Timestamp> {
    if usage.used >= usage.limit {
        return Some(now);
    }
    let elapsed = now.since(usage.period_start).as_millis();
    if elapsed == 0 {
        return None;
    }
    let remaining = u128::from(usage.limit.saturating_sub(usage.used));
    let left = remaining.checked_mul(elapsed)?.checked_div(u128::from(usage.used))?;
    let at = now.after(Duration::from_millis(u64::try_from(left).ok()?));
    (at < usage.period_start.after(usage.period)).then_some(at)
}

/// When to speak up about a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiryPolicy {
    /// Days left from which on it is a warning.
    pub warning_days: u32,
    /// Days left from which on it is critical.
    pub critical_days: u32,
}

/// What is left of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    /// Whole days left, rounded down; 0 on the last day and after.
    pub days_left: u32,
    /// How loudly to say it.
    pub level: Level,
}

/// What is left of a credential that expires then.
pub fn expiry(expires_at: Timestamp, now: Timestamp, policy: &ExpiryPolicy) -> Expiry {
    let days_left = u32::try_from(expires_at.since(now).as_secs() / SECONDS_PER_DAY).unwrap_or(u32::MAX);
    let level = if now >= expires_at {
        Level::Exhausted
    } else if days_left <= policy.critical_days {
        Level::Critical
    } else if days_left <= policy.warning_days {
        Level::Warning
    } else {
        Level::Ok
    };
    Expiry { days_left, level }
}

/// A day without leap seconds, as certificates count.
const SECONDS_PER_DAY: u64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::samples;

    const POLICY: QuotaPolicy = QuotaPolicy { warning: Ppm::new(700_000), critical: Ppm::new(900_000) };
    const DAY: u64 = SECONDS_PER_DAY;

    fn monthly(used: u64, day: u64) -> Projection {
        let usage = Usage { used, limit: 10_000, period_start: samples::at(0), period: Duration::from_secs(30 * DAY) };
        project(&usage, samples::at(day * DAY), &POLICY)
    }

    #[test]
    fn ora_6_a_budget_that_will_not_last_says_when_it_ends() {
        let early = monthly(5_000, 10);
        assert_eq!((early.used, early.level), (Ppm::new(500_000), Level::Warning));
        assert_eq!(early.exhausted_at, Some(samples::at(20 * DAY)));
    }

    #[test]
    fn ora_6_a_budget_that_lasts_says_nothing() {
        let projection = monthly(3_000, 10);
        assert_eq!(projection, Projection { used: Ppm::new(300_000), exhausted_at: None, level: Level::Ok });
        assert_eq!(monthly(0, 10).exhausted_at, None, "nothing used, nothing to project");
        assert_eq!(monthly(9, 0).exhausted_at, None, "too early to tell");
    }

    #[test]
    fn ora_6_levels_follow_the_used_share() {
        assert_eq!(monthly(7_000, 29).level, Level::Warning);
        assert_eq!(monthly(9_000, 29).level, Level::Critical);
        assert_eq!(
            monthly(10_000, 29),
            Projection { used: Ppm::WHOLE, exhausted_at: Some(samples::at(29 * DAY)), level: Level::Exhausted }
        );
    }

    #[test]
    fn ora_6_a_credential_counts_its_days() {
        let policy = ExpiryPolicy { warning_days: 14, critical_days: 3 };
        let left = |seconds| expiry(samples::at(seconds), samples::at(0), &policy);
        for (seconds, days_left, level) in [
            (15 * DAY, 15, Level::Ok),
            (15 * DAY - 1, 14, Level::Warning),
            (3 * DAY, 3, Level::Critical),
            (1, 0, Level::Critical),
            (0, 0, Level::Exhausted),
        ] {
            assert_eq!(left(seconds), Expiry { days_left, level }, "{seconds}");
        }
    }
}

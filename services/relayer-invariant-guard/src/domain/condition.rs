//! Tier 2: what alerts without halting (GRD-2). Thresholds are the operators'; all but the failure counts are strict.

use std::{collections::BTreeSet, time::Duration};

/// A condition of the machinery, not of the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// An endpoint does not answer.
    RpcTimeout,
    /// The database does not answer: work on it stops, the pool starts anew.
    DbConnectionLost,
    /// A cycle takes too long.
    HighLatency,
    /// A transaction used much more gas than was estimated.
    GasEstimateMiss,
    /// Too much is waiting.
    QueueBuildup,
}

impl Condition {
    /// Label, alert and row.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RpcTimeout => "RPC_TIMEOUT",
            Self::DbConnectionLost => "DB_CONNECTION_LOST",
            Self::HighLatency => "HIGH_LATENCY",
            Self::GasEstimateMiss => "GAS_ESTIMATE_MISS",
            Self::QueueBuildup => "QUEUE_BUILDUP",
        }
    }
}

/// So many failures of an endpoint in a row.
const RPC_FAILURES: u32 = 3;
/// One call that takes longer than this counts like them.
const RPC_SLOW: Duration = Duration::from_secs(10);
/// So many failures of the database in a row.
const DB_FAILURES: u32 = 5;
/// A cycle may take so long.
const CYCLE_LIMIT: Duration = Duration::from_secs(2);
/// And should take less than this.
const CYCLE_TARGET: Duration = Duration::from_secs(1);
/// So many may wait.
const QUEUE_LIMIT: u64 = 10;
/// The pauses before each further attempt at one endpoint: 8 s in all, then another endpoint.
const LADDER: [Duration; 4] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5)];

/// What to do after a failed call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The same endpoint after this pause.
    Retry(Duration),
    /// Another endpoint. For liveness only: no verdict rests on whoever was up.
    Switch,
}

/// The step after so many failures in a row, from 1 on.
pub fn ladder(failures: u32) -> Step {
    let index = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
    LADDER.get(index).map_or(Step::Switch, |pause| Step::Retry(*pause))
}

/// Whether an endpoint is down: by failures in a row, or by its slowest call.
pub fn rpc_timeout(failures: u32, slowest: Duration) -> bool {
    failures >= RPC_FAILURES || slowest > RPC_SLOW
}

/// Whether the database is lost.
pub const fn db_connection_lost(failures: u32) -> bool {
    failures >= DB_FAILURES
}

/// How a cycle did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cycle {
    /// Under its target.
    Good,
    /// Over its target, within its limit.
    Slow,
    /// Over its limit.
    TooSlow,
}

/// Judges the duration of a cycle.
pub fn cycle(took: Duration) -> Cycle {
    if took > CYCLE_LIMIT {
        Cycle::TooSlow
    } else if took >= CYCLE_TARGET {
        Cycle::Slow
    } else {
        Cycle::Good
    }
}

/// Whether more than one and a half times the estimate was used. An estimate of zero is none.
pub fn gas_estimate_miss(estimated: u64, used: u64) -> bool {
    estimated > 0 && u128::from(used).saturating_mul(2) > u128::from(estimated).saturating_mul(3)
}

/// Whether too much is waiting.
pub const fn queue_buildup(waiting: u64) -> bool {
    waiting > QUEUE_LIMIT
}

/// Who hears of a failing dependency. Three timers that know nothing of each other (GRD-8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notice {
    /// Slack: more than ten failures.
    Chat,
    /// The operators on call: more than five minutes.
    Operations,
    /// E-mail: more than an hour.
    Mail,
}

/// Who has heard by now.
pub fn notices(failures: u32, lasting: Duration) -> BTreeSet<Notice> {
    let due = [
        (Notice::Chat, failures > 10),
        (Notice::Operations, lasting > Duration::from_secs(300)),
        (Notice::Mail, lasting > Duration::from_secs(3_600)),
    ];
    due.into_iter().filter(|(_, due)| *due).map(|(notice, _)| notice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grd_2_an_endpoint_is_tried_at_once_after_one_two_and_five_seconds_and_then_left() {
        let steps: Vec<_> = (1..=6).map(ladder).collect();
        let pauses = [0, 1, 2, 5].map(|seconds| Step::Retry(Duration::from_secs(seconds)));
        assert_eq!(steps[..4], pauses);
        assert_eq!(steps[4..], [Step::Switch, Step::Switch]);
        assert_eq!(ladder(u32::MAX), Step::Switch);
    }

    #[test]
    fn grd_2_thresholds_are_met_to_the_unit() {
        assert!(!rpc_timeout(2, Duration::from_secs(10)) && rpc_timeout(3, Duration::ZERO));
        assert!(rpc_timeout(0, Duration::from_millis(10_001)));
        assert!(!db_connection_lost(4) && db_connection_lost(5));
        assert_eq!(cycle(Duration::from_millis(999)), Cycle::Good);
        assert_eq!(cycle(Duration::from_secs(2)), Cycle::Slow);
        assert_eq!(cycle(Duration::from_millis(2_001)), Cycle::TooSlow);
        assert!(!gas_estimate_miss(100, 150) && gas_estimate_miss(100, 151) && !gas_estimate_miss(0, 9));
        assert!(gas_estimate_miss(1, u64::MAX));
        assert!(!queue_buildup(10) && queue_buildup(11));
    }

    #[test]
    fn grd_8_the_three_timers_are_independent() {
        assert!(notices(10, Duration::from_secs(300)).is_empty());
        assert_eq!(notices(11, Duration::ZERO), [Notice::Chat].into());
        assert_eq!(notices(1, Duration::from_secs(301)), [Notice::Operations].into());
        assert_eq!(notices(11, Duration::from_secs(3_601)), [Notice::Chat, Notice::Operations, Notice::Mail].into());
    }
}

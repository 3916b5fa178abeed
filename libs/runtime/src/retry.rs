//! Retries as a value: who may retry, how long to wait, when to give up.
//!
//! Only errors that say so themselves are retried, only by callers who know that their operation is
//! idempotent, and never past a deadline. The wait is drawn from the whole range between nothing and the
//! current step ("full jitter"), so that clients which failed together do not come back together.

use std::{fmt, future::Future, time::Duration};

use backon::{ExponentialBuilder, Retryable as _};
use tokio::time::Instant;

/// An error that knows whether the same attempt can succeed later.
pub trait Retryable {
    /// Whether it can. An exhaustive match: a new kind of error must decide.
    fn is_retryable(&self) -> bool;

    /// The pause the other side asked for. It replaces the jittered step.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// How an operation is retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The most that is waited before the second attempt; it doubles from there.
    pub first: Duration,
    /// The most that is waited before any attempt.
    pub cap: Duration,
    /// How often the operation is tried in all, at least once.
    pub attempts: usize,
    /// No attempt starts later than this after the first one.
    pub deadline: Duration,
}

impl Policy {
    /// Runs `attempt` until it succeeds, fails for good, or the policy is exhausted.
    ///
    /// Each attempt brings its own timeout: this bounds when attempts start, not how long one takes.
    ///
    /// # Errors
    /// The error of the last attempt.
    pub async fn run<T, E, F, Fut>(&self, operation: &'static str, attempt: F) -> Result<T, E>
    where
        E: Retryable + fmt::Display,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let started = Instant::now();
        let steps = ExponentialBuilder::new()
            .with_min_delay(self.first)
            .with_max_delay(self.cap)
            .with_max_times(self.attempts.saturating_sub(1));
        attempt
            .retry(steps)
            .when(Retryable::is_retryable)
            .adjust(|error, step| {
                let wait = error.retry_after().unwrap_or(jittered(step?));
                (started.elapsed().saturating_add(wait) <= self.deadline).then_some(wait)
            })
            .notify(|error, wait| {
                let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                tracing::debug!(operation, error = %error, wait_ms, "attempt failed, will retry");
            })
            .await
    }
}

/// A duration drawn from the whole range up to `step`.
fn jittered(step: Duration) -> Duration {
    let nanos = u64::try_from(step.as_nanos()).unwrap_or(u64::MAX);
    Duration::from_nanos(rand::random_range(0..=nanos))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
    enum Fault {
        #[error("busy")]
        Busy,
        #[error("busy, come back later")]
        ComeBack(Duration),
        #[error("wrong")]
        Wrong,
    }

    impl Retryable for Fault {
        fn is_retryable(&self) -> bool {
            match self {
                Self::Busy | Self::ComeBack(_) => true,
                Self::Wrong => false,
            }
        }

        fn retry_after(&self) -> Option<Duration> {
            match self {
                Self::ComeBack(pause) => Some(*pause),
                Self::Busy | Self::Wrong => None,
            }
        }
    }

    const POLICY: Policy = Policy {
        first: Duration::from_millis(100),
        cap: Duration::from_secs(1),
        attempts: 4,
        deadline: Duration::from_secs(60),
    };

    /// Runs `policy` over an operation that always fails: how often it was tried, and for how long.
    async fn exhaust(policy: Policy, fault: Fault) -> (u32, Duration) {
        let tries = Cell::new(0);
        let started = Instant::now();
        let outcome: Result<(), Fault> = policy
            .run("test", || async {
                tries.set(tries.get() + 1);
                Err(fault)
            })
            .await;
        assert_eq!(outcome, Err(fault));
        (tries.get(), started.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_after_the_last_attempt_and_within_the_sum_of_the_steps() {
        let (tries, waited) = exhaust(POLICY, Fault::Busy).await;
        assert_eq!(tries, 4);
        assert!(waited <= Duration::from_millis(100 + 200 + 400 + 3), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn never_retries_what_cannot_succeed() {
        assert_eq!(exhaust(POLICY, Fault::Wrong).await, (1, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn waits_as_long_as_the_other_side_asked_for() {
        let (tries, waited) = exhaust(POLICY, Fault::ComeBack(Duration::from_secs(7))).await;
        assert_eq!((tries, waited), (4, Duration::from_secs(21)));
    }

    #[tokio::test(start_paused = true)]
    async fn starts_no_attempt_after_the_deadline() {
        let policy = Policy { deadline: Duration::from_secs(20), ..POLICY };
        let (tries, waited) = exhaust(policy, Fault::ComeBack(Duration::from_secs(7))).await;
        assert_eq!((tries, waited), (3, Duration::from_secs(14)));
    }

    #[test]
    fn jitter_uses_the_whole_range() {
        let step = Duration::from_millis(100);
        let draws: Vec<Duration> = std::iter::repeat_with(|| jittered(step)).take(1_000).collect();
        assert!(draws.iter().all(|draw| *draw <= step));
        assert!(draws.iter().any(|draw| *draw < step / 4) && draws.iter().any(|draw| *draw > step / 4 * 3));
    }
}

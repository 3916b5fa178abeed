//! Deadlines that are handed on: a call made while answering another may not outlive it.
//!
//! The server reads `grpc-timeout`, takes the shorter of it and its own limit, and leaves the result with
//! the task that answers; the client of this crate finds it there. A task spawned on the way does not
//! inherit it, because it outlives the call on purpose.
//!
//! A deadline covers the time until an answer begins. A stream that has begun is the client's to end.

use std::{future::Future, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

/// The header of the gRPC protocol.
const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// The protocol allows eight digits.
const MAX_VALUE: u128 = 99_999_999;

tokio::task_local! {
    static CURRENT: Deadline;
}

/// A moment after which nobody waits for the answer any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// So far from now.
    pub fn after(span: Duration) -> Self {
        let now = Instant::now();
        Self(now.checked_add(span).unwrap_or(now))
    }

    /// The deadline of the call that this task is answering; `None` outside of one.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|deadline| *deadline).ok()
    }

    /// The time that is left; zero when it has passed.
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether it has passed.
    pub fn has_passed(self) -> bool {
        self.remaining().is_zero()
    }

    /// Runs a future as part of a call with this deadline. It hands the deadline on and does not enforce it.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// The future's output, or `None` when the deadline passes first: the future is dropped then, so
    /// what it writes must be one transaction, or idempotent.
    pub(crate) async fn cut<F: Future>(self, work: F) -> Option<F::Output> {
        tokio::time::timeout_at(self.0, work).await.ok()
    }

    /// What the caller asked for, if it did so in the notation of the protocol.
    pub(crate) fn of_headers(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(GRPC_TIMEOUT)?.to_str().ok()?;
        let (unit_at, _) = text.char_indices().next_back()?;
        let (digits, unit) = text.split_at_checked(unit_at)?;
        if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let value: u64 = digits.parse().ok()?;
        let span = match unit {
            "H" => Duration::from_secs(value.saturating_mul(3_600)),
            "M" => Duration::from_secs(value.saturating_mul(60)),
            "S" => Duration::from_secs(value),
            "m" => Duration::from_millis(value),
            "u" => Duration::from_micros(value),
            "n" => Duration::from_nanos(value),
            _ => return None,
        };
        Some(Self::after(span))
    }

    /// Tells the server what is left.
    pub(crate) fn write_to(self, headers: &mut HeaderMap) {
        let left = self.remaining();
        let text = if left.as_millis() <= MAX_VALUE {
            format!("{}m", left.as_millis().max(1))
        } else {
            format!("{}S", u128::from(left.as_secs()).min(MAX_VALUE))
        };
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(GRPC_TIMEOUT, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(text: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(GRPC_TIMEOUT, HeaderValue::from_static(text))])
    }

    #[tokio::test(start_paused = true)]
    async fn reads_every_unit_of_the_protocol() {
        for (text, expected) in [
            ("2H", Duration::from_secs(7_200)),
            ("3M", Duration::from_secs(180)),
            ("4S", Duration::from_secs(4)),
            ("250m", Duration::from_millis(250)),
            ("99999999u", Duration::from_micros(99_999_999)),
            ("1000000n", Duration::from_millis(1)),
        ] {
            assert_eq!(Deadline::of_headers(&headers(text)).unwrap().remaining(), expected, "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_timeout_asks_for_none() {
        for text in ["", "m", "5", "123456789S", "-1S", "+1S", "1.5S", "5x"] {
            assert_eq!(Deadline::of_headers(&headers(text)), None, "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_written_reads_back() {
        for span in [Duration::from_millis(1), Duration::from_secs(5), Duration::from_secs(400_000)] {
            let mut headers = HeaderMap::new();
            Deadline::after(span).write_to(&mut headers);
            assert_eq!(Deadline::of_headers(&headers).unwrap().remaining(), span);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn is_found_by_what_runs_inside_the_call_and_by_nobody_else() {
        assert_eq!(Deadline::current(), None);
        let deadline = Deadline::after(Duration::from_secs(3));
        assert_eq!(deadline.scope(async { Deadline::current() }).await, Some(deadline));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(deadline.remaining(), Duration::from_secs(1));
    }
}

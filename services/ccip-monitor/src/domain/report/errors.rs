//! What failed, how often, and why (CCIP-12): executions that returned the same reason are one kind, whatever bytes said
//! it.

use std::collections::BTreeMap;

use causeway_primitives::{MessageId, Ppm, Timestamp, U256};

use super::rows::Rows;

/// Failed executions of the window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Errors {
    /// All of them.
    pub attempts: u64,
    /// By lane and reason, most frequent first.
    pub kinds: Vec<ErrorKind>,
    /// Those whose reason was too rare to be listed.
    pub unlisted: u64,
}

/// Why an execution failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The sort of failure: for example `receiver`, `rate_limit`.
    pub kind: &'static str,
    /// The errors by their names, the outermost first: the last is the root cause.
    pub name: String,
    /// The same with what the errors say.
    pub words: String,
}

/// Executions of a lane that failed for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorKind {
    /// The lane.
    pub lane: String,
    /// The reason, in the words of the last execution.
    pub cause: Cause,
    /// Executions.
    pub attempts: u64,
    /// Of all failed executions of the window.
    pub share: Ppm,
    /// The last one.
    pub last_at: Timestamp,
    /// The message of the last one.
    pub example: MessageId,
}

pub(super) fn errors(rows: &Rows, explain: &dyn Fn(&[u8]) -> Cause) -> Errors {
    let mut kinds: BTreeMap<(String, String), ErrorKind> = BTreeMap::new();
    for failure in &rows.failures {
        let cause = explain(&failure.return_data);
        let new = || ErrorKind {
            lane: failure.lane.clone(),
            cause: cause.clone(),
            attempts: 0,
            share: Ppm::ZERO,
            last_at: failure.last_at,
            example: failure.example,
        };
        let kind = kinds.entry((failure.lane.clone(), cause.name.clone())).or_insert_with(new);
        kind.attempts = kind.attempts.saturating_add(failure.attempts);
        if failure.last_at > kind.last_at {
            (kind.last_at, kind.example, kind.cause) = (failure.last_at, failure.example, cause);
        }
    }
    let mut kinds: Vec<_> = kinds.into_values().collect();
    for kind in &mut kinds {
        kind.share = Ppm::of(U256::from(kind.attempts), U256::from(rows.failed_attempts));
    }
    // Stable: kinds of one frequency stay in the order of lane and reason.
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.attempts));
    let listed = kinds.iter().map(|kind| kind.attempts).fold(0_u64, u64::saturating_add);
    Errors { attempts: rows.failed_attempts, kinds, unlisted: rows.failed_attempts.saturating_sub(listed) }
}

#[cfg(test)]
mod tests {
    use causeway_primitives::{B256, Bytes};

    use super::*;
    use crate::domain::report::rows::Failure;

    fn failure(data: &'static [u8], attempts: u64, second: u64) -> Failure {
        Failure {
            lane: "a".to_owned(),
            return_data: Bytes::from_static(data),
            attempts,
            messages: attempts,
            last_at: Timestamp::from_secs(second).unwrap(),
            example: MessageId::new(B256::with_last_byte(u8::try_from(second).unwrap())),
        }
    }

    #[test]
    fn ccip_12_bytes_that_say_the_same_are_one_kind_with_its_frequency() {
        let failures = vec![failure(b"paused 1", 3, 5), failure(b"no gas", 4, 9), failure(b"paused 2", 2, 7)];
        let rows = Rows { failures, failed_attempts: 10, ..Rows::default() };
        let word = |data: &[u8]| {
            let words = std::str::from_utf8(data).unwrap().to_owned();
            Cause { kind: "receiver", name: words.split(' ').next().unwrap().to_owned(), words }
        };
        let found = errors(&rows, &word);
        assert_eq!((found.attempts, found.unlisted), (10, 1));
        let short: Vec<_> =
            found.kinds.iter().map(|kind| (kind.cause.name.as_str(), kind.attempts, kind.share)).collect();
        assert_eq!(short, [("paused", 5, Ppm::new(500_000)), ("no", 4, Ppm::new(400_000))]);
        assert_eq!(found.kinds[0].example, MessageId::new(B256::with_last_byte(7)), "the last one is the example");
        assert_eq!(found.kinds[0].cause.words, "paused 2");
    }

    #[test]
    fn ccip_12_a_window_without_failures_has_no_errors() {
        assert_eq!(errors(&Rows::default(), &|_| unreachable!()), Errors::default());
    }
}

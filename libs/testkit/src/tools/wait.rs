//! Bounded waiting on the real clock for things that are not async: child processes and file locks.
//!
//! Deliberately not tokio's clock: a test that pauses it must still wait for a real process.

use std::{
    thread,
    time::{Duration, Instant},
};

/// Asks `ready` every `step` until it has an answer; `None` once `limit` is over.
///
/// # Errors
/// The first error of `ready` ends the wait.
pub(crate) fn poll<T, E>(
    limit: Duration,
    step: Duration,
    mut ready: impl FnMut(Duration) -> Result<Option<T>, E>,
) -> Result<Option<T>, E> {
    let start = now();
    loop {
        let waited = now().duration_since(start);
        if let Some(answer) = ready(waited)? {
            return Ok(Some(answer));
        }
        if waited >= limit {
            return Ok(None);
        }
        thread::sleep(step);
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "children of the operating system live on the real clock, not on the runtime's"
)]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_ends_with_the_answer_with_the_error_or_with_the_limit() {
        let step = Duration::from_millis(1);
        let mut asked = 0;
        let third = poll(Duration::from_secs(5), step, |_| {
            asked += 1;
            Ok::<_, ()>((asked == 3).then_some(asked))
        });
        assert_eq!(third, Ok(Some(3)));
        assert_eq!(poll(Duration::from_secs(5), step, |_| Err::<Option<()>, _>("broken")), Err("broken"));
        assert_eq!(poll(Duration::ZERO, step, |_| Ok::<Option<()>, ()>(None)), Ok(None));
    }
}

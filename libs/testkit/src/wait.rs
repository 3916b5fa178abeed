//! Waiting in tests: bounded, and in one way. What tells when it is there is awaited, within [`SOON`]; what tells nobody is
//! looked for again and again by [`eventually`].
//!
//! Child processes and file locks of the kit itself are waited for on the real clock, by `poll`: a test that pauses tokio's
//! must still wait for a real process.

use std::{
    fmt::Display,
    panic::Location,
    thread,
    time::{Duration, Instant},
};

use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

/// Longer than anything takes on a busy machine; nothing waits for it unless the test fails.
pub const SOON: Duration = Duration::from_secs(90);

/// Between the first two looks. What comes soon is seen soon.
const FIRST_PAUSE: Duration = Duration::from_millis(2);

/// The pauses grow to this: what takes its time is not kept from it by being looked at.
const LAST_PAUSE: Duration = Duration::from_millis(50);

/// What a look shows: a `bool`, an `Option`, or a `Result` whose error says what is there instead.
pub trait Look {
    /// What was looked for.
    type Found;

    /// It, or in words what is there instead.
    ///
    /// # Errors
    /// When it is not there.
    fn found(self) -> Result<Self::Found, String>;
}

impl Look for bool {
    type Found = ();

    fn found(self) -> Result<(), String> {
        self.then_some(()).found()
    }
}

impl<T> Look for Option<T> {
    type Found = T;

    fn found(self) -> Result<T, String> {
        self.ok_or_else(String::new)
    }
}

impl<T, E: Display> Look for Result<T, E> {
    type Found = T;

    fn found(self) -> Result<T, String> {
        self.map_err(|instead| instead.to_string())
    }
}

/// Looks again and again until there is something to see.
///
/// # Panics
/// When there is nothing within [`SOON`]: with who waited, for what, and what the last look showed instead.
#[track_caller]
pub fn eventually<S: Look>(what: &str, look: impl AsyncFnMut() -> S) -> impl Future<Output = S::Found> {
    let who = Location::caller();
    async move { or_panic(who, what, comes(SOON, look).await) }
}

/// As [`eventually`] within another time, for whoever goes on without it.
///
/// # Errors
/// What the last look showed instead.
pub async fn comes<S: Look>(limit: Duration, mut look: impl AsyncFnMut() -> S) -> Result<S::Found, String> {
    let (mut instead, mut pause) = (String::new(), FIRST_PAUSE);
    let looking = async {
        loop {
            match look().await.found() {
                Ok(found) => return found,
                Err(words) => instead = words,
            }
            sleep(pause).await;
            pause = pause.saturating_mul(2).min(LAST_PAUSE);
        }
    };
    let found = timeout(limit, looking).await;
    found.map_err(|_| instead)
}

/// Looks at a value each time it changes until there is something to see.
///
/// # Panics
/// As [`eventually`].
#[track_caller]
pub fn told<V, S: Look>(
    what: &str,
    mut value: watch::Receiver<V>,
    mut look: impl FnMut(&V) -> S,
) -> impl Future<Output = S::Found> {
    let who = Location::caller();
    async move {
        let mut instead = String::new();
        let looking = async {
            loop {
                match look(&value.borrow_and_update()).found() {
                    Ok(found) => return Some(found),
                    Err(words) => instead = words,
                }
                value.changed().await.ok()?;
            }
        };
        let found = timeout(SOON, looking).await;
        or_panic(who, what, found.ok().flatten().ok_or(instead))
    }
}

#[expect(clippy::panic, reason = "a test that waited in vain has failed")]
fn or_panic<T>(who: &Location<'_>, what: &str, found: Result<T, String>) -> T {
    found.unwrap_or_else(|instead| panic!("{who}: not within {} s: {what}\n{instead}", SOON.as_secs()))
}

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

    #[tokio::test(start_paused = true)]
    async fn what_comes_is_found_and_what_does_not_is_named_with_what_is_there_instead() {
        let mut looks = 0;
        let third = eventually("the third look", async || {
            looks += 1;
            (looks == 3).then_some("found")
        });
        assert_eq!(third.await, "found");
        assert_eq!(comes(SOON, async || true).await, Ok(()));
        assert_eq!(comes(SOON, async || Err::<(), _>("rain")).await, Err("rain".to_owned()));

        let (weather, told_of) = watch::channel("rain");
        let sun = told("the sun", told_of.clone(), |now| if *now == "sun" { Ok(1) } else { Err(*now) });
        let (found, ()) = tokio::join!(sun, async { weather.send("sun").unwrap() });
        assert_eq!(found, 1);
        let looking = async move { told("snow", told_of, |now| Err::<(), _>(format!("there is {now}"))).await };
        #[allow(clippy::disallowed_methods, reason = "its panic is looked at")]
        let panic = tokio::spawn(looking).await.unwrap_err().into_panic();
        let words = panic.downcast_ref::<String>().unwrap();
        assert!(words.contains("wait.rs:") && words.ends_with("not within 90 s: snow\nthere is sun"), "{words}");
    }

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

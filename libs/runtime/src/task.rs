//! Supervised tasks: each has a name, a token and an owner, and none can die unnoticed.
//!
//! A service is a handful of loops that make sense only together. So the first loop to end, for
//! whatever reason, cancels the others; a panic is an error like any other; and a drain has a deadline
//! after which what still runs is aborted and named. Nothing is restarted here: the process exits and
//! its supervisor (Kubernetes, systemd) starts a whole one.

use std::{
    any::Any,
    collections::BTreeMap,
    error::Error as StdError,
    fmt,
    future::Future,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::FutureExt;
use tokio::{
    task::AbortHandle,
    time::{Interval, MissedTickBehavior, interval},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The beat of a loop that looks again and again: at once, and then each `every`. Behind a look that took longer the next one
/// comes at once, and the beat goes on from there: what was missed is not made up for.
///
/// # Panics
/// If `every` is zero.
pub fn ticks(every: Duration) -> Interval {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// The cause a task gives for its failure: any error that may cross threads.
pub type Cause = Box<dyn StdError + Send + Sync + 'static>;

/// How one task failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The task returned without an error although nobody had asked it to stop.
    #[error("task {task} ended by itself")]
    Ended {
        /// Its name.
        task: Arc<str>,
    },
    /// The task returned an error.
    #[error("task {task} failed")]
    Failed {
        /// Its name.
        task: Arc<str>,
        /// Its error.
        source: Cause,
    },
    /// The task panicked.
    #[error("task {task} panicked: {message}")]
    Panicked {
        /// Its name.
        task: Arc<str>,
        /// The panic's message, when it was a text.
        message: String,
    },
    /// The task did not stop within the drain's deadline.
    #[error("task {task} was aborted at the drain deadline")]
    Aborted {
        /// Its name.
        task: Arc<str>,
    },
}

impl Error {
    /// The failed task's name.
    pub fn task(&self) -> &str {
        match self {
            Self::Ended { task } | Self::Failed { task, .. } | Self::Panicked { task, .. } | Self::Aborted { task } => {
                task
            }
        }
    }
}

/// Every failure of a group, in the order in which they happened. Never empty.
#[derive(Debug)]
pub struct Errors {
    first: Error,
    rest: Vec<Error>,
}

impl Errors {
    fn of(errors: Vec<Error>) -> Option<Self> {
        let mut errors = errors.into_iter();
        errors.next().map(|first| Self { first, rest: errors.collect() })
    }

    /// The failures; the first one is what brought the others down.
    pub fn iter(&self) -> impl Iterator<Item = &Error> {
        std::iter::once(&self.first).chain(&self.rest)
    }

    /// Whether some task had to be aborted.
    pub fn missed_deadline(&self) -> bool {
        self.iter().any(|error| matches!(error, Error::Aborted { .. }))
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first)?;
        self.rest.iter().try_for_each(|error| write!(f, "; {error}"))
    }
}

impl StdError for Errors {
    /// The cause of the first failure: the group itself adds nothing to it.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.first.source()
    }
}

/// The owner of a set of tasks. Dropping it aborts them.
#[derive(Debug)]
pub struct TaskGroup {
    token: CancellationToken,
    tracker: TaskTracker,
    ledger: Arc<Mutex<Ledger>>,
}

#[derive(Debug, Default)]
struct Ledger {
    next_id: u64,
    running: BTreeMap<u64, (Arc<str>, Option<AbortHandle>)>,
    failures: Vec<Error>,
}

/// Whether the end of a task is the end of the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    Endless,
    Finite,
}

impl TaskGroup {
    /// A group that stops when `token` is cancelled, and that cancels it when one of its tasks fails.
    pub fn new(token: CancellationToken) -> Self {
        Self { token, tracker: TaskTracker::new(), ledger: Arc::default() }
    }

    /// The group's token: cancelled when the group stops, and cancelling it stops the group.
    pub const fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// Starts a task that must run until its token is cancelled. Its end before that, even a good one,
    /// stops the group.
    pub fn spawn<F, Fut, E>(&self, name: impl Into<Arc<str>>, task: F)
    where
        F: FnOnce(CancellationToken) -> Fut,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Cause>,
    {
        self.start(name.into(), Life::Endless, task(self.token.child_token()));
    }

    /// Starts a task that may finish: only its error or its panic stops the group.
    pub fn spawn_finite<F, Fut, E>(&self, name: impl Into<Arc<str>>, task: F)
    where
        F: FnOnce(CancellationToken) -> Fut,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Cause>,
    {
        self.start(name.into(), Life::Finite, task(self.token.child_token()));
    }

    /// Waits until the group is told to stop, a task fails, or the last finite task is done; then drains.
    ///
    /// # Errors
    /// [`Errors`] with every task that failed or had to be aborted.
    pub async fn supervise(self, drain_limit: Duration) -> Result<(), Errors> {
        self.tracker.close();
        tokio::select! {
            () = self.token.cancelled() => {}
            () = self.tracker.wait() => {}
        }
        self.drain(drain_limit).await
    }

    /// Cancels the tasks, waits for them at most `limit`, and aborts what is left.
    ///
    /// # Errors
    /// [`Errors`] with every task that failed or had to be aborted.
    pub async fn drain(self, limit: Duration) -> Result<(), Errors> {
        self.token.cancel();
        self.tracker.close();
        if tokio::time::timeout(limit, self.tracker.wait()).await.is_err() {
            self.abort();
        }
        let failures = std::mem::take(&mut lock(&self.ledger).failures);
        Errors::of(failures).map_or(Ok(()), Err)
    }

    fn start<Fut, E>(&self, name: Arc<str>, life: Life, work: Fut)
    where
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Cause>,
    {
        let mut ledger = lock(&self.ledger);
        let id = ledger.next_id;
        ledger.next_id = id.wrapping_add(1);
        ledger.running.insert(id, (Arc::clone(&name), None));
        drop(ledger);

        let (shared, token) = (Arc::clone(&self.ledger), self.token.clone());
        let supervised = async move {
            let outcome = AssertUnwindSafe(work).catch_unwind().await;
            let asked_to_stop = token.is_cancelled();
            let mut ledger = lock(&shared);
            if ledger.running.remove(&id).is_none() {
                return; // Aborted while it ended: the drain has already counted it.
            }
            if let Some(failure) = judge(name, life, asked_to_stop, outcome.map(|result| result.map_err(Into::into))) {
                report(&failure);
                ledger.failures.push(failure);
                token.cancel();
            }
        };
        let handle = self.tracker.spawn(supervised).abort_handle();
        if let Some((_, slot)) = lock(&self.ledger).running.get_mut(&id) {
            *slot = Some(handle);
        }
    }

    fn abort(&self) {
        let mut ledger = lock(&self.ledger);
        for (task, handle) in std::mem::take(&mut ledger.running).into_values() {
            if let Some(handle) = handle {
                handle.abort();
            }
            let failure = Error::Aborted { task };
            report(&failure);
            ledger.failures.push(failure);
        }
    }
}

impl Drop for TaskGroup {
    fn drop(&mut self) {
        self.token.cancel();
        for (_, handle) in std::mem::take(&mut lock(&self.ledger).running).into_values() {
            if let Some(handle) = handle {
                handle.abort();
            }
        }
    }
}

/// Nothing in the ledger can be half changed, so a poisoned lock is as good as any.
fn lock(ledger: &Mutex<Ledger>) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

fn judge(
    task: Arc<str>,
    life: Life,
    asked_to_stop: bool,
    outcome: Result<Result<(), Cause>, Box<dyn Any + Send>>,
) -> Option<Error> {
    match outcome {
        Ok(Ok(())) if asked_to_stop || life == Life::Finite => None,
        Ok(Ok(())) => Some(Error::Ended { task }),
        Ok(Err(source)) => Some(Error::Failed { task, source }),
        Err(panic) => Some(Error::Panicked { task, message: panic_message(panic.as_ref()) }),
    }
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message").to_owned()
}

/// Said at once and not at the end of the drain, which a kill may cut short.
fn report(failure: &Error) {
    let cause = failure.source().map(tracing::field::display);
    tracing::error!(task = failure.task(), error = %failure, cause, "task failed");
}

#[cfg(test)]
mod tests;

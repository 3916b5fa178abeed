//! Waiting for the database when a program starts, so that a pod and its database may start together.

use std::time::Duration;

use causeway_telemetry::Chain;
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::{Class, Pool};

/// How long a start waits for a database, unless there is a reason for another time.
pub const DATABASE_WITHIN: Duration = Duration::from_secs(30);

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(500);

/// For one attempt; packets to a host that is not there are not answered at all.
const ATTEMPT: Duration = Duration::from_secs(3);

/// A wait is told about so often.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Why there is no database to start with.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It did not answer in time.
    #[error(
        "the database did not answer within {} s: check that PostgreSQL runs, that DATABASE_URL names its host and \
         port, and that the network lets this program through",
        .waited.as_secs()
    )]
    Absent {
        /// How long was waited.
        waited: Duration,
        /// The last attempt's error; `None` when it was not answered at all.
        #[source]
        source: Option<sqlx::Error>,
    },
    /// It answered, and waiting will not change the answer.
    #[error("the database refuses this program: check user, password and database name in DATABASE_URL")]
    Refused(#[source] sqlx::Error),
    /// The program was told to stop before the database answered.
    #[error("stopped before the database answered")]
    Stopped,
}

/// Waits until the database takes a connection, for at most `limit` and the length of one attempt.
///
/// # Errors
/// [`Error`], which says what to check.
pub async fn await_database(pool: &Pool, limit: Duration, stop: &CancellationToken) -> Result<(), Error> {
    let started = Instant::now();
    let mut tell_at = started;
    loop {
        let error = match timeout(ATTEMPT, connect(pool)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) if !Class::of(&error).is_retryable() => return Err(Error::Refused(error)),
            Ok(Err(error)) => Some(error),
            Err(_) => None,
        };
        let waited = started.elapsed();
        if waited >= limit {
            return Err(Error::Absent { waited, source: error });
        }
        if Instant::now() >= tell_at {
            tell_at = Instant::now() + TELL_EVERY;
            let cause = error.as_ref().map(|error| Chain(error).to_string()).unwrap_or_default();
            let (waited, limit) = (waited.as_secs(), limit.as_secs());
            tracing::warn!(
                waited_seconds = waited,
                limit_seconds = limit,
                error = cause,
                "database does not answer yet"
            );
        }
        if stop.run_until_cancelled(sleep(PAUSE)).await.is_none() {
            return Err(Error::Stopped);
        }
    }
}

/// Past the pool, which would say that it timed out and not why.
async fn connect(pool: &Pool) -> Result<(), sqlx::Error> {
    pool.executor().connect_options().connect().await?.close().await
}

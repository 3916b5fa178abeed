//! The lease's row, and what a holder knows of it.

use std::{sync::Arc, time::Duration};

use sqlx::PgConnection;
use tokio::time::Instant;

use crate::{Error, Named as _, Pool, Queries, Transaction, span::interval};

/// What a holder was granted. Proof only for [`assert_current`]; see [`Leadership::is_valid`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leadership {
    lease: Arc<str>,
    holder: Arc<str>,
    epoch: u64,
    valid_until: Instant,
}

impl Leadership {
    /// The lease's name.
    pub fn lease(&self) -> &str {
        &self.lease
    }

    /// Who holds it.
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// Grows by one with every change of leader and never shrinks.
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// When this process stops believing to lead, on its monotonic clock: before the database does.
    pub const fn valid_until(&self) -> Instant {
        self.valid_until
    }

    /// Whether to start something as the leader. Worth asking before each step, since a process may have
    /// been paused; not a substitute for [`assert_current`], since it may be paused right after.
    pub fn is_valid(&self) -> bool {
        Instant::now() < self.valid_until
    }

    pub(super) fn renewed(self, asked_at: Instant, ttl: Duration) -> Self {
        Self { valid_until: local_end(asked_at, ttl), ..self }
    }
}

/// Counted from before the question was sent, less an eighth for clocks that run at different speeds: the
/// database counts from when it answers.
fn local_end(asked_at: Instant, ttl: Duration) -> Instant {
    asked_at + ttl.saturating_sub(ttl / 8)
}

/// Takes the lease if it is free or has expired; `None` when somebody holds it, the caller included: a
/// holder renews.
///
/// Waits for write transactions of the previous holder that are still open, until the statement timeout. A
/// [`Keeper`](super::Keeper) waits for the life of a lease and then ends them.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`].
pub async fn try_acquire(
    pool: &Pool,
    lease: &Arc<str>,
    holder: &Arc<str>,
    ttl: Duration,
) -> Result<Option<Leadership>, Error> {
    let mut connection = pool.executor().acquire().named("connect", pool.queries()).await?;
    acquire_on(&mut connection, pool.queries(), (lease, holder), ttl).await
}

/// [`try_acquire`] on a session that somebody else may look at.
pub(super) async fn acquire_on(
    connection: &mut PgConnection,
    queries: &Queries,
    (lease, holder): (&Arc<str>, &Arc<str>),
    ttl: Duration,
) -> Result<Option<Leadership>, Error> {
    let asked_at = Instant::now();
    let epoch = sqlx::query_scalar!(
        r#"
        INSERT INTO causeway_lease AS held (name, epoch, holder, acquired_at, expires_at)
        VALUES ($1, 1, $2, clock_timestamp(), clock_timestamp() + $3)
        ON CONFLICT (name) DO UPDATE
        SET epoch = held.epoch + 1,
            holder = excluded.holder,
            acquired_at = clock_timestamp(),
            expires_at = clock_timestamp() + $3
        WHERE held.expires_at <= clock_timestamp()
        RETURNING epoch
        "#,
        &**lease,
        &**holder,
        interval(ttl),
    )
    .fetch_optional(connection)
    .named("acquire_lease", queries)
    .await?;
    let Some(epoch) = epoch else { return Ok(None) };
    let epoch = u64::try_from(epoch).map_err(|_| Error::Unreadable { column: "causeway_lease.epoch" })?;
    let valid_until = local_end(asked_at, ttl);
    Ok(Some(Leadership { lease: Arc::clone(lease), holder: Arc::clone(holder), epoch, valid_until }))
}

/// Holds the lease for another `ttl` from now; `None` when it has expired or changed hands.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`]: the lease may have been renewed or not.
pub async fn renew(pool: &Pool, leadership: &Leadership, ttl: Duration) -> Result<Option<Leadership>, Error> {
    let asked_at = Instant::now();
    let renewed = sqlx::query!(
        r#"
        UPDATE causeway_lease
        SET expires_at = clock_timestamp() + $4
        WHERE name = $1 AND epoch = $2 AND holder = $3 AND expires_at > clock_timestamp()
        "#,
        leadership.lease(),
        stored(leadership.epoch),
        leadership.holder(),
        interval(ttl),
    )
    .execute(pool.executor())
    .named("renew_lease", pool.queries())
    .await?;
    Ok((renewed.rows_affected() == 1).then(|| leadership.clone().renewed(asked_at, ttl)))
}

/// Lets the next holder in at once. Nothing happens when the lease is somebody else's by now.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`]: the lease then ends by itself.
pub async fn release(pool: &Pool, leadership: &Leadership) -> Result<(), Error> {
    sqlx::query!(
        r#"
        UPDATE causeway_lease
        SET expires_at = LEAST(expires_at, clock_timestamp())
        WHERE name = $1 AND epoch = $2 AND holder = $3
        "#,
        leadership.lease(),
        stored(leadership.epoch),
        leadership.holder(),
    )
    .execute(pool.executor())
    .named("release_lease", pool.queries())
    .await
    .map(drop)
}

/// The fence: call it first in every transaction that only the leader may commit.
///
/// From here to the transaction's end nobody else can take the lease over. Renewals go on meanwhile,
/// because they leave the key, which includes the epoch, alone.
///
/// # Errors
/// [`Error::Fenced`] when the lease has expired or another epoch; [`Error::Query`] or [`Error::Timeout`].
pub async fn assert_current(tx: &mut Transaction, leadership: &Leadership) -> Result<(), Error> {
    let queries = tx.queries();
    let current = sqlx::query_scalar!(
        r#"
        SELECT epoch FROM causeway_lease
        WHERE name = $1 AND epoch = $2 AND holder = $3 AND expires_at > clock_timestamp()
        FOR KEY SHARE
        "#,
        leadership.lease(),
        stored(leadership.epoch),
        leadership.holder(),
    )
    .fetch_optional(&mut **tx)
    .named("assert_lease", &queries)
    .await?;
    match current {
        Some(_) => Ok(()),
        None => Err(Error::Fenced { lease: leadership.lease().to_owned(), epoch: leadership.epoch }),
    }
}

/// Epochs come from a BIGINT that only grows by one: they fit.
fn stored(epoch: u64) -> i64 {
    i64::try_from(epoch).unwrap_or(i64::MAX)
}

//! Who holds up a takeover: a session with an open write transaction of the lease's former holder.
//!
//! Usually it is gone in a moment. It stays when its process stands still or its machine is gone while the server waits for
//! the rows of a COPY: to the server it is busy, so the limit on idle transactions does not count, and cancellations, the
//! limit on statements included, are held back until a whole message has come. Only ending the session helps.

use sqlx::PgConnection;

use crate::{Error, Named as _, Pool, Queries};

/// What the server calls this session.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`].
pub(super) async fn session_of(connection: &mut PgConnection, queries: &Queries) -> Result<i32, Error> {
    sqlx::query_scalar!(r#"SELECT pg_backend_pid() AS "session!""#)
        .fetch_one(connection)
        .named("find_session", queries)
        .await
}

/// Ends the sessions whose transactions a session waits for, and says which, once the lease has expired: whoever renews it may
/// take as long for a write as it likes. Those that wait themselves are left: somebody else's end lets them go on. So is
/// whoever has locked a whole table: that is no writer but a change of the schema.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`]: also when a session is another role's.
pub(super) async fn end_blockers(pool: &Pool, lease: &str, session: i32) -> Result<Vec<i32>, Error> {
    // Ended in the list of columns, which is for rows that have passed all conditions; conditions have no order.
    let rows = sqlx::query!(
        r#"
        SELECT blocker.session AS "session!", pg_terminate_backend(blocker.session) AS "is_ended!"
        FROM UNNEST(pg_blocking_pids($1)) AS blocker (session)
        WHERE EXISTS (SELECT FROM causeway_lease WHERE name = $2 AND expires_at <= clock_timestamp())
          AND EXISTS (SELECT FROM pg_locks WHERE pid = $1 AND NOT granted AND locktype = 'transactionid')
          AND blocker.session > 0 AND cardinality(pg_blocking_pids(blocker.session)) = 0
        "#,
        session,
        lease,
    )
    .fetch_all(pool.executor())
    .named("end_blockers", pool.queries())
    .await?;
    Ok(rows.into_iter().filter(|row| row.is_ended).map(|row| row.session).collect())
}

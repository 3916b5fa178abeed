//! The rows by which replicas know of each other: who stands for what, and who holds what.

use std::{sync::Arc, time::Duration};

use super::{Candidate, Holders};
use crate::{Error, Named as _, Pool, span::interval};

/// Rows of candidates that are gone are of no use to anybody; so long they may still explain what happened.
const KEEP_GONE: Duration = Duration::from_secs(3_600);

/// Says that a candidate stands, for another `ttl` from now.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`].
pub(super) async fn enter(pool: &Pool, contest: &str, candidate: &Candidate, ttl: Duration) -> Result<(), Error> {
    let leases: Vec<String> = candidate.leases.iter().map(|lease| lease.to_string()).collect();
    sqlx::query!(
        r#"
        INSERT INTO causeway_candidate (contest, holder, leases, expires_at)
        VALUES ($1, $2, $3, clock_timestamp() + $4)
        ON CONFLICT (contest, holder) DO UPDATE SET leases = excluded.leases, expires_at = excluded.expires_at
        "#,
        contest,
        &*candidate.holder,
        &leases,
        interval(ttl),
    )
    .execute(pool.executor())
    .named("enter_candidate", pool.queries())
    .await
    .map(drop)
}

/// Removes a candidate that stands no more, and those that are long gone.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`]: the rows then end by themselves.
pub(super) async fn leave(pool: &Pool, contest: &str, holder: &str) -> Result<(), Error> {
    sqlx::query!(
        r#"
        DELETE FROM causeway_candidate
        WHERE contest = $1 AND (holder = $2 OR expires_at < clock_timestamp() - $3::INTERVAL)
        "#,
        contest,
        holder,
        interval(KEEP_GONE),
    )
    .execute(pool.executor())
    .named("leave_candidate", pool.queries())
    .await
    .map(drop)
}

/// Who stands now.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`].
pub(super) async fn list_candidates(pool: &Pool, contest: &str) -> Result<Vec<Candidate>, Error> {
    let rows = sqlx::query!(
        r#"
        SELECT holder, leases FROM causeway_candidate
        WHERE contest = $1 AND expires_at > clock_timestamp()
        ORDER BY holder
        "#,
        contest,
    )
    .fetch_all(pool.executor())
    .named("list_candidates", pool.queries())
    .await?;
    let candidate = |holder: String, leases: Vec<String>| Candidate {
        holder: holder.into(),
        leases: leases.into_iter().map(Arc::from).collect(),
    };
    Ok(rows.into_iter().map(|row| candidate(row.holder, row.leases)).collect())
}

/// Who holds each of these leases now; those that nobody holds are absent.
///
/// # Errors
/// [`Error::Query`] or [`Error::Timeout`].
pub async fn list_holders(pool: &Pool, leases: &[Arc<str>]) -> Result<Holders, Error> {
    let leases: Vec<String> = leases.iter().map(|lease| lease.to_string()).collect();
    let rows = sqlx::query!(
        "SELECT name, holder FROM causeway_lease WHERE name = ANY($1) AND expires_at > clock_timestamp()",
        &leases,
    )
    .fetch_all(pool.executor())
    .named("list_lease_holders", pool.queries())
    .await?;
    Ok(rows.into_iter().map(|row| (row.name.into(), row.holder.into())).collect())
}

//! Durations as PostgreSQL takes them.

use std::time::Duration;

use sqlx::postgres::types::PgInterval;

/// Microseconds only: a month of PostgreSQL has no fixed length. Held at 292,000 years.
pub(crate) fn interval(duration: Duration) -> PgInterval {
    PgInterval { months: 0, days: 0, microseconds: i64::try_from(duration.as_micros()).unwrap_or(i64::MAX) }
}

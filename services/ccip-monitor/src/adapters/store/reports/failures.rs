//! Executions that failed in a window, by what they returned.

use causeway_primitives::{Bytes, MessageId};
use causeway_store::{Error, Named as _, Transaction};

use super::{
    super::values::{digest, timestamp, unsigned},
    snapshot::ends,
};
use crate::domain::report::{Failure, Window};

/// Kinds of return data that are read. Arguments differ, so there are more of them than reasons.
const KINDS: i64 = 500;

pub(super) async fn list(tx: &mut Transaction, window: Window) -> Result<Vec<Failure>, Error> {
    let (from, before) = ends(window);
    let queries = tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT lane.name, attempt.return_data, count(*) AS "attempts!",
               count(DISTINCT attempt.message_id) AS "messages!", max(attempt.at) AS "last_at!",
               (array_agg(attempt.message_id ORDER BY attempt.at DESC, attempt.change DESC))[1] AS "example!"
        FROM attempt JOIN lane ON lane.lane = attempt.lane
        WHERE attempt.outcome = 1 AND attempt.unwinding IS NULL AND attempt.at >= $1 AND attempt.at < $2
        GROUP BY lane.name, attempt.return_data
        ORDER BY "attempts!" DESC, lane.name, attempt.return_data
        LIMIT $3
        "#,
        from,
        before,
        KINDS,
    )
    .fetch_all(&mut **tx)
    .named("list_report_failures", &queries)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Failure {
                lane: row.name,
                return_data: Bytes::from(row.return_data),
                attempts: unsigned(row.attempts, "count")?,
                messages: unsigned(row.messages, "count")?,
                last_at: timestamp(row.last_at, "attempt.at")?,
                example: MessageId::new(digest(&row.example, "attempt.message_id")?),
            })
        })
        .collect()
}

/// All of them.
pub(super) async fn count(tx: &mut Transaction, window: Window) -> Result<u64, Error> {
    let (from, before) = ends(window);
    let queries = tx.queries();
    let count = sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!" FROM attempt
        WHERE outcome = 1 AND unwinding IS NULL AND at >= $1 AND at < $2
        "#,
        from,
        before,
    )
    .fetch_one(&mut **tx)
    .named("count_report_failures", &queries)
    .await?;
    unsigned(count, "count")
}

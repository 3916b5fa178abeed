//! Executions of a message: those that left a log, and those that were reverted as a whole.

use causeway_primitives::{B256, Bytes};
use causeway_store::{Error, Named as _};

use super::{
    Store,
    values::{amount, digest, outcome, timestamp, unsigned},
};
use crate::ports::AttemptView;

/// Executions that are shown. Anyone may execute a failed message as often as they pay for.
const SHOWN: i64 = 1_000;

/// Oldest first.
pub(super) async fn list(store: &Store, message: i64) -> Result<Vec<AttemptView>, Error> {
    let rows = sqlx::query!(
        r#"
        SELECT tx AS "tx!", block AS "block!", at AS "at!", outcome, return_data AS "return_data!",
               gas_used::TEXT AS gas_used, unwinding IS NOT NULL AS "orphaned!"
        FROM (
            SELECT tx, block, log_index, change, at, outcome, return_data, gas_used, unwinding FROM attempt
            WHERE message = $1 AND outcome < 2
            UNION ALL
            SELECT COALESCE(tx, ''::BYTEA), block, 9223372036854775807, change, at, NULL, ''::BYTEA, NULL, unwinding
            FROM judgement WHERE message = $1 AND occurrence = 'reverted'
        ) AS execution
        ORDER BY block, log_index, change LIMIT $2
        "#,
        message,
        SHOWN,
    )
    .fetch_all(store.pool.executor())
    .named("list_attempts", store.pool.queries())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(AttemptView {
                tx: if row.tx.is_empty() { B256::ZERO } else { digest(&row.tx, "attempt.tx")? },
                block_number: unsigned(row.block, "attempt.block")?,
                time: timestamp(row.at, "attempt.at")?,
                outcome: row.outcome.map(outcome).transpose()?.flatten(),
                return_data: Bytes::from(row.return_data),
                gas_used: row.gas_used.map(|text| amount(&text, "attempt.gas_used")).transpose()?,
                orphaned: row.orphaned,
            })
        })
        .collect()
}

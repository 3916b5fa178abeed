//! Fees by day, lane and token.

use causeway_store::{Error, Named as _, Transaction};

use super::{
    super::values::{address, amount, chain, timestamp, unsigned},
    snapshot::ends,
};
use crate::domain::report::{FeeRow, Window};

pub(super) async fn list(tx: &mut Transaction, window: Window) -> Result<Vec<FeeRow>, Error> {
    let (from, before) = ends(window);
    let queries = tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT date_trunc('day', message.sent_at, 'UTC') AS "day!", lane.name, sent.chain, sent.fee_token,
               count(*) AS "messages!", sum(sent.fee)::TEXT AS "total!", sum(sent.data_length)::BIGINT AS "data_bytes!"
        FROM lane
        JOIN message ON message.lane = lane.lane
        JOIN sent ON sent.change = message.sent
        WHERE NOT message.orphaned AND message.status = ANY('{0, 1, 2, 3, 4, 5}'::SMALLINT[])
          AND message.sent_at >= $1 AND message.sent_at < $2
        GROUP BY "day!", lane.name, sent.chain, sent.fee_token
        ORDER BY "day!", lane.name, sent.chain, sent.fee_token
        "#,
        from,
        before,
    )
    .fetch_all(&mut **tx)
    .named("list_report_fees", &queries)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(FeeRow {
                day: timestamp(row.day, "day")?,
                lane: row.name,
                chain: Some(chain(row.chain, "sent.chain")?),
                token: address(&row.fee_token, "sent.fee_token")?,
                messages: unsigned(row.messages, "count")?,
                total: amount(&row.total, "sent.fee")?,
                data_bytes: unsigned(row.data_bytes, "sent.data_length")?,
            })
        })
        .collect()
}

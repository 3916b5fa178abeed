//! Value that left a chain and has not arrived.

use causeway_primitives::Address;
use causeway_store::{Error, Named as _, Transaction};

use super::super::values::{address, amount, chain, unsigned};
use crate::ports::InFlight;

/// By lane and token, over messages that are on their source chain and not executed.
pub(super) async fn list(
    tx: &mut Transaction,
    lane: Option<&str>,
    token: Option<Address>,
) -> Result<Vec<InFlight>, Error> {
    let queries = tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT lane.name, lane.source_chain, lane.destination_chain, moved.token AS "token!",
               sum(moved.amount)::TEXT AS "amount!", count(DISTINCT message.message) AS "messages!"
        FROM lane
        JOIN message ON message.lane = lane.lane
        JOIN sent ON sent.change = message.sent
        CROSS JOIN LATERAL UNNEST(sent.tokens, sent.amounts) AS moved (token, amount)
        WHERE NOT message.orphaned AND message.status = ANY('{0, 1, 2, 4, 5}'::SMALLINT[])
          AND ($1::TEXT IS NULL OR lane.name = $1) AND ($2::BYTEA IS NULL OR moved.token = $2)
        GROUP BY lane.lane, moved.token
        ORDER BY lane.name, lane.lane, moved.token
        "#,
        lane,
        token.as_ref().map(|token| token.as_slice()),
    )
    .fetch_all(&mut **tx)
    .named("list_in_flight", &queries)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(InFlight {
                lane_name: row.name,
                source: row.source_chain.map(|id| chain(id, "lane.source_chain")).transpose()?,
                destination: row.destination_chain.map(|id| chain(id, "lane.destination_chain")).transpose()?,
                token: address(&row.token, "sent.tokens")?,
                amount: amount(&row.amount, "sent.amounts")?,
                messages: unsigned(row.messages, "count")?,
            })
        })
        .collect()
}

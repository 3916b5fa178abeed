//! What could cost less: messages that could have travelled together, the smallest fees, and what data looks like.

use causeway_primitives::Bytes;
use causeway_store::{Error, Named as _, Transaction};

use super::{
    super::values::{address, amount, unsigned},
    snapshot::ends,
};
use crate::domain::report::{Cheapest, Repeat, Sample, Window};

/// Pairs of sender and receiver that are read.
const PAIRS: i64 = 200;

/// Messages of a lane that are looked at.
const SAMPLES: i64 = 200;

/// Messages that followed another one of their sender to their receiver closely, most first.
pub(super) async fn list_repeats(tx: &mut Transaction, window: Window) -> Result<Vec<Repeat>, Error> {
    let (from, before) = ends(window);
    let within = i64::try_from(Repeat::WITHIN.as_secs()).unwrap_or(i64::MAX);
    let queries = tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT lane AS "lane!", sender AS "sender!", receiver AS "receiver!", fee_token AS "fee_token!",
               count(*) AS "followers!", sum(fee)::TEXT AS "fees!"
        FROM (
            SELECT lane.name AS lane, sent.sender, sent.receiver, sent.fee_token, sent.fee, message.sent_at,
                   lag(message.sent_at) OVER (PARTITION BY lane.lane, sent.sender, sent.receiver
                       ORDER BY message.sent_at, message.message) AS earlier
            FROM lane
            JOIN message ON message.lane = lane.lane
            JOIN sent ON sent.change = message.sent
            WHERE NOT message.orphaned AND message.status = ANY('{0, 1, 2, 3, 4, 5}'::SMALLINT[])
              AND message.sent_at >= $1 AND message.sent_at < $2
        ) AS spaced
        WHERE EXTRACT(EPOCH FROM sent_at - earlier) <= $3::BIGINT
        GROUP BY lane, sender, receiver, fee_token
        ORDER BY "followers!" DESC, lane, sender, receiver, fee_token LIMIT $4
        "#,
        from,
        before,
        within,
        PAIRS,
    )
    .fetch_all(&mut **tx)
    .named("list_repeated_messages", &queries)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Repeat {
                lane: row.lane,
                sender: address(&row.sender, "sent.sender")?,
                receiver: Bytes::from(row.receiver),
                followers: unsigned(row.followers, "count")?,
                token: address(&row.fee_token, "sent.fee_token")?,
                fees: amount(&row.fees, "sent.fee")?,
            })
        })
        .collect()
}

/// The smallest fee of each lane and token that is none of zero.
pub(super) async fn list_cheapest(tx: &mut Transaction, window: Window) -> Result<Vec<Cheapest>, Error> {
    let (from, before) = ends(window);
    let queries = tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT lane.name, sent.fee_token, min(sent.fee)::TEXT AS "fee!"
        FROM lane
        JOIN message ON message.lane = lane.lane
        JOIN sent ON sent.change = message.sent
        WHERE NOT message.orphaned AND message.status = ANY('{0, 1, 2, 3, 4, 5}'::SMALLINT[])
          AND message.sent_at >= $1 AND message.sent_at < $2 AND sent.fee > 0
        GROUP BY lane.name, sent.fee_token ORDER BY lane.name, sent.fee_token
        "#,
        from,
        before,
    )
    .fetch_all(&mut **tx)
    .named("list_cheapest_messages", &queries)
    .await?;
    rows.into_iter()
        .map(|row| {
            let token = address(&row.fee_token, "sent.fee_token")?;
            Ok(Cheapest { lane: row.name, token, fee: amount(&row.fee, "sent.fee")? })
        })
        .collect()
}

/// Messages with data, evenly spread over each lane's messages of the window: the same ones each time.
pub(super) async fn list_samples(tx: &mut Transaction, window: Window) -> Result<Vec<Sample>, Error> {
    let (from, before) = ends(window);
    let queries = tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT spread.lane AS "lane!", sent.data_length, sent.data_head, sent.fee_token, sent.fee::TEXT AS "fee!"
        FROM (
            SELECT lane.name AS lane, message.sent,
                   row_number() OVER (PARTITION BY lane.lane ORDER BY message.sent_at, message.message) - 1 AS place,
                   count(*) OVER (PARTITION BY lane.lane) AS total
            FROM lane JOIN message ON message.lane = lane.lane
            WHERE NOT message.orphaned AND message.status = ANY('{0, 1, 2, 3, 4, 5}'::SMALLINT[])
              AND message.sent_at >= $1 AND message.sent_at < $2
        ) AS spread
        JOIN sent ON sent.change = spread.sent
        WHERE spread.place % GREATEST(1, (spread.total + $3 - 1) / $3) = 0 AND sent.data_length > 0
        ORDER BY spread.lane, spread.place
        "#,
        from,
        before,
        SAMPLES,
    )
    .fetch_all(&mut **tx)
    .named("list_message_samples", &queries)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Sample {
                lane: row.lane,
                length: unsigned(row.data_length, "sent.data_length")?,
                head: Bytes::from(row.data_head),
                token: address(&row.fee_token, "sent.fee_token")?,
                fee: amount(&row.fee, "sent.fee")?,
            })
        })
        .collect()
}

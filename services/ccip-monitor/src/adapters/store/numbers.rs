//! The numbers that ramps gave, and which of them are missing.

use causeway_primitives::{Address, MessageId};
use causeway_store::{Error, Named as _};

use super::{
    Store,
    values::{digest, signed, unsigned},
};
use crate::{
    domain::lane::LaneKey,
    ports::{Missing, Numbers},
};

/// The message with a number: key and id.
pub(super) async fn find(store: &Store, lane: &LaneKey, sequence: u64) -> Result<Option<(u64, MessageId)>, Error> {
    let row = sqlx::query!(
        r#"
        SELECT sent.message, sent.message_id
        FROM sent
        JOIN ramp ON ramp.ramp = sent.ramp
        JOIN lane ON lane.lane = ramp.lane
        WHERE lane.dialect = $1 AND lane.source = $2::TEXT::NUMERIC AND lane.destination = $3::TEXT::NUMERIC
          AND sent.sequence = $4 AND sent.unwinding IS NULL AND NOT sent.repeated
        ORDER BY sent.change DESC
        LIMIT 1
        "#,
        lane.dialect.as_str(),
        lane.source.to_string(),
        lane.destination.to_string(),
        signed(sequence),
    )
    .fetch_optional(store.pool.executor())
    .named("find_numbered", store.pool.queries())
    .await?;
    row.map(|row| {
        let id = MessageId::new(digest(&row.message_id, "sent.message_id")?);
        Ok((unsigned(row.message, "sent.message")?, id))
    })
    .transpose()
}

/// Numbers of a ramp in blocks up to one.
pub(super) async fn read(
    store: &Store,
    lane: &LaneKey,
    on_ramp: Address,
    up_to: u64,
    limit: u32,
) -> Result<Numbers, Error> {
    let Some(ramp) = find_ramp(store, lane, on_ramp).await? else { return Ok(Numbers::default()) };
    let row = sqlx::query!(
        r#"
        SELECT count(DISTINCT sequence) AS "seen!", min(sequence) AS lowest, max(sequence) AS highest
        FROM sent
        WHERE ramp = $1 AND unwinding IS NULL AND sequence IS NOT NULL AND block <= $2
        "#,
        ramp,
        signed(up_to),
    )
    .fetch_one(store.pool.executor())
    .named("count_numbers", store.pool.queries())
    .await?;
    let number = |value: Option<i64>| value.map(|value| unsigned(value, "sent.sequence")).transpose();
    Ok(Numbers {
        seen: unsigned(row.seen, "count")?,
        lowest: number(row.lowest)?,
        highest: number(row.highest)?,
        missing: list_missing(store, ramp, up_to, limit).await?,
    })
}

async fn find_ramp(store: &Store, lane: &LaneKey, on_ramp: Address) -> Result<Option<i32>, Error> {
    sqlx::query_scalar!(
        r#"
        SELECT ramp.ramp
        FROM ramp
        JOIN lane ON lane.lane = ramp.lane
        WHERE lane.dialect = $1 AND lane.source = $2::TEXT::NUMERIC AND lane.destination = $3::TEXT::NUMERIC
          AND ramp.contract = $4
        "#,
        lane.dialect.as_str(),
        lane.source.to_string(),
        lane.destination.to_string(),
        on_ramp.as_slice(),
    )
    .fetch_optional(store.pool.executor())
    .named("find_ramp", store.pool.queries())
    .await
}

/// Each number beside the one before it: where they are further apart than one, those between are missing.
async fn list_missing(store: &Store, ramp: i32, up_to: u64, limit: u32) -> Result<Vec<Missing>, Error> {
    let rows = sqlx::query!(
        r#"
        SELECT previous + 1 AS "first!", sequence - 1 AS "last!", previous_block AS "not_before!", block AS "not_after!"
        FROM (
            SELECT sequence, block, lag(sequence) OVER (ORDER BY sequence) AS previous,
                   lag(block) OVER (ORDER BY sequence) AS previous_block
            FROM sent
            WHERE ramp = $1 AND unwinding IS NULL AND sequence IS NOT NULL AND block <= $2
        ) AS numbered
        WHERE sequence > previous + 1
        ORDER BY sequence
        LIMIT $3
        "#,
        ramp,
        signed(up_to),
        i64::from(limit),
    )
    .fetch_all(store.pool.executor())
    .named("list_missing_numbers", store.pool.queries())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Missing {
                first: unsigned(row.first, "sent.sequence")?,
                last: unsigned(row.last, "sent.sequence")?,
                not_before: Some(unsigned(row.not_before, "sent.block")?),
                not_after: Some(unsigned(row.not_after, "sent.block")?),
            })
        })
        .collect()
}

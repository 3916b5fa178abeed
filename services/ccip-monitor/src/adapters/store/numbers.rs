//! The numbers that ramps gave, and which of them are missing.
//!
//! Of a ramp with millions of messages no single statement can say that in time, so the numbers are walked page by page
//! along their index. The messages themselves are not touched; only the ends of what is missing are looked up. Numbers
//! that come or go meanwhile, with new blocks or a reorganisation, may show: who compares them with the chain asks again.
//!
//! What was walked over is remembered while the process lives, so the next question costs what came since.

use std::collections::BTreeMap;

use causeway_primitives::{Address, MessageId};
use causeway_store::{Error, Named as _};

use super::{
    Store,
    values::{digest, signed, unsigned},
    walked::{self, Walked},
};
use crate::{
    domain::lane::LaneKey,
    ports::{Missing, Numbers},
};

/// Numbers of one statement: some 6 ms.
const PAGE: i64 = 20_000;

/// The lowest and the highest number up to a block.
pub(super) struct Bounds {
    pub(super) ramp: i32,
    pub(super) chain: i64,
    pub(super) lowest: i64,
    highest: i64,
    /// The last reorganisation that was followed when these were read.
    pub(super) unwinding: i64,
}

/// What follows a number.
struct Page {
    rows: i64,
    seen: i64,
    last: i64,
    missing: Vec<(i64, i64)>,
}

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

/// At most `limit` ranges of missing numbers; all numbers are counted.
pub(super) async fn read(
    store: &Store,
    lane: &LaneKey,
    on_ramp: Address,
    up_to: u64,
    limit: u32,
) -> Result<Numbers, Error> {
    let Some(bounds) = find_bounds(store, lane, on_ramp, up_to).await? else { return Ok(Numbers::default()) };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let known = walked::recall(store, &bounds).await?.filter(|walked| walked.last <= bounds.highest);
    let mut walked = known.unwrap_or_else(|| Walked::before(&bounds));
    while walked.last < bounds.highest {
        let room = i32::try_from(limit.saturating_sub(walked.missing.len())).unwrap_or(i32::MAX);
        let Some(page) = read_page(store, &bounds, walked.last, room).await? else { break };
        walked.seen = walked.seen.saturating_add(page.seen);
        walked.missing.extend(page.missing);
        walked.last = page.last;
        // Not the page at the end: it grows, and reorganisations take from it. Of too much that is missing not all is known.
        if page.rows == PAGE
            && walked.missing.len() < limit
            && let Some(block) = list_blocks(store, bounds.ramp, &[page.last]).await?.remove(&page.last)
        {
            walked.block = block;
            walked::remember(store, bounds.ramp, &walked);
        }
    }
    walked.missing.truncate(limit);
    Ok(Numbers {
        seen: unsigned(walked.seen, "count")?,
        lowest: Some(unsigned(bounds.lowest, "sent.sequence")?),
        highest: Some(unsigned(bounds.highest, "sent.sequence")?),
        missing: between_blocks(store, bounds.ramp, &walked.missing).await?,
    })
}

/// A ramp counts upwards, so what it sent after a block has higher numbers than what it sent before: they are stepped
/// over from the end, and there are few where the block is the cursor's.
async fn find_bounds(store: &Store, lane: &LaneKey, on_ramp: Address, up_to: u64) -> Result<Option<Bounds>, Error> {
    sqlx::query_as!(
        Bounds,
        r#"
        SELECT ramp.ramp, lowest.chain AS "chain!", lowest.sequence AS "lowest!", highest.sequence AS "highest!",
               COALESCE((SELECT max(unwinding) FROM unwinding), 0) AS "unwinding!"
        FROM lane
        JOIN ramp ON ramp.lane = lane.lane AND ramp.contract = $4
        CROSS JOIN LATERAL (
            SELECT sequence, block, chain FROM sent
            WHERE sent.ramp = ramp.ramp AND sent.unwinding IS NULL AND sent.sequence IS NOT NULL
            ORDER BY sequence LIMIT 1
        ) AS lowest
        CROSS JOIN LATERAL (
            SELECT sequence FROM sent
            WHERE sent.ramp = ramp.ramp AND sent.unwinding IS NULL AND sent.sequence IS NOT NULL AND sent.block <= $5
            ORDER BY sequence DESC LIMIT 1
        ) AS highest
        WHERE lane.dialect = $1 AND lane.source = $2::TEXT::NUMERIC AND lane.destination = $3::TEXT::NUMERIC
          AND lowest.block <= $5
        "#,
        lane.dialect.as_str(),
        lane.source.to_string(),
        lane.destination.to_string(),
        on_ramp.as_slice(),
        signed(up_to),
    )
    .fetch_optional(store.pool.executor())
    .named("find_bounds_of_numbers", store.pool.queries())
    .await
}

/// The next page after a number; `None`: nothing follows. A number that came twice was seen once.
async fn read_page(store: &Store, bounds: &Bounds, before: i64, room: i32) -> Result<Option<Page>, Error> {
    let row = sqlx::query!(
        r#"
        SELECT count(*) AS "rows!", count(*) FILTER (WHERE sequence > before) AS "seen!", max(sequence) AS last,
               COALESCE((array_agg(before + 1 ORDER BY sequence) FILTER (WHERE sequence - before > 1))[:$5], '{}')
                   AS "firsts!",
               COALESCE((array_agg(sequence - 1 ORDER BY sequence) FILTER (WHERE sequence - before > 1))[:$5], '{}')
                   AS "lasts!"
        FROM (
            SELECT sequence, lag(sequence, 1, $2::BIGINT) OVER (ORDER BY sequence) AS before
            FROM (
                SELECT sequence FROM sent
                WHERE ramp = $1 AND unwinding IS NULL AND sequence > $2 AND sequence <= $3
                ORDER BY sequence LIMIT $4
            ) AS page
        ) AS stepped
        "#,
        bounds.ramp,
        before,
        bounds.highest,
        PAGE,
        room,
    )
    .fetch_one(store.pool.executor())
    .named("read_page_of_numbers", store.pool.queries())
    .await?;
    let missing = row.firsts.into_iter().zip(row.lasts).collect();
    Ok(row.last.map(|last| Page { rows: row.rows, seen: row.seen, last, missing }))
}

/// Each range of missing numbers with the blocks of the numbers at its ends.
async fn between_blocks(store: &Store, ramp: i32, missing: &[(i64, i64)]) -> Result<Vec<Missing>, Error> {
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    let ends = missing.iter().flat_map(|(first, last)| [first.saturating_sub(1), last.saturating_add(1)]);
    let blocks = list_blocks(store, ramp, &ends.collect::<Vec<_>>()).await?;
    missing
        .iter()
        .map(|(first, last)| {
            let block = |number| blocks.get(&number).map(|block| unsigned(*block, "sent.block")).transpose();
            Ok(Missing {
                first: unsigned(*first, "sent.sequence")?,
                last: unsigned(*last, "sent.sequence")?,
                not_before: block(first.saturating_sub(1))?,
                not_after: block(last.saturating_add(1))?,
            })
        })
        .collect()
}

/// The block of each number; of one that came twice the first, which is the ramp's own.
async fn list_blocks(store: &Store, ramp: i32, numbers: &[i64]) -> Result<BTreeMap<i64, i64>, Error> {
    let rows = sqlx::query!(
        r#"
        SELECT given.number AS "number!", min(sent.block) AS "block!"
        FROM UNNEST($2::BIGINT[]) AS given (number)
        JOIN sent ON sent.ramp = $1 AND sent.sequence = given.number AND sent.unwinding IS NULL
        GROUP BY given.number
        "#,
        ramp,
        numbers,
    )
    .fetch_all(store.pool.executor())
    .named("list_blocks_of_numbers", store.pool.queries())
    .await?;
    Ok(rows.into_iter().map(|row| (row.number, row.block)).collect())
}

//! What could not be read, until it is.

use causeway_primitives::{Address, Bytes};
use causeway_store::{Error, Named as _, Transaction};
use time::OffsetDateTime;

use super::{
    Store,
    lanes::{self, Lane, Lanes},
    values::{address, chain, digest, signed, timestamp, unsigned},
    work::Work,
};
use crate::{
    domain::{event::Place, lane::LaneKey},
    ports::{Hole, HoleCause, OpenHole},
};

/// Keeps holes. One that is open stays as it is; one that was closed is open again: its block was gone and is back, or
/// what had filled it was undone.
pub(super) async fn insert(tx: &mut Transaction, lanes: &mut Lanes, holes: &[Hole]) -> Result<(), Error> {
    for hole in holes {
        match &hole.cause {
            HoleCause::Undecodable { .. } => insert_log(tx, hole).await?,
            HoleCause::MissingMessages { .. } => insert_numbers(tx, lanes, hole).await?,
        }
    }
    Ok(())
}

async fn insert_log(tx: &mut Transaction, hole: &Hole) -> Result<(), Error> {
    let HoleCause::Undecodable { place, topics, data, reason } = &hole.cause else { return Ok(()) };
    let topics: Vec<Vec<u8>> = topics.iter().map(|topic| topic.to_vec()).collect();
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO hole (chain, first_block, last_block, kind, log_index, block_hash, tx, at, contract, topics, data,
                          reason, opened_at)
        VALUES ($1, $2, $3, 'undecodable', $4, $5, $6, $7, $8, $9, $10, $11, now())
        ON CONFLICT (chain, block_hash, log_index) WHERE kind = 'undecodable'
        DO UPDATE SET closed_at = NULL, opened_at = excluded.opened_at WHERE hole.closed_at IS NOT NULL
        "#,
        signed(hole.chain.get()),
        signed(hole.first_block),
        signed(hole.last_block),
        signed(place.log_index),
        place.block_hash.as_slice(),
        place.tx.as_slice(),
        place.time.to_datetime(),
        place.contract.as_slice(),
        &topics,
        data.as_ref(),
        reason,
    )
    .execute(&mut **tx)
    .named("insert_undecodable_log", &queries)
    .await
    .map(drop)
}

async fn insert_numbers(tx: &mut Transaction, lanes: &mut Lanes, hole: &Hole) -> Result<(), Error> {
    let HoleCause::MissingMessages { lane, on_ramp, first, last } = &hole.cause else { return Ok(()) };
    // What happens on a lane that is one too many is not stored, so nothing of it is missing.
    let Some(Lane { lane, .. }) = lanes.ensure(tx, lane).await? else { return Ok(()) };
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO hole (chain, first_block, last_block, kind, contract, lane, first, last, opened_at)
        VALUES ($1, $2, $3, 'missing_messages', $4, $5, $6, $7, now())
        ON CONFLICT (lane, contract, first, last) WHERE kind = 'missing_messages'
        DO UPDATE SET first_block = excluded.first_block, last_block = excluded.last_block, opened_at = excluded.opened_at,
                      closed_at = NULL
        WHERE hole.closed_at IS NOT NULL
        "#,
        signed(hole.chain.get()),
        signed(hole.first_block),
        signed(hole.last_block),
        on_ramp.as_slice(),
        lane,
        signed(*first),
        signed(*last),
    )
    .execute(&mut **tx)
    .named("insert_missing_messages", &queries)
    .await
    .map(drop)
}

/// Whether a wider hole of the ramp is open that has all these numbers in it.
pub(super) async fn is_within_open(
    work: &mut Work,
    lane: &LaneKey,
    on_ramp: Address,
    numbers: (u64, u64),
) -> Result<bool, Error> {
    let Some(lane) = work.lanes.find(lane) else { return Ok(false) };
    let (first, last) = numbers;
    let queries = work.tx.queries();
    sqlx::query_scalar!(
        r#"
        SELECT EXISTS (
            SELECT FROM hole
            WHERE closed_at IS NULL AND kind = 'missing_messages' AND lane = $1 AND contract = $2
              AND first <= $3 AND last >= $4 AND (first < $3 OR last > $4)
        ) AS "within!"
        "#,
        lane,
        on_ramp.as_slice(),
        signed(first),
        signed(last),
    )
    .fetch_one(&mut *work.tx)
    .named("find_wider_hole", &queries)
    .await
}

/// Holes that are open, oldest first after a number.
pub(super) async fn list_open(store: &Store, after: u64, limit: u32) -> Result<Vec<OpenHole>, Error> {
    sqlx::query_as!(
        HoleColumns,
        r#"
        SELECT hole.hole, hole.chain, hole.first_block, hole.last_block, hole.kind, hole.log_index, hole.block_hash,
               hole.tx, hole.at, hole.contract, hole.topics, hole.data, hole.reason, hole.first, hole.last,
               lane.dialect AS "dialect?", lane.source::TEXT AS "source?", lane.destination::TEXT AS "destination?"
        FROM hole LEFT JOIN lane ON lane.lane = hole.lane
        WHERE hole.closed_at IS NULL AND hole.hole > $1 ORDER BY hole.hole LIMIT $2
        "#,
        signed(after),
        i64::from(limit),
    )
    .fetch_all(store.pool.executor())
    .named("list_open_holes", store.pool.queries())
    .await?
    .into_iter()
    .map(OpenHole::try_from)
    .collect()
}

/// Whether nothing is missing any more. A log that could be decoded is whole with whatever it said.
pub(super) async fn is_whole(work: &mut Work, cause: &HoleCause) -> Result<bool, Error> {
    let HoleCause::MissingMessages { lane, on_ramp, first, last } = cause else { return Ok(true) };
    let lane = work.lanes.get(lane)?.lane;
    let Ok(ramp) = work.lanes.ramp(lane, *on_ramp) else { return Ok(false) };
    let queries = work.tx.queries();
    let known = sqlx::query_scalar!(
        r#"
        SELECT count(DISTINCT sequence) AS "known!" FROM sent
        WHERE ramp = $1 AND sequence BETWEEN $2 AND $3 AND unwinding IS NULL AND sequence IS NOT NULL
        "#,
        ramp,
        signed(*first),
        signed(*last),
    )
    .fetch_one(&mut *work.tx)
    .named("count_known_numbers", &queries)
    .await?;
    Ok(known > signed(last.saturating_sub(*first)))
}

pub(super) async fn close(tx: &mut Transaction, hole: u64) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!("UPDATE hole SET closed_at = now() WHERE hole = $1 AND closed_at IS NULL", signed(hole))
        .execute(&mut **tx)
        .named("close_hole", &queries)
        .await
        .map(drop)
}

struct HoleColumns {
    hole: i64,
    chain: i64,
    first_block: i64,
    last_block: i64,
    kind: String,
    log_index: Option<i64>,
    block_hash: Option<Vec<u8>>,
    tx: Option<Vec<u8>>,
    at: Option<OffsetDateTime>,
    contract: Vec<u8>,
    topics: Option<Vec<Vec<u8>>>,
    data: Option<Vec<u8>>,
    reason: Option<String>,
    first: Option<i64>,
    last: Option<i64>,
    dialect: Option<String>,
    source: Option<String>,
    destination: Option<String>,
}

impl TryFrom<HoleColumns> for OpenHole {
    type Error = Error;

    fn try_from(row: HoleColumns) -> Result<Self, Error> {
        let missing = Error::Unreadable { column: "hole.kind" };
        let cause = match row.kind.as_str() {
            "undecodable" => row.undecodable(),
            _ => row.missing_messages(),
        };
        Ok(Self {
            number: unsigned(row.hole, "hole.hole")?,
            hole: Hole {
                chain: chain(row.chain, "hole.chain")?,
                first_block: unsigned(row.first_block, "hole.first_block")?,
                last_block: unsigned(row.last_block, "hole.last_block")?,
                cause: cause?.ok_or(missing)?,
            },
        })
    }
}

impl HoleColumns {
    fn undecodable(&self) -> Result<Option<HoleCause>, Error> {
        let (Some(log_index), Some(block_hash), Some(tx), Some(at)) =
            (self.log_index, &self.block_hash, &self.tx, self.at)
        else {
            return Ok(None);
        };
        let place = Place {
            chain: chain(self.chain, "hole.chain")?,
            block: unsigned(self.first_block, "hole.first_block")?,
            block_hash: digest(block_hash, "hole.block_hash")?,
            time: timestamp(at, "hole.at")?,
            tx: digest(tx, "hole.tx")?,
            log_index: unsigned(log_index, "hole.log_index")?,
            contract: address(&self.contract, "hole.contract")?,
        };
        let topics =
            self.topics.iter().flatten().map(|topic| digest(topic, "hole.topics")).collect::<Result<_, _>>()?;
        let data = Bytes::from(self.data.clone().unwrap_or_default());
        Ok(Some(HoleCause::Undecodable { place, topics, data, reason: self.reason.clone().unwrap_or_default() }))
    }

    fn missing_messages(&self) -> Result<Option<HoleCause>, Error> {
        let (Some(dialect), Some(source), Some(destination), Some(first), Some(last)) =
            (&self.dialect, &self.source, &self.destination, self.first, self.last)
        else {
            return Ok(None);
        };
        Ok(Some(HoleCause::MissingMessages {
            lane: lanes::key(dialect, source, destination)?,
            on_ramp: address(&self.contract, "hole.contract")?,
            first: unsigned(first, "hole.first")?,
            last: unsigned(last, "hole.last")?,
        }))
    }
}

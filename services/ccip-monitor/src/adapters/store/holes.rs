//! What could not be read, until it is.

use causeway_store::{Error, Named as _, Transaction};

use super::{lanes::Lanes, values::signed};
use crate::ports::{Hole, HoleCause};

/// Keeps holes; one that is known stays as it is.
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
        ON CONFLICT (chain, block_hash, log_index) WHERE kind = 'undecodable' DO NOTHING
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
    let lane = lanes.ensure(tx, lane).await?.lane;
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO hole (chain, first_block, last_block, kind, contract, lane, first, last, opened_at)
        VALUES ($1, $2, $3, 'missing_messages', $4, $5, $6, $7, now())
        ON CONFLICT (lane, contract, first, last) WHERE kind = 'missing_messages' DO UPDATE SET closed_at = NULL
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

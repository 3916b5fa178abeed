//! Up to where each chain was read, and the blocks that may still be reorganised.

use causeway_chain::logs::Position;
use causeway_primitives::ChainId;
use causeway_store::{Error, Named as _, Pool, Transaction};
use time::OffsetDateTime;

use super::values::{digest, signed, timestamp, unsigned};
use crate::ports::{Batch, LedgerError, Mark};

/// What a batch is to the stored cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It goes on from it.
    Onward,
    /// It is what was stored last: the answer to it was lost.
    Again,
}

pub(super) async fn find(pool: &Pool, chain: ChainId) -> Result<Option<Position>, Error> {
    let row = sqlx::query!("SELECT number, hash FROM cursor WHERE chain = $1", signed(chain.get()))
        .fetch_optional(pool.executor())
        .named("find_cursor", pool.queries())
        .await?;
    row.map(|row| position(row.number, &row.hash)).transpose()
}

pub(super) async fn list_marks(pool: &Pool, chain: ChainId) -> Result<Vec<Mark>, Error> {
    let rows =
        sqlx::query!("SELECT number, hash, time FROM mark WHERE chain = $1 ORDER BY number DESC", signed(chain.get()),)
            .fetch_all(pool.executor())
            .named("list_marks", pool.queries())
            .await?;
    rows.into_iter()
        .map(|row| Ok(Mark { position: position(row.number, &row.hash)?, time: timestamp(row.time, "mark.time")? }))
        .collect()
}

/// Compares a batch with the stored cursor, in the writer's transaction.
pub(super) async fn order(tx: &mut Transaction, batch: &Batch) -> Result<Next, LedgerError> {
    let stored = stored(tx, batch.chain).await?;
    if stored == Some(batch.position) {
        return Ok(Next::Again);
    }
    let goes_on = stored.is_none_or(|stored| stored.number < batch.position.number);
    if stored == batch.after && goes_on {
        Ok(Next::Onward)
    } else {
        Err(LedgerError::NotNext { chain: batch.chain, stored, after: batch.after })
    }
}

/// Refuses what was decided on another cursor than the stored one.
pub(super) async fn require(tx: &mut Transaction, chain: ChainId, known: Option<Position>) -> Result<(), LedgerError> {
    let stored = stored(tx, chain).await?;
    if stored == known { Ok(()) } else { Err(LedgerError::NotNext { chain, stored, after: known }) }
}

async fn stored(tx: &mut Transaction, chain: ChainId) -> Result<Option<Position>, Error> {
    let queries = tx.queries();
    let row = sqlx::query!("SELECT number, hash FROM cursor WHERE chain = $1", signed(chain.get()))
        .fetch_optional(&mut **tx)
        .named("find_cursor", &queries)
        .await?;
    row.map(|row| position(row.number, &row.hash)).transpose()
}

/// The time of the last block of a chain that was read.
pub(super) async fn time(tx: &mut Transaction, chain: ChainId) -> Result<Option<OffsetDateTime>, Error> {
    let queries = tx.queries();
    sqlx::query_scalar!("SELECT time FROM cursor WHERE chain = $1", signed(chain.get()))
        .fetch_optional(&mut **tx)
        .named("find_cursor_time", &queries)
        .await
}

/// Blocks that are remembered of a chain of which nothing is final, beside its last one: no reorganisation goes so deep.
const MARKS: i64 = 10_000;

/// Moves the cursor and remembers its block; forgets the blocks before the newest final one.
pub(super) async fn advance(tx: &mut Transaction, batch: &Batch) -> Result<(), Error> {
    upsert(tx, batch).await?;
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO mark (chain, number, hash, time) VALUES ($1, $2, $3, $4)
        ON CONFLICT (chain, number) DO UPDATE SET hash = excluded.hash, time = excluded.time
        "#,
        signed(batch.chain.get()),
        signed(batch.position.number),
        batch.position.hash.as_slice(),
        batch.time.to_datetime(),
    )
    .execute(&mut **tx)
    .named("insert_mark", &queries)
    .await?;
    sqlx::query!(
        r#"
        DELETE FROM mark WHERE chain = $1 AND number < GREATEST(
            (SELECT MAX(number) FROM mark WHERE chain = $1 AND number <= $2),
            (SELECT number FROM mark WHERE chain = $1 ORDER BY number DESC OFFSET $3 LIMIT 1)
        )
        "#,
        signed(batch.chain.get()),
        signed(batch.final_height),
        MARKS,
    )
    .execute(&mut **tx)
    .named("delete_final_marks", &queries)
    .await
    .map(drop)
}

/// Finality never goes back: an endpoint that knows less than another one did is behind.
pub(super) async fn upsert(tx: &mut Transaction, batch: &Batch) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO cursor (chain, number, hash, time, final_height, watched_from, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, now())
        ON CONFLICT (chain) DO UPDATE
        SET number = excluded.number, hash = excluded.hash, time = excluded.time,
            final_height = GREATEST(cursor.final_height, excluded.final_height), updated_at = now()
        "#,
        signed(batch.chain.get()),
        signed(batch.position.number),
        batch.position.hash.as_slice(),
        batch.time.to_datetime(),
        signed(batch.final_height),
        signed(batch.head),
    )
    .execute(&mut **tx)
    .named("upsert_cursor", &queries)
    .await
    .map(drop)
}

pub(super) fn position(number: i64, hash: &[u8]) -> Result<Position, Error> {
    Ok(Position { number: unsigned(number, "cursor.number")?, hash: digest(hash, "cursor.hash")? })
}

//! What steps saw outside: the price that a request was last valued at, and where its effect is.

use std::collections::BTreeMap;

use causeway_store::{Error, Named as _, Transaction};
use uuid::Uuid;

use super::{
    steps::Taken,
    values::{Column as _, signed, signed_small},
};
use crate::domain::request::RequestId;

/// What the last step of each request that brings it says.
fn newest<'a, T>(
    taken: &'a [Taken<'a>],
    part: impl Fn(&'a Taken<'a>) -> Option<&'a T>,
) -> Vec<(RequestId, &'a T, &'a Taken<'a>)> {
    let found = taken.iter().filter_map(|one| Some((one.request.id, (part(one)?, one))));
    found.collect::<BTreeMap<_, _>>().into_iter().map(|(id, (part, one))| (id, part, one)).collect()
}

pub(super) async fn put_valuations(tx: &mut Transaction, taken: &[Taken<'_>]) -> Result<(), Error> {
    let found = newest(taken, |one| one.step.valuation.as_ref());
    if found.is_empty() {
        return Ok(());
    }
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO valuation (request_id, feed_id, round_id, price, age_ms, venues, valued_at)
        SELECT seen.request_id, seen.feed_id, seen.round_id::NUMERIC, seen.price, seen.age_ms, seen.venues, seen.at
        FROM UNNEST($1::UUID[], $2::TEXT[], $3::TEXT[], $4::TEXT[], $5::BIGINT[], $6::INTEGER[], $7::TIMESTAMPTZ[])
            AS seen (request_id, feed_id, round_id, price, age_ms, venues, at)
        ON CONFLICT (request_id) DO UPDATE
        SET feed_id = excluded.feed_id, round_id = excluded.round_id, price = excluded.price,
            age_ms = excluded.age_ms, venues = excluded.venues, valued_at = excluded.valued_at
        "#,
        &found.column(|(id, ..)| Uuid::from_u128(id.get())),
        &found.column(|(_, valuation, _)| valuation.feed.as_str().to_owned()),
        &found.column(|(_, valuation, _)| valuation.round.to_string()),
        &found.column(|(_, valuation, _)| valuation.price.to_string()),
        &found.column(|(_, valuation, _)| i64::try_from(valuation.age.as_millis()).unwrap_or(i64::MAX)),
        &found.column(|(_, valuation, _)| signed_small(valuation.venues)),
        &found.column(|(.., one)| one.step.at.to_datetime()),
    )
    .execute(&mut **tx)
    .named("put_valuations", &queries)
    .await
    .map(drop)
}

pub(super) async fn put_effects(tx: &mut Transaction, taken: &[Taken<'_>]) -> Result<(), Error> {
    let found = newest(taken, |one| one.step.on_chain.as_ref());
    if found.is_empty() {
        return Ok(());
    }
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO effect (request_id, chain_id, tx_hash, block_number, block_hash)
        SELECT seen.request_id, seen.chain_id::NUMERIC, seen.tx_hash, seen.block_number, seen.block_hash
        FROM UNNEST($1::UUID[], $2::TEXT[], $3::BYTEA[], $4::BIGINT[], $5::BYTEA[])
            AS seen (request_id, chain_id, tx_hash, block_number, block_hash)
        ON CONFLICT (request_id) DO UPDATE
        SET chain_id = excluded.chain_id, tx_hash = excluded.tx_hash, block_number = excluded.block_number,
            block_hash = excluded.block_hash
        "#,
        &found.column(|(id, ..)| Uuid::from_u128(id.get())),
        &found.column(|(_, on_chain, _)| on_chain.chain.to_string()),
        &found.column(|(_, on_chain, _)| on_chain.tx_hash.to_vec()),
        &found.column(|(_, on_chain, _)| signed(on_chain.block_number)),
        &found.column(|(_, on_chain, _)| on_chain.block_hash.to_vec()),
    )
    .execute(&mut **tx)
    .named("put_effects", &queries)
    .await
    .map(drop)
}

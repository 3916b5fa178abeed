//! How far the numbers of each ramp were walked over, remembered by this process: a comparison with the ramps' counters
//! comes every minute, and of millions of numbers only the last few are new.
//!
//! What is remembered holds as long as nothing below it changes. Numbers go only by a reorganisation, and come below only
//! into what was missing or below the lowest: all three are looked at each time, and then everything is walked again.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use causeway_store::{Error, Named as _};

use super::{Store, numbers::Bounds};

/// By ramp.
pub(super) type Memory = Mutex<BTreeMap<i32, Walked>>;

/// The numbers of a ramp up to one of them.
#[derive(Debug, Clone)]
pub(super) struct Walked {
    lowest: i64,
    pub(super) last: i64,
    /// The block of the last one.
    pub(super) block: i64,
    /// How many there are.
    pub(super) seen: i64,
    /// Every range that is missing.
    pub(super) missing: Vec<(i64, i64)>,
    /// The last reorganisation that this takes account of.
    unwinding: i64,
}

impl Walked {
    /// Nothing was walked over yet.
    pub(super) const fn before(bounds: &Bounds) -> Self {
        let Bounds { lowest, unwinding, .. } = *bounds;
        Self { lowest, last: lowest.saturating_sub(1), block: 0, seen: 0, missing: Vec::new(), unwinding }
    }
}

pub(super) fn remember(store: &Store, ramp: i32, walked: &Walked) {
    store.walked.lock().unwrap_or_else(PoisonError::into_inner).insert(ramp, walked.clone());
}

/// What is remembered, if it holds.
pub(super) async fn recall(store: &Store, bounds: &Bounds) -> Result<Option<Walked>, Error> {
    let known = store.walked.lock().unwrap_or_else(PoisonError::into_inner).get(&bounds.ramp).cloned();
    let Some(walked) = known.filter(|walked| walked.lowest == bounds.lowest) else { return Ok(None) };
    Ok(holds(store, bounds, &walked).await?.then_some(Walked { unwinding: bounds.unwinding, ..walked }))
}

async fn holds(store: &Store, bounds: &Bounds, walked: &Walked) -> Result<bool, Error> {
    let (firsts, lasts): (Vec<i64>, Vec<i64>) = walked.missing.iter().copied().unzip();
    sqlx::query_scalar!(
        r#"
        SELECT NOT EXISTS (
            SELECT FROM unwinding WHERE unwinding > $1 AND chain = $2 AND COALESCE(number, -1) < $3
        ) AND NOT EXISTS (
            SELECT FROM UNNEST($4::BIGINT[], $5::BIGINT[]) AS gap (first, last)
            JOIN sent ON sent.ramp = $6 AND sent.sequence BETWEEN gap.first AND gap.last AND sent.unwinding IS NULL
        ) AS "holds!"
        "#,
        walked.unwinding,
        bounds.chain,
        walked.block,
        &firsts,
        &lasts,
        bounds.ramp,
    )
    .fetch_one(store.pool.executor())
    .named("check_walked_numbers", store.pool.queries())
    .await
}

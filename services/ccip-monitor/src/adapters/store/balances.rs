//! Balances over time.

use causeway_primitives::{Address, ChainId, Timestamp};
use causeway_store::{Error, Named as _, upkeep::is_archiving};

use super::{
    Store,
    values::{amount, signed, timestamp},
};
use crate::{domain::spend::Sample, ports::BalanceAt};

/// The most samples that are read: one every three minutes over a month.
const MOST: i64 = 20_000;

pub(super) async fn insert(store: &Store, balance: &BalanceAt) -> Result<(), Error> {
    sqlx::query!(
        r#"
        INSERT INTO balance (chain, account, token, block, at, amount)
        VALUES ($1, $2, $3, $4, $5, $6::TEXT::NUMERIC)
        ON CONFLICT DO NOTHING
        "#,
        signed(balance.chain.get()),
        balance.account.as_slice(),
        balance.token.as_slice(),
        signed(balance.block),
        balance.sample.at.to_datetime(),
        balance.sample.amount.to_string(),
    )
    .execute(store.pool.executor())
    .named("insert_balance", store.pool.queries())
    .await
    .map(drop)
}

/// Of more than the most, the newest.
pub(super) async fn list(
    store: &Store,
    chain: ChainId,
    token: Address,
    account: Address,
    from: Timestamp,
) -> Result<Vec<Sample>, Error> {
    let rows = sqlx::query!(
        r#"
        SELECT at, amount::TEXT AS "amount!"
        FROM balance
        WHERE chain = $1 AND account = $2 AND token = $3 AND at >= $4
        ORDER BY block DESC
        LIMIT $5
        "#,
        signed(chain.get()),
        account.as_slice(),
        token.as_slice(),
        from.to_datetime(),
        MOST,
    )
    .fetch_all(store.pool.executor())
    .named("list_balances", store.pool.queries())
    .await?;
    let sample =
        |at, text: &str| Ok(Sample { at: timestamp(at, "balance.at")?, amount: amount(text, "balance.amount")? });
    rows.into_iter().rev().map(|row| sample(row.at, &row.amount)).collect()
}

pub(super) async fn delete(store: &Store, chain: ChainId, before: Timestamp) -> Result<u64, Error> {
    if is_archiving(&store.pool).await? {
        return Ok(0);
    }
    let chain = signed(chain.get());
    let done = sqlx::query!("DELETE FROM balance WHERE chain = $1 AND at < $2", chain, before.to_datetime())
        .execute(store.pool.executor())
        .named("delete_balances", store.pool.queries())
        .await?;
    Ok(done.rows_affected())
}

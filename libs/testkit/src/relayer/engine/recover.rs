//! The rows before a transaction is sent, and what is done with those that a crash left open.

use alloy::primitives::U256;
use sqlx::{Row as _, postgres::PgRow};

use super::{
    Cycle, Engine, Standing,
    operate::{Kind, Outcome, Transaction},
    rows::{self, bigint},
};
use crate::{
    bridge::End,
    relayer::{Error, journal::Entry},
};

/// What is signed and has no end yet, in the order in which nonces are used.
const OPEN: &str = "SELECT operation_id, kind, chain_id, tx_hash, raw, nonce, gas_estimate, batch_number, message_id,
         amount::text AS amount FROM relayer_operations
     WHERE status IN ('signed', 'broadcast') ORDER BY chain_id, nonce, id";

impl Engine {
    /// Begins the books of the keeper's account, at the chain's nonce, unless they are begun.
    pub(super) async fn open_account(&self, end: End) -> Result<(), Error> {
        let endpoint = self.bridge.endpoint(end);
        let nonce = endpoint.nonce(self.account()).await?;
        sqlx::query("INSERT INTO relayer_account VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(bigint(endpoint.chain_id())?)
            .bind(self.account().as_slice())
            .bind(bigint(nonce)?)
            .execute(&self.pool)
            .await
            .map_err(Error::sql("open the account"))
            .map(drop)
    }

    /// Brings what was begun to its end: looks for receipts, and sends again what has none. What cannot be ended holds up
    /// everything behind it, because its nonce comes first.
    pub(super) async fn recover(&self, cycle: &mut Cycle) -> Result<(), Error> {
        let open = sqlx::query(OPEN).fetch_all(&self.pool).await.map_err(Error::sql("read what is open"))?;
        for row in &open {
            let transaction = self.transaction(row)?;
            let there = self.bridge.endpoint(transaction.end).receipt(transaction.hash).await?;
            let outcome = match there {
                Some(receipt) => {
                    let standing = if receipt.took_effect { Standing::Confirmed } else { Standing::Reverted };
                    self.conclude(&transaction, standing, &receipt).await?;
                    Outcome::Mined(standing, receipt)
                }
                None => self.relaunch(transaction).await?,
            };
            match outcome {
                Outcome::Mined(..) => cycle.recovered = cycle.recovered.saturating_add(1),
                Outcome::NoLeave(refused) => {
                    cycle.held_up = Some(refused.to_string());
                    return Ok(());
                }
                Outcome::Refused(words) | Outcome::Unknown(words) => {
                    cycle.held_up = Some(words);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Whether something on a chain has no end yet: its nonce comes first, so nothing new is begun before.
    pub(super) async fn has_open(&self, end: End) -> Result<bool, Error> {
        let sql = "SELECT EXISTS (SELECT 1 FROM relayer_operations WHERE chain_id = $1 AND account = $2
                       AND status IN ('signed', 'broadcast'))";
        sqlx::query_scalar(sql)
            .bind(bigint(self.bridge.endpoint(end).chain_id())?)
            .bind(self.account().as_slice())
            .fetch_one(&self.pool)
            .await
            .map_err(Error::sql("look for what is open"))
    }

    fn transaction(&self, row: &PgRow) -> Result<Transaction, Error> {
        let kind = rows::text(row, "kind")?;
        let chain_id = rows::number(row, "chain_id")?;
        let end = End::BOTH.into_iter().find(|end| self.bridge.endpoint(*end).chain_id() == chain_id);
        let maybe = |column| -> Result<Option<u64>, Error> {
            let value: Option<i64> = row.try_get(column).map_err(|_| Error::Row(column))?;
            value.map(|value| u64::try_from(value).map_err(|_| Error::Row(column))).transpose()
        };
        Ok(Transaction {
            id: row.try_get("operation_id").map_err(|_| Error::Row("operation_id"))?,
            kind: Kind::ALL.into_iter().find(|one| one.as_str() == kind).ok_or(Error::Row("kind"))?,
            end: end.ok_or(Error::Row("chain_id"))?,
            hash: rows::hash(row, "tx_hash")?,
            raw: rows::raw(row, "raw")?,
            nonce: rows::number(row, "nonce")?,
            gas_estimate: maybe("gas_estimate")?,
            batch: maybe("batch_number")?,
            message: rows::maybe_hash(row, "message_id")?,
            amount: rows::maybe_amount(row, "amount")?,
        })
    }

    /// The row that is written before anything is sent; it takes the nonce in the same transaction.
    pub(super) async fn record(&self, signed: &Transaction) -> Result<(), Error> {
        let chain_id = bigint(self.bridge.endpoint(signed.end).chain_id())?;
        let mut transaction = self.pool.begin().await.map_err(Error::sql("begin"))?;
        let taken = sqlx::query(
            "UPDATE relayer_account SET next_nonce = next_nonce + 1
             WHERE chain_id = $1 AND account = $2 AND next_nonce = $3",
        )
        .bind(chain_id)
        .bind(self.account().as_slice())
        .bind(bigint(signed.nonce)?)
        .execute(&mut *transaction)
        .await
        .map_err(Error::sql("take a nonce"))?;
        if taken.rows_affected() != 1 {
            return Err(Error::NonceTaken(signed.nonce));
        }
        sqlx::query(
            "INSERT INTO relayer_operations (operation_id, kind, batch_number, message_id, amount, chain_id, account,
                 nonce, tx_hash, raw, gas_estimate)
             VALUES ($1, $2, $3, $4, $5::text::numeric, $6, $7, $8, $9, $10, $11)",
        )
        .bind(signed.id)
        .bind(signed.kind.as_str())
        .bind(signed.batch.map(bigint).transpose()?)
        .bind(signed.message.map(|id| id.0))
        .bind(signed.amount.map(|amount| amount.to_string()))
        .bind(chain_id)
        .bind(self.account().as_slice())
        .bind(bigint(signed.nonce)?)
        .bind(signed.hash.as_slice())
        .bind(signed.raw.as_ref())
        .bind(signed.gas_estimate.map(bigint).transpose()?)
        .execute(&mut *transaction)
        .await
        .map_err(Error::sql("record a transaction"))?;
        transaction.commit().await.map_err(Error::sql("record a transaction"))
    }

    pub(super) async fn mark_broadcast(&self, sent: &Transaction, entry: &Entry) -> Result<(), Error> {
        sqlx::query(
            "UPDATE relayer_operations SET status = 'broadcast', epoch = $2, lease_sequence = $3,
                 monotonic_nanos = $4, broadcast_at = now() WHERE operation_id = $1",
        )
        .bind(sent.id)
        .bind(entry.lease.map(|lease| bigint(lease.epoch)).transpose()?)
        .bind(entry.lease.map(|lease| bigint(lease.sequence)).transpose()?)
        .bind(bigint(entry.monotonic_nanos)?)
        .execute(&self.pool)
        .await
        .map_err(Error::sql("note a broadcast"))
        .map(drop)
    }

    /// The node took neither the transaction nor its nonce, which is given back.
    pub(super) async fn mark_refused(&self, refused: &Transaction, words: &str) -> Result<(), Error> {
        let mut transaction = self.pool.begin().await.map_err(Error::sql("begin"))?;
        sqlx::query(
            "UPDATE relayer_operations SET status = 'refused', error = $2, finished_at = now() WHERE operation_id = $1",
        )
        .bind(refused.id)
        .bind(rows::storable(words))
        .execute(&mut *transaction)
        .await
        .map_err(Error::sql("note a refusal"))?;
        sqlx::query(
            "UPDATE relayer_account SET next_nonce = $3 WHERE chain_id = $1 AND account = $2 AND next_nonce = $3 + 1",
        )
        .bind(bigint(self.bridge.endpoint(refused.end).chain_id())?)
        .bind(self.account().as_slice())
        .bind(bigint(refused.nonce)?)
        .execute(&mut *transaction)
        .await
        .map_err(Error::sql("give a nonce back"))?;
        transaction.commit().await.map_err(Error::sql("note a refusal"))
    }
}

/// A number of the chain as one of ours.
pub(super) fn small(number: U256) -> Result<u64, Error> {
    u64::try_from(number).map_err(|_| Error::Range("a number of a contract"))
}

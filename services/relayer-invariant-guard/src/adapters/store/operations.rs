//! What relayers report: claims, for figures and for people who look into an incident.

use std::time::Duration;

use causeway_primitives::{AssetId, B256, RelayerId, Timestamp, U256};
use causeway_store::{Error, Named as _};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Store,
    values::{signed, timestamp, unsigned},
};

/// A reported operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its id.
    pub id: Uuid,
    /// What it was, as the contract names it, in small letters.
    pub kind: &'static str,
    /// How it ended.
    pub outcome: &'static str,
    /// When, by the relayer's clock.
    pub at: Timestamp,
    /// How long it took.
    pub duration: Option<Duration>,
    /// How many things it covered; 0 only for a turn of the indexer, of which it is the number of new deposits.
    pub things: u64,
    /// The epoch of its lease; 0 for none.
    pub epoch: u64,
    /// The sequence of its lease; 0 for none.
    pub sequence: u64,
    /// What it was about.
    pub about: About,
}

/// What an operation was about, as far as it was said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// EIP-155 chain id.
    pub chain: Option<u64>,
    /// The transaction.
    pub tx: Option<B256>,
    /// The deposit, burn or message.
    pub message: Option<B256>,
    /// The batch.
    pub batch: Option<u64>,
    /// The asset.
    pub asset: Option<AssetId>,
    /// In base units.
    pub amount: Option<U256>,
    /// Gas that was estimated.
    pub gas_estimated: Option<u64>,
    /// Gas that was used.
    pub gas_used: Option<u64>,
}

impl Store {
    /// Takes operations; those that are known are not taken again. Answers which were new.
    ///
    /// # Errors
    /// [`Error`]: none is taken.
    pub async fn insert_operations(&self, holder: &RelayerId, operations: &[Operation]) -> Result<Vec<Uuid>, Error> {
        let told = Value::Array(operations.iter().map(row).collect());
        sqlx::query_scalar!(
            r#"
            WITH fresh AS (
                INSERT INTO operation (operation_id, holder, kind, outcome, ended_at, duration_us, things, epoch, sequence,
                                       chain_id, tx_hash, message_id, batch_number, asset, amount, gas_estimated, gas_used)
                SELECT id, $1, kind, outcome, ended_at, duration_us, things, epoch, sequence, chain_id, tx_hash, message_id,
                       batch_number, asset, amount, gas_estimated, gas_used
                FROM jsonb_to_recordset($2::JSONB) AS told (
                    id UUID, kind TEXT, outcome TEXT, ended_at TIMESTAMPTZ, duration_us BIGINT, things BIGINT, epoch BIGINT,
                    sequence BIGINT, chain_id BIGINT, tx_hash BYTEA, message_id BYTEA, batch_number BIGINT, asset TEXT,
                    amount NUMERIC, gas_estimated BIGINT, gas_used BIGINT)
                ON CONFLICT (operation_id) DO NOTHING
                RETURNING operation_id, kind, outcome, things
            ), counted AS (
                INSERT INTO operation_total AS held (kind, outcome, operations, things)
                SELECT kind, outcome, COUNT(*), SUM(things)::BIGINT FROM fresh GROUP BY kind, outcome ORDER BY kind, outcome
                ON CONFLICT (kind, outcome) DO UPDATE
                SET operations = held.operations + excluded.operations, things = held.things + excluded.things
            )
            SELECT COALESCE(ARRAY_AGG(operation_id), '{}') AS "taken!" FROM fresh
            "#,
            holder.as_str(),
            told,
        )
        .fetch_one(self.pool.executor())
        .named("insert_operations", self.pool.queries())
        .await
    }

    /// Everything that was ever reported, by kind: also what is not kept any more.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_operation_totals(&self) -> Result<Vec<OperationTotal>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT kind,
                   COALESCE(SUM(operations) FILTER (WHERE outcome = 'succeeded'), 0)::BIGINT AS "good!",
                   COALESCE(SUM(operations) FILTER (WHERE outcome = 'failed'), 0)::BIGINT AS "bad!",
                   COALESCE(SUM(things) FILTER (WHERE outcome = 'succeeded'), 0)::BIGINT AS "things!"
            FROM operation_total GROUP BY kind ORDER BY kind
            "#
        )
        .fetch_all(self.pool.executor())
        .named("list_operation_totals", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            Ok(OperationTotal {
                kind: row.kind,
                good: unsigned(row.good, "operation_total.operations")?,
                bad: unsigned(row.bad, "operation_total.operations")?,
                things: unsigned(row.things, "operation_total.things")?,
            })
        });
        row.collect()
    }

    /// The newest operations, newest first, each as JSON: for people.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_recent_operations(&self, limit: u32) -> Result<Vec<Value>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT operation_id, holder, kind, outcome, ended_at, duration_us, things, epoch, sequence, chain_id, tx_hash,
                   message_id, batch_number, asset, amount::TEXT AS amount
            FROM operation ORDER BY ended_at DESC, operation_id LIMIT $1
            "#,
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_recent_operations", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            let at = timestamp(row.ended_at, "operation.ended_at")?;
            Ok(json!({
                "operation": row.operation_id.to_string(), "holder": row.holder, "kind": row.kind, "outcome": row.outcome,
                "at": at.to_string(), "duration_us": row.duration_us, "count": row.things, "epoch": row.epoch,
                "sequence": row.sequence, "chain_id": row.chain_id, "batch": row.batch_number, "asset": row.asset,
                "amount": row.amount, "tx": row.tx_hash.as_deref().map(hex), "message": row.message_id.as_deref().map(hex),
            }))
        });
        row.collect()
    }

    /// Operations of a kind since a time: how many succeeded, how many failed, how many things the good ones covered,
    /// and the middle, 95th and 99th percentile of their durations (nearest rank).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn sum_operations(&self, since: Timestamp) -> Result<Vec<OperationSum>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT kind,
                   COUNT(*) FILTER (WHERE outcome = 'succeeded') AS "good!",
                   COUNT(*) FILTER (WHERE outcome = 'failed') AS "bad!",
                   COALESCE(SUM(things) FILTER (WHERE outcome = 'succeeded'), 0)::BIGINT AS "things!",
                   COUNT(*) FILTER (WHERE gas_estimated > 0 AND gas_used * 2 > gas_estimated * 3) AS "gas_misses!",
                   percentile_disc(0.95) WITHIN GROUP (ORDER BY duration_us) AS p95_us
            FROM operation WHERE ended_at >= $1 GROUP BY kind ORDER BY kind
            "#,
            since.to_datetime(),
        )
        .fetch_all(self.pool.executor())
        .named("sum_operations", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            Ok(OperationSum {
                kind: row.kind,
                good: unsigned(row.good, "operation.count")?,
                bad: unsigned(row.bad, "operation.count")?,
                things: unsigned(row.things, "operation.things")?,
                gas_misses: unsigned(row.gas_misses, "operation.count")?,
                p95: row
                    .p95_us
                    .map(|us| unsigned(us, "operation.duration_us").map(Duration::from_micros))
                    .transpose()?,
            })
        });
        row.collect()
    }

    /// When a relayer first reported anything.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_first_report(&self, after: Timestamp) -> Result<Option<Timestamp>, Error> {
        let at = sqlx::query_scalar!("SELECT MIN(ended_at) FROM operation WHERE ended_at > $1", after.to_datetime())
            .fetch_one(self.pool.executor())
            .named("find_first_report", self.pool.queries())
            .await?;
        at.map(|at| timestamp(at, "operation.ended_at")).transpose()
    }
}

/// Operations of one kind, of all times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationTotal {
    /// Which.
    pub kind: String,
    /// How many succeeded.
    pub good: u64,
    /// How many failed.
    pub bad: u64,
    /// What those that succeeded covered.
    pub things: u64,
}

/// Operations of one kind in a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationSum {
    /// Which.
    pub kind: String,
    /// How many succeeded.
    pub good: u64,
    /// How many failed.
    pub bad: u64,
    /// What those that succeeded covered.
    pub things: u64,
    /// How many used more than one and a half times the gas that was estimated.
    pub gas_misses: u64,
    /// Of their durations, where they were said.
    pub p95: Option<Duration>,
}

fn row(one: &Operation) -> Value {
    let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    let About { chain, tx, message, batch, asset, amount, gas_estimated, gas_used } = &one.about;
    let bytes = |hash: &Option<B256>| hash.map(|hash| format!("\\x{}", hex(hash.as_slice()).trim_start_matches("0x")));
    json!({
        "id": one.id.to_string(), "kind": one.kind, "outcome": one.outcome, "ended_at": one.at.to_string(),
        "duration_us": one.duration.map(micros), "things": signed(one.things), "epoch": signed(one.epoch),
        "sequence": signed(one.sequence), "chain_id": chain.map(signed), "tx_hash": bytes(tx),
        "message_id": bytes(message), "batch_number": batch.map(signed),
        "asset": asset.as_ref().map(AssetId::as_str), "amount": amount.map(|amount| amount.to_string()),
        "gas_estimated": gas_estimated.map(signed), "gas_used": gas_used.map(signed),
    })
}

/// As people write bytes.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    format!("0x{}", digits.collect::<String>())
}

//! What relayers report.

use std::time::Duration;

use causeway_primitives::{RelayerId, Timestamp};
use causeway_store::{Error, Named as _};
use uuid::Uuid;

use super::{Store, values::signed};

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
}

impl Store {
    /// Takes operations; those that are known are not taken again. Answers how many were new.
    ///
    /// # Errors
    /// [`Error`]: none is taken.
    pub async fn insert_operations(&self, holder: &RelayerId, operations: &[Operation]) -> Result<u64, Error> {
        let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        let column = |of: fn(&Operation) -> u64| operations.iter().map(|one| signed(of(one))).collect::<Vec<_>>();
        let ids: Vec<Uuid> = operations.iter().map(|one| one.id).collect();
        let kinds: Vec<String> = operations.iter().map(|one| one.kind.to_owned()).collect();
        let outcomes: Vec<String> = operations.iter().map(|one| one.outcome.to_owned()).collect();
        let ended: Vec<time::OffsetDateTime> = operations.iter().map(|one| one.at.to_datetime()).collect();
        // UNNEST takes no NULLs from a plain vector: no duration is −1 on the way.
        let durations: Vec<i64> = operations.iter().map(|one| one.duration.map_or(-1, micros)).collect();
        let written = sqlx::query!(
            r#"
            INSERT INTO operation (operation_id, holder, kind, outcome, ended_at, duration_us, things, epoch, sequence)
            SELECT told.id, $1, told.kind, told.outcome, told.ended_at, NULLIF(told.duration_us, -1), told.things,
                   told.epoch, told.sequence
            FROM UNNEST($2::UUID[], $3::TEXT[], $4::TEXT[], $5::TIMESTAMPTZ[], $6::BIGINT[], $7::BIGINT[], $8::BIGINT[],
                        $9::BIGINT[])
                AS told (id, kind, outcome, ended_at, duration_us, things, epoch, sequence)
            ON CONFLICT (operation_id) DO NOTHING
            "#,
            holder.as_str(),
            &ids,
            &kinds,
            &outcomes,
            &ended,
            &durations,
            &column(|one| one.things),
            &column(|one| one.epoch),
            &column(|one| one.sequence),
        )
        .execute(self.pool.executor())
        .named("insert_operations", self.pool.queries())
        .await?;
        Ok(written.rows_affected())
    }
}

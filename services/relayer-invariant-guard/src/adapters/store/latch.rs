//! Halts and releases: rows that are only added. Reading them gives the [`Latch`]; failing to is "halted" for the caller.

use causeway_primitives::{B256, Scope, Timestamp};
use causeway_store::{Error, Named as _};
use causeway_telemetry::propagation::current_traceparent;
use uuid::Uuid;

use super::{
    Store,
    values::{hash, parse, signed, timestamp, unsigned},
};
use crate::domain::{
    finding::Code,
    latch::{Cause, Halt, HaltId, Latch},
};

/// A halt with what people want to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HaltRow {
    /// The halt.
    pub halt: Halt,
    /// One sentence.
    pub reason: String,
    /// `verdict:<id>`, `report:<id>`, `operator:<name>` or `drill:<name>`.
    pub caused_by: String,
    /// When it was released; `None` while it holds.
    pub released_at: Option<Timestamp>,
}

impl Store {
    /// Latches a halt: durable when this returns, and the same again is no other. Needs no leadership. One that comes
    /// while a resumed relayer is on probation is linked to the halt that it was resumed from. The epoch is the halt's or the
    /// database's, whichever is later, so that whoever halts need not ask first.
    ///
    /// # Errors
    /// [`Error`]: it may be latched or not; try again until it is, and grant nothing meanwhile.
    pub async fn insert_halt(&self, halt: &Halt, reason: &str, caused_by: &str) -> Result<(), Error> {
        sqlx::query!(
            r#"
            INSERT INTO halt (halt_id, scope, cause, reason, caused_by, evidence, epoch, halted_at, traceparent, parent)
            VALUES ($1, $2, $3, $4, $5, $6, GREATEST($7, (SELECT epoch FROM guard_epoch)), $8, $10, COALESCE($9, (
                SELECT halt_id FROM resume WHERE state = 'probation' ORDER BY proposed_at DESC LIMIT 1)))
            ON CONFLICT (halt_id) DO NOTHING
            "#,
            uuid(halt.id),
            halt.scope.as_str(),
            halt.cause.as_str(),
            reason,
            caused_by,
            halt.evidence.as_slice(),
            signed(halt.epoch),
            halt.at.to_datetime(),
            halt.parent.map(uuid),
            current_traceparent(),
        )
        .execute(self.pool.executor())
        .named("insert_halt", self.pool.queries())
        .await
        .map(drop)
    }

    /// Everything that was ever halted and released.
    ///
    /// # Errors
    /// [`Error`]: what is halted is not known, which counts as halted.
    pub async fn read_latch(&self) -> Result<Latch, Error> {
        let mut latch = Latch::default();
        let rows = sqlx::query_as!(
            HaltColumns,
            r#"
            SELECT halt.halt_id, scope, cause, reason, caused_by, evidence, halt.epoch, halted_at, parent,
                   halt_release.epoch AS "released_in?", halt_release.released_at AS "released_at?"
            FROM halt LEFT JOIN halt_release USING (halt_id)
            ORDER BY halt.halted_at, halt.halt_id
            "#,
        )
        .fetch_all(self.pool.executor())
        .named("read_latch", self.pool.queries())
        .await?;
        for row in rows {
            let (id, released_in) = (HaltId::new(row.halt_id.as_u128()), row.released_in);
            latch.halt(HaltRow::try_from(row)?.halt);
            if let Some(epoch) = released_in {
                let epoch = unsigned(epoch, "halt_release.epoch")?;
                latch.release(id, epoch).map_err(|_| Error::Unreadable { column: "halt_release.epoch" })?;
            }
        }
        Ok(latch)
    }

    /// Halts, newest first, from behind `after` on.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_halts(&self, after: Option<HaltId>, limit: u32) -> Result<Vec<HaltRow>, Error> {
        let rows = sqlx::query_as!(
            HaltColumns,
            r#"
            SELECT halt.halt_id, scope, cause, reason, caused_by, evidence, halt.epoch, halted_at, parent,
                   halt_release.epoch AS "released_in?", halt_release.released_at AS "released_at?"
            FROM halt LEFT JOIN halt_release USING (halt_id)
            WHERE $1::UUID IS NULL
               OR (halt.halted_at, halt.halt_id) < (SELECT last.halted_at, last.halt_id FROM halt AS last
                                                    WHERE last.halt_id = $1)
            ORDER BY halt.halted_at DESC, halt.halt_id DESC
            LIMIT $2
            "#,
            after.map(uuid),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_halts", self.pool.queries())
        .await?;
        rows.into_iter().map(HaltRow::try_from).collect()
    }

    /// The same of those that hold.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_active_halts(&self, after: Option<HaltId>, limit: u32) -> Result<Vec<HaltRow>, Error> {
        let rows = sqlx::query_as!(
            HaltColumns,
            r#"
            SELECT halt.halt_id, scope, cause, reason, caused_by, evidence, halt.epoch, halted_at, parent,
                   NULL::BIGINT AS "released_in?", NULL::TIMESTAMPTZ AS "released_at?"
            FROM halt
            WHERE NOT EXISTS (SELECT FROM halt_release WHERE halt_release.halt_id = halt.halt_id)
              AND ($1::UUID IS NULL
                   OR (halt.halted_at, halt.halt_id) < (SELECT last.halted_at, last.halt_id FROM halt AS last
                                                        WHERE last.halt_id = $1))
            ORDER BY halt.halted_at DESC, halt.halt_id DESC
            LIMIT $2
            "#,
            after.map(uuid),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_active_halts", self.pool.queries())
        .await?;
        rows.into_iter().map(HaltRow::try_from).collect()
    }

    /// A halt.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_halt(&self, halt: HaltId) -> Result<Option<HaltRow>, Error> {
        let row = sqlx::query_as!(
            HaltColumns,
            r#"
            SELECT halt.halt_id, scope, cause, reason, caused_by, evidence, halt.epoch, halted_at, parent,
                   halt_release.epoch AS "released_in?", halt_release.released_at AS "released_at?"
            FROM halt LEFT JOIN halt_release USING (halt_id)
            WHERE halt.halt_id = $1
            "#,
            uuid(halt),
        )
        .fetch_optional(self.pool.executor())
        .named("find_halt", self.pool.queries())
        .await?;
        row.map(HaltRow::try_from).transpose()
    }

    /// In which trace a halt was latched.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_halt_traceparent(&self, halt: HaltId) -> Result<Option<String>, Error> {
        let found = sqlx::query_scalar!("SELECT traceparent FROM halt WHERE halt_id = $1", uuid(halt))
            .fetch_optional(self.pool.executor())
            .named("find_halt_traceparent", self.pool.queries())
            .await?;
        Ok(found.flatten())
    }

    /// Halts that the record does not have yet: a crash came between the two.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_unrecorded_halts(&self) -> Result<Vec<HaltRow>, Error> {
        let rows = sqlx::query_as!(
            HaltColumns,
            r#"
            SELECT halt.halt_id, scope, cause, reason, caused_by, evidence, halt.epoch, halted_at, parent,
                   halt_release.epoch AS "released_in?", halt_release.released_at AS "released_at?"
            FROM halt LEFT JOIN halt_release USING (halt_id)
            WHERE NOT EXISTS (SELECT FROM audit WHERE audit.kind = 'halt' AND audit.subject = halt.halt_id::TEXT)
            ORDER BY halt.halted_at, halt.halt_id
            "#,
        )
        .fetch_all(self.pool.executor())
        .named("list_unrecorded_halts", self.pool.queries())
        .await?;
        rows.into_iter().map(HaltRow::try_from).collect()
    }
}

pub(super) struct HaltColumns {
    pub(super) halt_id: Uuid,
    pub(super) scope: String,
    pub(super) cause: String,
    pub(super) reason: String,
    pub(super) caused_by: String,
    pub(super) evidence: Vec<u8>,
    pub(super) epoch: i64,
    pub(super) halted_at: time::OffsetDateTime,
    pub(super) parent: Option<Uuid>,
    pub(super) released_in: Option<i64>,
    pub(super) released_at: Option<time::OffsetDateTime>,
}

impl TryFrom<HaltColumns> for HaltRow {
    type Error = Error;

    fn try_from(row: HaltColumns) -> Result<Self, Error> {
        let evidence: B256 = hash(&row.evidence, "halt.evidence")?;
        let scope: Scope = parse(&row.scope, "halt.scope")?;
        let halt = Halt {
            id: HaltId::new(row.halt_id.as_u128()),
            scope,
            cause: cause(&row.cause)?,
            evidence,
            epoch: unsigned(row.epoch, "halt.epoch")?,
            at: timestamp(row.halted_at, "halt.halted_at")?,
            parent: row.parent.map(|parent| HaltId::new(parent.as_u128())),
        };
        let released_at = row.released_at.map(|at| timestamp(at, "halt_release.released_at")).transpose()?;
        Ok(Self { halt, reason: row.reason, caused_by: row.caused_by, released_at })
    }
}

fn cause(word: &str) -> Result<Cause, Error> {
    let others = [Cause::Reported, Cause::Manual, Cause::Drill];
    let other = others.into_iter().find(|cause| cause.as_str() == word);
    other.or_else(|| Code::from_word(word).map(Cause::Violation)).ok_or(Error::Unreadable { column: "halt.cause" })
}

pub(super) const fn uuid(halt: HaltId) -> Uuid {
    Uuid::from_u128(halt.get())
}

//! Leases to relayers and the epoch that fences them.

use std::time::Duration;

use causeway_primitives::{RelayerId, Scope, Timestamp};
use causeway_store::{
    Error, Named as _,
    lease::{Leadership, assert_current},
};
use uuid::Uuid;

use super::{
    Store, audit,
    values::{parse, signed, timestamp, unsigned},
};
use crate::domain::lease::Lease;

/// The newest lease of a holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRow {
    /// What it covers.
    pub scope: Scope,
    /// Whose it is.
    pub holder: RelayerId,
    /// Its epoch.
    pub epoch: u64,
    /// Its sequence.
    pub sequence: u64,
    /// How long it was good for.
    pub ttl: Duration,
    /// When it was granted: for people. A new leader counts the whole of `ttl` from when it reads this.
    pub granted_at: Timestamp,
}

impl Store {
    /// The epoch of leases under this leadership: a new leader makes a new one, the same leader finds its own.
    ///
    /// # Errors
    /// [`Error::Fenced`] for somebody who does not lead; [`Error`].
    pub async fn take_epoch(&self, leadership: &Leadership) -> Result<u64, Error> {
        let mut tx = self.pool.begin().await?;
        assert_current(&mut tx, leadership).await?;
        let queries = tx.queries();
        let epoch = sqlx::query_scalar!(
            r#"
            UPDATE guard_epoch
            SET epoch = epoch + CASE WHEN leadership = $1 THEN 0 ELSE 1 END, leadership = $1
            RETURNING epoch
            "#,
            signed(leadership.epoch()),
        )
        .fetch_one(&mut *tx)
        .named("take_epoch", &queries)
        .await?;
        tx.commit().await?;
        unsigned(epoch, "guard_epoch.epoch")
    }

    /// The epoch as it stands, for replicas that do not lead.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn get_epoch(&self) -> Result<u64, Error> {
        let epoch = sqlx::query_scalar!("SELECT epoch FROM guard_epoch")
            .fetch_one(self.pool.executor())
            .named("get_epoch", self.pool.queries())
            .await?;
        unsigned(epoch, "guard_epoch.epoch")
    }

    /// Writes a lease down before it is sent, unless something that it must not be granted under has come between: another
    /// leader, another epoch, or a halt. `false`: it must not be sent.
    ///
    /// The first one of a holder in an epoch goes on the record with it: who was let in, by which verdict. Its renewals, two a
    /// second, do not: each rests on a verdict that is there, and what was done under one carries epoch and sequence.
    ///
    /// # Errors
    /// [`Error::Fenced`] for somebody who does not lead; [`Error`]: it must not be sent either.
    pub async fn insert_lease(&self, leadership: &Leadership, lease: &Lease, at: Timestamp) -> Result<bool, Error> {
        let mut tx = self.pool.begin().await?;
        assert_current(&mut tx, leadership).await?;
        let queries = tx.queries();
        let written = sqlx::query!(
            r#"
            INSERT INTO relayer_lease (scope, holder, epoch, sequence, verdict_id, ttl_ms, granted_at)
            SELECT $1, $2, $3, $4, $5, $6, $7
            FROM guard_epoch
            WHERE guard_epoch.epoch = $3
              AND NOT EXISTS (
                  SELECT FROM halt
                  WHERE (halt.scope = $1 OR halt.scope = 'all' OR $1 = 'all')
                    AND NOT EXISTS (SELECT FROM halt_release WHERE halt_release.halt_id = halt.halt_id))
            ON CONFLICT (scope, holder) DO UPDATE
            SET epoch = excluded.epoch, sequence = excluded.sequence, verdict_id = excluded.verdict_id,
                ttl_ms = excluded.ttl_ms, granted_at = excluded.granted_at
            RETURNING NOT EXISTS (
                -- As it was before this statement.
                SELECT FROM relayer_lease AS before
                WHERE before.scope = $1 AND before.holder = $2 AND before.epoch = $3) AS "is_first!"
            "#,
            lease.scope.as_str(),
            lease.holder.as_str(),
            signed(lease.epoch),
            signed(lease.sequence),
            Uuid::from_u128(lease.verdict),
            i64::try_from(lease.ttl.as_millis()).unwrap_or(i64::MAX),
            at.to_datetime(),
        )
        .fetch_optional(&mut *tx)
        .named("insert_lease", &queries)
        .await?;
        if written.as_ref().is_some_and(|row| row.is_first) {
            audit::append(&mut tx, &entry(lease, at)).await?;
        }
        tx.commit().await?;
        Ok(written.is_some())
    }

    /// Every holder's newest lease.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_leases(&self) -> Result<Vec<LeaseRow>, Error> {
        let rows = sqlx::query!(
            "SELECT scope, holder, epoch, sequence, ttl_ms, granted_at FROM relayer_lease ORDER BY scope, holder"
        )
        .fetch_all(self.pool.executor())
        .named("list_leases", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            Ok(LeaseRow {
                scope: parse(&row.scope, "relayer_lease.scope")?,
                holder: parse(&row.holder, "relayer_lease.holder")?,
                epoch: unsigned(row.epoch, "relayer_lease.epoch")?,
                sequence: unsigned(row.sequence, "relayer_lease.sequence")?,
                ttl: Duration::from_millis(unsigned(row.ttl_ms, "relayer_lease.ttl_ms")?),
                granted_at: timestamp(row.granted_at, "relayer_lease.granted_at")?,
            })
        });
        row.collect()
    }

    /// Forgets a lease that its holder gave back: exactly this one, because a newer one is somebody's promise. `false`:
    /// there is no such lease.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn delete_lease(
        &self,
        scope: Scope,
        holder: &RelayerId,
        epoch: u64,
        sequence: u64,
    ) -> Result<bool, Error> {
        sqlx::query!(
            "DELETE FROM relayer_lease WHERE scope = $1 AND holder = $2 AND epoch = $3 AND sequence = $4",
            scope.as_str(),
            holder.as_str(),
            signed(epoch),
            signed(sequence),
        )
        .execute(self.pool.executor())
        .named("delete_lease", self.pool.queries())
        .await
        .map(|done| done.rows_affected() == 1)
    }
}

/// A holder is let in once in an epoch, however often it comes back.
fn entry(lease: &Lease, at: Timestamp) -> audit::Entry {
    let Lease { holder, scope, epoch, sequence, verdict, ttl } = lease;
    let verdict = Uuid::from_u128(*verdict).to_string();
    let body = serde_json::json!({
        "at": at.to_string(),
        "epoch": epoch,
        "sequence": sequence,
        "summary": format!("{holder} may act ({scope}) in epoch {epoch}, by verdict {verdict}"),
        "ttl_ms": u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX),
        "verdict": verdict,
    });
    let subject = format!("{epoch}/{scope}/{holder}");
    audit::Entry { at, kind: "lease", subject, actor: "guard".to_owned(), body: body.to_string() }
}

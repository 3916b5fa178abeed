//! Which changes there are, by what somebody wants to do with them.

use causeway_primitives::Timestamp;
use causeway_store::{Error, Named as _};
use causeway_telemetry::Chain;
use uuid::Uuid;

use super::{
    change_rows as read,
    changes::{Changes, Listed, Which},
    values::unsigned,
};

impl Changes {
    /// Some of them, at most `limit`.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_changes(&self, which: Which, limit: u32) -> Result<Listed, Error> {
        let rows = match which {
            Which::Open => self.open(limit).await?,
            Which::All => self.all(limit).await?,
            Which::ToDo => self.to_do(limit).await?,
            Which::Overdue(now) => self.overdue(now, limit).await?,
        };
        let mut listed = Listed::default();
        for row in rows {
            let id = row.change_id;
            match read::filed(row) {
                Ok(filed) => listed.changes.push(filed),
                Err(error) => listed.unreadable.push((id, Chain(&error).to_string())),
            }
        }
        Ok(listed)
    }

    /// How many proposals of somebody wait besides this one: those that others have to approve, or those that nobody has to.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn count_waiting(&self, proposer: &str, id: Uuid, approvals: u32) -> Result<u64, Error> {
        let counted = sqlx::query_scalar!(
            r#"
            SELECT count(*) AS "count!" FROM change
            WHERE proposer = $1 AND change_id <> $2 AND (approvals_needed = 0) = ($3::BIGINT = 0)
                AND state IN ('proposed', 'checked', 'approved')
            "#,
            proposer,
            id,
            i64::from(approvals),
        )
        .fetch_one(self.store().pool.executor())
        .named("count_waiting_changes", self.store().pool.queries())
        .await?;
        Ok(unsigned(counted))
    }

    async fn open(&self, limit: u32) -> Result<Vec<read::Row>, Error> {
        sqlx::query_as!(
            read::Row,
            r#"
            SELECT * FROM change WHERE state IN ('proposed', 'checked', 'approved', 'executing', 'executed',
                'rolling_back', 'unknown', 'undo_unknown')
            ORDER BY proposed_at LIMIT $1
            "#,
            i64::from(limit),
        )
        .fetch_all(self.store().pool.executor())
        .named("list_open_changes", self.store().pool.queries())
        .await
    }

    async fn all(&self, limit: u32) -> Result<Vec<read::Row>, Error> {
        sqlx::query_as!(
            read::Row,
            "SELECT * FROM change ORDER BY proposed_at DESC, change_id DESC LIMIT $1",
            i64::from(limit),
        )
        .fetch_all(self.store().pool.executor())
        .named("list_changes", self.store().pool.queries())
        .await
    }

    /// What waits for people is not among them: however much that is, what can be done is found.
    async fn to_do(&self, limit: u32) -> Result<Vec<read::Row>, Error> {
        sqlx::query_as!(
            read::Row,
            r#"
            SELECT * FROM change
            WHERE state IN ('executed', 'rolling_back', 'unknown')
                OR state = 'proposed' AND approvals_needed = 0
                OR state = 'approved' AND action IS NOT NULL
                OR state = 'executing' AND doer IS NULL
            ORDER BY state = 'unknown', state = 'proposed', approvals_needed > 0, proposed_at LIMIT $1
            "#,
            i64::from(limit),
        )
        .fetch_all(self.store().pool.executor())
        .named("list_changes_to_do", self.store().pool.queries())
        .await
    }

    async fn overdue(&self, now: Timestamp, limit: u32) -> Result<Vec<read::Row>, Error> {
        sqlx::query_as!(
            read::Row,
            r#"
            SELECT * FROM change WHERE state IN ('proposed', 'checked', 'approved') AND expires_at <= $1
            ORDER BY expires_at LIMIT $2
            "#,
            now.to_datetime(),
            i64::from(limit),
        )
        .fetch_all(self.store().pool.executor())
        .named("list_overdue_changes", self.store().pool.queries())
        .await
    }
}

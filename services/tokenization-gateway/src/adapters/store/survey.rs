//! How everything stands, summed up: what operators look at and alerts are made of.

use causeway_primitives::Timestamp;
use causeway_store::{
    Error, Named as _,
    outbox::{Backlog, backlog},
};

use super::{
    Store,
    values::{parse, timestamp, unsigned},
};
use crate::{
    domain::{instruction::Kind, saga::State},
    ports::System,
};

/// Requests of one kind that stand in one place for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Where.
    pub state: State,
    /// What they want.
    pub kind: Kind,
    /// How many.
    pub count: u64,
    /// When the one that has not moved for the longest time moved last.
    pub oldest: Timestamp,
}

impl Store {
    /// The requests that are not over, by state, reason and kind.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_open(&self) -> Result<Vec<Open>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT state, reason, kind, COUNT(*) AS "count!", MIN(updated_at) AS "oldest!"
            FROM request
            WHERE state NOT IN ('reported', 'rejected', 'failed')
            GROUP BY state, reason, kind
            ORDER BY state, reason, kind
            "#,
        )
        .fetch_all(self.pool.executor())
        .named("list_open_requests", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            let state = State::read(&row.state, &row.reason);
            Ok(Open {
                state: state.map_err(|_| Error::Unreadable { column: "request.state" })?,
                kind: parse(&row.kind, "request.kind")?,
                count: unsigned(row.count, "request.count")?,
                oldest: timestamp(row.oldest, "request.updated_at")?,
            })
        });
        row.collect()
    }

    /// Effects that are journaled and not settled.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn count_open_intents(&self) -> Result<u64, Error> {
        let count = sqlx::query_scalar!(r#"SELECT COUNT(*) AS "count!" FROM intent WHERE NOT settled"#)
            .fetch_one(self.pool.executor())
            .named("count_open_intents", self.pool.queries())
            .await?;
        unsigned(count, "intent.count")
    }

    /// Errands that are journaled and not settled, by the system that runs them; 0 of one that has none.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn count_open_errands(&self) -> Result<Vec<(System, u64)>, Error> {
        let rows = sqlx::query!(r#"SELECT system, COUNT(*) AS "count!" FROM errand WHERE NOT settled GROUP BY system"#)
            .fetch_all(self.pool.executor())
            .named("count_open_errands", self.pool.queries())
            .await?;
        let count = |system: System| {
            let row = rows.iter().find(|row| row.system == system.as_str());
            Ok((system, row.map_or(Ok(0), |row| unsigned(row.count, "errand.count"))?))
        };
        System::EVERY.into_iter().map(count).collect()
    }

    /// How far the answers to each receiver are behind.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_backlogs(&self) -> Result<Vec<(&'static str, Backlog)>, Error> {
        let mut backlogs = Vec::with_capacity(self.receivers.len());
        for topic in self.receivers.iter() {
            backlogs.push((*topic, backlog(&self.pool, topic).await?));
        }
        Ok(backlogs)
    }
}

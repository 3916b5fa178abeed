//! A transaction whose commit says what it knows.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use sqlx::{PgConnection, Postgres};

use crate::{Class, Error, Queries};

/// Rolls back when it is dropped without [`Transaction::commit`].
///
/// Queries run on it by dereferencing: `sqlx::query!(…).execute(&mut *tx).named("insert_round", queries)`.
pub struct Transaction {
    inner: sqlx::Transaction<'static, Postgres>,
    queries: Queries,
}

impl Transaction {
    pub(crate) const fn new(inner: sqlx::Transaction<'static, Postgres>, queries: Queries) -> Self {
        Self { inner, queries }
    }

    /// What a query is named with: a clone, since the query borrows the transaction.
    pub fn queries(&self) -> Queries {
        self.queries.clone()
    }

    /// Makes everything durable that was written.
    ///
    /// A transaction in which a query failed cannot be committed. PostgreSQL answers such a commit with a
    /// rollback and no error, so it is asked first, at the price of a round trip.
    ///
    /// # Errors
    /// [`Error::CommitUnknown`] when no answer came: it may have happened. [`Error::Query`] when the
    /// database refused: it has not.
    pub async fn commit(self) -> Result<(), Error> {
        let Self { mut inner, queries } = self;
        queries.run("check_transaction", sqlx::query("SELECT 1").execute(&mut *inner)).await?;
        match queries.run("commit", inner.commit()).await {
            Err(Error::Query { class: Class::Unavailable, source, .. }) => Err(Error::CommitUnknown(Some(source))),
            Err(Error::Timeout { .. }) => Err(Error::CommitUnknown(None)),
            other => other,
        }
    }

    /// Undoes everything now. Dropping does the same later, when the connection is next used.
    ///
    /// # Errors
    /// [`Error::Query`] or [`Error::Timeout`]; the server rolls back all the same.
    pub async fn rollback(self) -> Result<(), Error> {
        let Self { inner, queries } = self;
        queries.run("rollback", inner.rollback()).await
    }
}

impl Deref for Transaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}

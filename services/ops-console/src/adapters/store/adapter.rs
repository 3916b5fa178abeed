//! The handle that all queries hang on.

use causeway_store::{
    Error, Pool, Transaction,
    lease::{Leadership, assert_current},
};

/// The service's migrations; the library's own run before them.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// The adapter. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) pool: Pool,
}

impl Store {
    /// On these connections.
    pub const fn new(pool: Pool) -> Self {
        Self { pool }
    }

    /// A transaction of the leader: one that does not lead any more writes nothing.
    pub(super) async fn begin(&self, leadership: &Leadership) -> Result<Transaction, Error> {
        let mut tx = self.pool.begin().await?;
        assert_current(&mut tx, leadership).await?;
        Ok(tx)
    }
}

//! The handle that all queries hang on.

use causeway_store::{
    Error, Pool, Transaction,
    lease::{Leadership, assert_current},
    upkeep::Table,
};

/// The service's migrations; the library's own run before them.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// What may go into files: what was seen, and nothing of what people did.
pub const KEPT: &[Table] = &[
    Table {
        name: "event",
        // The newest of a service says where to read on.
        condition: "old.at < $1
                    AND old.sequence < (SELECT MAX(newest.sequence) FROM event AS newest WHERE newest.service = old.service)",
        days: 30,
        turn: "old.at",
    },
    Table { name: "span", condition: "old.seen_until < $1", days: 400, turn: "old.span" },
];

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

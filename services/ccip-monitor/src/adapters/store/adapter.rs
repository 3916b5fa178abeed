//! The handle that all queries hang on.

use std::sync::Arc;

use causeway_store::{Pool, upkeep::Table};
use tokio::sync::Mutex;

use super::{board::Passed, statistics::Grown, walked::Memory};

/// The service's migrations; the library's own run before them.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// What may go into files: what was told and what was counted, and no evidence of any message.
pub const KEPT: &[Table] = &[
    Table {
        name: "event",
        condition: "old.at < $1 AND old.change < (SELECT MAX(change) FROM event)",
        days: 90,
        turn: "old.change",
    },
    Table { name: "balance", condition: "old.at < $1", days: 90, turn: "old.at" },
];

/// The adapter. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) pool: Pool,
    pub(super) walked: Arc<Memory>,
    pub(super) grown: Arc<Grown>,
    pub(super) passed: Arc<Passed>,
    /// Whose turn it is to write, of this process.
    pub(super) turn: Arc<Mutex<()>>,
}

impl Store {
    /// On these connections.
    pub fn new(pool: Pool) -> Self {
        Self { pool, walked: Arc::default(), grown: Arc::default(), passed: Arc::default(), turn: Arc::default() }
    }
}

//! The handle that all queries hang on.

use causeway_store::{Pool, lease::Leadership};
use tokio::sync::watch;

/// The service's migrations; the library's own run before them.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// The adapter. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) pool: Pool,
    pub(super) leadership: watch::Receiver<Option<Leadership>>,
}

impl Store {
    /// `leadership` fences the journal, whose port knows no leaders.
    pub const fn new(pool: Pool, leadership: watch::Receiver<Option<Leadership>>) -> Self {
        Self { pool, leadership }
    }
}

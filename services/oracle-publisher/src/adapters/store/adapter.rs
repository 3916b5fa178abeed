//! The handle that all queries hang on.

use causeway_store::Pool;

/// The service's migrations; the library's own run before them.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// The adapter. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) pool: Pool,
}

impl Store {
    /// On a database at this program's schema.
    pub const fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

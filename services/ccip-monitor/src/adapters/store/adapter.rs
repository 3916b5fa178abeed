//! The handle that all queries hang on.

use std::sync::Arc;

use causeway_store::Pool;

use super::{board::Passed, statistics::Grown, walked::Memory};

/// The service's migrations; the library's own run before them.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// The adapter. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) pool: Pool,
    pub(super) walked: Arc<Memory>,
    pub(super) grown: Arc<Grown>,
    pub(super) passed: Arc<Passed>,
}

impl Store {
    /// On these connections.
    pub fn new(pool: Pool) -> Self {
        Self { pool, walked: Arc::default(), grown: Arc::default(), passed: Arc::default() }
    }
}

//! The handle that all queries hang on.

use std::sync::Arc;

use causeway_store::Pool;

/// The service's migrations; the library's own run before them.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// The adapter. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) pool: Pool,
    /// Who is told: outbox topics, each with its own copy, so that a slow receiver delays nobody else.
    pub(super) receivers: Arc<[&'static str]>,
}

/// The outbox's topic of answers that go out by webhook.
pub const BY_WEBHOOK: &str = "answers.webhook";
/// The outbox's topic of answers that go out by a folder.
pub const BY_FOLDER: &str = "answers.folder";

impl Store {
    /// On these connections, with a copy of every answer for each of these topics.
    pub fn new(pool: Pool, receivers: impl IntoIterator<Item = &'static str>) -> Self {
        Self { pool, receivers: receivers.into_iter().collect() }
    }
}

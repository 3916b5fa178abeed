//! PostgreSQL: all SQL of the service, one query a method, each with a name for metrics.
//!
//! `get_` errs when there is nothing, `find_` returns an option, `list_` pages, `insert_` and `advance_` write, and
//! every write asserts the leader's epoch inside its transaction. Values wider than 64 bits travel as text.

mod journal;
mod ledger;
mod records;
mod retention;
mod rounds;
mod values;

use causeway_store::{Pool, lease::Leadership};
use tokio::sync::watch;

pub use self::retention::Retention;

/// The service's migrations; the library's own run before them.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// The adapter. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
    leadership: watch::Receiver<Option<Leadership>>,
}

impl Store {
    /// `leadership` fences the journal, whose port knows no leaders.
    pub const fn new(pool: Pool, leadership: watch::Receiver<Option<Leadership>>) -> Self {
        Self { pool, leadership }
    }
}

//! A migrated database, and a leader of it.

use std::time::Duration;

use causeway_primitives::Timestamp;
use causeway_store::{
    Metrics, Pool, Settings,
    lease::{Leadership, release, try_acquire},
    schema,
};
use causeway_testkit::postgres::shared;
use ops_console::adapters::store::{MIGRATIONS, Store};

/// Longer than any test.
const TTL: Duration = Duration::from_secs(3_600);

/// See the module.
pub(super) struct Stand {
    pub(super) store: Store,
    pub(super) leader: Leadership,
    pool: Pool,
}

impl Stand {
    pub(super) async fn new(label: &str) -> Self {
        let database = shared().await.unwrap().database(label).await.unwrap();
        let pool = Pool::open(&Settings::new(database.url().into(), "console-test"), Metrics::default()).unwrap();
        schema::migrate(&pool, &MIGRATIONS).await.unwrap();
        let leader = acquire(&pool, "first").await;
        Self { store: Store::new(pool.clone()), pool, leader }
    }

    pub(super) const fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Does something that the program never does.
    pub(super) async fn sql(&self, statement: &'static str) -> Result<(), sqlx::Error> {
        sqlx::query(statement).execute(self.pool.executor()).await.map(drop)
    }

    /// Another replica takes over.
    pub(super) async fn depose(&self) -> Leadership {
        release(&self.pool, &self.leader).await.unwrap();
        acquire(&self.pool, "second").await
    }
}

async fn acquire(pool: &Pool, holder: &str) -> Leadership {
    try_acquire(pool, &"ops-console".into(), &holder.into(), TTL).await.unwrap().unwrap()
}

pub(super) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(1_790_035_200 + seconds).unwrap()
}

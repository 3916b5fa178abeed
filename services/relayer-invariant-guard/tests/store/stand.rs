//! What every test of the store stands on: a migrated database, a leader, and things to write.

use std::{sync::Arc, time::Duration};

use causeway_primitives::{B256, Scope, Timestamp};
use causeway_store::{
    Metrics, Pool, Settings,
    lease::{Leadership, release, try_acquire},
    schema,
};
use causeway_testkit::postgres::shared;
use relayer_invariant_guard::{
    adapters::store::{Entry, MIGRATIONS, Store},
    domain::latch::{Cause, Halt, HaltId},
};

/// Longer than any test.
const TTL: Duration = Duration::from_secs(3_600);

/// A migrated database whose lease a first leader holds.
pub(super) struct Stand {
    pub(super) store: Store,
    pub(super) pool: Pool,
    pub(super) leader: Leadership,
    url: String,
}

impl Stand {
    pub(super) async fn new(label: &str) -> Self {
        let database = shared().await.unwrap().database(label).await.unwrap();
        let pool = Pool::open(&Settings::new(database.url().into(), "guard-test"), Metrics::default()).unwrap();
        schema::migrate(&pool, &MIGRATIONS).await.unwrap();
        let leader = acquire(&pool, "first").await;
        Self { store: Store::new(pool.clone()), pool, leader, url: database.url().to_owned() }
    }

    /// A role that may log in and nothing else, and the address for it.
    pub(super) async fn role(&self, label: &str) -> (String, String) {
        let database: String =
            sqlx::query_scalar("SELECT current_database()::TEXT").fetch_one(self.pool.executor()).await.unwrap();
        // Roles belong to the whole server, so the database's name is in theirs.
        let (name, password) = (format!("{database}_{label}"), uuid::Uuid::new_v4().simple().to_string());
        let sql = format!("CREATE ROLE {name} LOGIN PASSWORD '{password}'");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(self.pool.executor()).await.unwrap();
        let mut url = url::Url::parse(&self.url).unwrap();
        url.set_username(&name).unwrap();
        url.set_password(Some(&password)).unwrap();
        (name, url.to_string())
    }

    /// Another replica takes over.
    pub(super) async fn depose(&self) -> Leadership {
        release(&self.pool, &self.leader).await.unwrap();
        acquire(&self.pool, "second").await
    }

    /// Something that a person with the database's password might try.
    pub(super) async fn tamper(&self, sql: &'static str) -> Result<u64, sqlx::Error> {
        sqlx::raw_sql(sql).execute(self.pool.executor()).await.map(|done| done.rows_affected())
    }
}

async fn acquire(pool: &Pool, holder: &str) -> Leadership {
    try_acquire(pool, &Arc::from("guard"), &Arc::from(holder), TTL).await.unwrap().unwrap()
}

pub(super) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(1_780_000_000 + seconds).unwrap()
}

pub(super) fn halt(id: u128, scope: Scope, epoch: u64) -> Halt {
    let (cause, evidence) = (Cause::Manual, B256::repeat_byte(1));
    Halt { id: HaltId::new(id), scope, cause, evidence, epoch, at: at(0), parent: None }
}

pub(super) fn entry(subject: &str) -> Entry {
    let (actor, body) = ("guard".to_owned(), format!(r#"{{"what":"{subject}"}}"#));
    Entry { at: at(0), kind: "halt", subject: subject.to_owned(), actor, body }
}

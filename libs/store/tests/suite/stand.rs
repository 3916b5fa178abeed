//! What every test stands on.

use std::net::SocketAddr;

use causeway_store::{Metrics, Pool, Settings, schema};
use causeway_telemetry::metrics::{Registry, encode};
use causeway_testkit::{
    postgres::{Database, shared},
    wait::eventually,
};
use sqlx::migrate::Migrator;

/// A service without tables of its own.
pub(crate) static NO_TABLES: Migrator = Migrator::DEFAULT;

/// A migrated database and its metrics.
pub(crate) struct Stand {
    pub(crate) pool: Pool,
    registry: Registry,
    url: String,
}

impl Stand {
    pub(crate) async fn new(label: &str) -> Self {
        let database = shared().await.unwrap().database(label).await.unwrap();
        let stand = Self::on(&database);
        schema::migrate(&stand.pool, &NO_TABLES).await.unwrap();
        stand
    }

    /// Not migrated.
    pub(crate) fn on(database: &Database) -> Self {
        Self::on_url(database.url())
    }

    /// Another process on the same database, with metrics of its own.
    pub(crate) fn on_url(url: &str) -> Self {
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        let pool = Pool::open(&Settings::new(url.into(), "store-test"), metrics).unwrap();
        Self { pool, registry, url: url.to_owned() }
    }

    /// A pool of its own on the same database, as another process has.
    pub(crate) fn another_process(&self) -> Pool {
        Pool::open(&Settings::new(self.url.as_str().into(), "another"), Metrics::default()).unwrap()
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        let (_, rest) = self.url.split_once('@').unwrap();
        rest.split('/').next().unwrap().parse().unwrap()
    }

    /// A pool that reaches the server at another address.
    pub(crate) fn through(&self, address: SocketAddr) -> Pool {
        let url = self.url.replace(&self.address().to_string(), &address.to_string());
        Pool::open(&Settings::new(url.into(), "through"), Metrics::default()).unwrap()
    }

    pub(crate) fn metrics(&self) -> String {
        encode(&self.registry).unwrap()
    }

    pub(crate) async fn execute(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(self.pool.executor()).await.unwrap();
    }

    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.pool.executor()).await.unwrap()
    }

    /// Until some session of this database waits for a lock: the event that tests of waiting need.
    pub(crate) async fn until_somebody_waits(&self) {
        let waiting =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually("somebody waits", async || self.number(waiting).await > 0).await;
    }
}

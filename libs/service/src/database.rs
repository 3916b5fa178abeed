//! The database, at the schema of this program.

use causeway_runtime::{
    CancellationToken,
    process::{Context, Failure},
};
use causeway_store::{
    Metrics, Pool, Settings, schema,
    start::{DATABASE_WITHIN, await_database},
};
use sqlx::migrate::Migrator;

use crate::config::Store;

/// The database of a configuration. `service` is what its administrators see.
///
/// # Errors
/// [`Failure`] when the address cannot be read.
pub fn open_pool(store: &Store, service: &str, metrics: Metrics) -> Result<Pool, Failure> {
    let settings = Settings {
        max_connections: store.max_connections,
        statement_timeout: store.statement_timeout,
        ..Settings::new(store.url.clone(), service)
    };
    Pool::open(&settings, metrics).map_err(Failure::new)
}

/// Waits for the database, migrates when the configuration says so, and refuses to run on another schema.
///
/// # Errors
/// [`Failure`], which says what to check.
pub async fn prepare(store: &Store, pool: &Pool, migrations: &Migrator, context: &Context) -> Result<(), Failure> {
    if store.migrate_on_start {
        return migrate(pool, migrations, &context.shutdown.draining).await;
    }
    await_database(pool, DATABASE_WITHIN, &context.shutdown.draining).await.map_err(Failure::new)?;
    schema::require_current(pool, migrations).await.map_err(Failure::new)
}

/// Waits for the database and brings it to this program's schema.
///
/// # Errors
/// [`Failure`], which says what to check.
pub async fn migrate(pool: &Pool, migrations: &Migrator, stop: &CancellationToken) -> Result<(), Failure> {
    await_database(pool, DATABASE_WITHIN, stop).await.map_err(Failure::new)?;
    schema::migrate(pool, migrations).await.map_err(Failure::new)
}

//! The database, at the schema of this program.

use causeway_runtime::process::{Context, Failure};
use causeway_store::{
    Pool, Settings,
    start::{DATABASE_WITHIN, await_database},
};

use crate::{
    adapters::store::MIGRATIONS,
    config::{self, Config, SERVICE},
};

/// The database of a configuration.
///
/// # Errors
/// [`Failure`] when the address cannot be read.
pub(crate) fn open_pool(store: &config::Store, metrics: causeway_store::Metrics) -> Result<Pool, Failure> {
    let settings = Settings {
        max_connections: store.max_connections,
        statement_timeout: store.statement_timeout,
        ..Settings::new(store.url.clone(), SERVICE)
    };
    Pool::open(&settings, metrics).map_err(Failure::new)
}

/// Waits for the database, migrates when the configuration says so, and refuses to run on another schema.
pub(super) async fn prepare(config: &Config, pool: &Pool, context: &Context) -> Result<(), Failure> {
    await_database(pool, DATABASE_WITHIN, &context.shutdown.draining).await.map_err(Failure::new)?;
    if config.store.migrate_on_start {
        return causeway_store::schema::migrate(pool, &MIGRATIONS).await.map_err(Failure::new);
    }
    causeway_store::schema::require_current(pool, &MIGRATIONS).await.map_err(Failure::new)
}

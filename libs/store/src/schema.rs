//! Migrations: this crate's own tables first, then the service's, each with its own record of what ran.
//!
//! Refuses a database that a newer program has migrated, since it cannot know what changed, and one whose
//! migrations were edited after they ran. Nothing is ever migrated down.

use std::{collections::HashMap, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection,
    migrate::{MigrateError, Migrator},
};
use tokio::time::timeout;

use crate::Pool;

/// Two programs that start together wait for each other; a migration that takes longer than this needs a
/// person anyway.
const MIGRATION_LIMIT: Duration = Duration::from_secs(600);

/// Which of the two sets of migrations is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// The tables of this crate.
    Store,
    /// The tables of the service.
    Service,
}

impl std::fmt::Display for Set {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Store => "store",
            Self::Service => "service",
        })
    }
}

/// Why a database is not ready to be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Some migrations have not run.
    #[error("the database lacks {pending} migrations: run `migrate` first")]
    Behind {
        /// How many.
        pending: usize,
    },
    /// The database knows a migration that this program does not: a newer one has been here.
    #[error("the database was migrated by a newer program ({set} migration {version} is unknown): update this one")]
    Newer {
        /// Whose migration.
        set: Set,
        /// Its number.
        version: i64,
    },
    /// A migration was edited after it ran here.
    #[error("{set} migration {version} is not what ran on this database: restore it and add a new one instead")]
    Altered {
        /// Whose migration.
        set: Set,
        /// Its number.
        version: i64,
    },
    /// A migration failed and was rolled back.
    #[error("{set} migrations failed")]
    Failed {
        /// Whose migration.
        set: Set,
        /// Why.
        #[source]
        source: MigrateError,
    },
    /// The database could not be asked.
    #[error("the database's migrations cannot be read")]
    Database(#[source] sqlx::Error),
    /// Neither done nor failed.
    #[error("migrations did not end within {0:?}")]
    Timeout(Duration),
}

impl Error {
    #[allow(clippy::wildcard_enum_match_arm, reason = "the migrator's list is open, and two kinds are told apart")]
    fn migrating(set: Set) -> impl FnOnce(MigrateError) -> Self {
        move |source| match source {
            MigrateError::VersionMissing(version) => Self::Newer { set, version },
            MigrateError::VersionMismatch(version) => Self::Altered { set, version },
            source => Self::Failed { set, source },
        }
    }
}

/// This crate's migrations, under their own table so that they never meet a service's numbers.
fn store_migrator() -> Migrator {
    static FILES: Migrator = sqlx::migrate!("./migrations");
    let mut migrator = Migrator::with_migrations(FILES.iter().cloned().collect());
    migrator.dangerous_set_table_name("_causeway_store_migrations");
    migrator
}

/// Runs what has not run yet. Safe to call from several processes at once, and again.
///
/// `service` is what `sqlx::migrate!()` makes of the service's own `migrations/`.
///
/// # Errors
/// [`Error`]; every migration that ran before the failing one stays.
pub async fn migrate(pool: &Pool, service: &Migrator) -> Result<(), Error> {
    let work = async {
        // A connection of its own: the lock that keeps two migrations apart lives as long as the session,
        // and after an error it must not go back into the pool.
        let mut connection = pool.executor().connect_options().connect().await.map_err(Error::Database)?;
        sqlx::query("SET statement_timeout = 0").execute(&mut connection).await.map_err(Error::Database)?;
        refuse_unknown(&mut connection, service).await?;
        let store = store_migrator().run_direct(None, &mut connection, false).await;
        store.map_err(Error::migrating(Set::Store))?;
        let own = service.run_direct(None, &mut connection, false).await;
        own.map_err(Error::migrating(Set::Service))?;
        connection.close().await.map_err(Error::Database)
    };
    timeout(MIGRATION_LIMIT, work).await.map_err(|_| Error::Timeout(MIGRATION_LIMIT))?
}

/// Succeeds when the database is exactly at this program's migrations. Only reads: a service may run without
/// the right to change the schema.
///
/// # Errors
/// [`Error::Behind`], [`Error::Newer`], [`Error::Altered`], or [`Error::Database`].
pub async fn require_current(pool: &Pool, service: &Migrator) -> Result<(), Error> {
    let mut connection = pool.executor().acquire().await.map_err(Error::Database)?;
    match refuse_unknown(&mut connection, service).await? {
        0 => Ok(()),
        pending => Err(Error::Behind { pending }),
    }
}

/// How many migrations of both sets are still to run, if what did run is known.
async fn refuse_unknown(connection: &mut PgConnection, service: &Migrator) -> Result<usize, Error> {
    let store = store_migrator();
    let mut pending = 0;
    for (set, migrator, applied) in [
        (Set::Store, &store, applied_of_store(connection).await.map_err(Error::Database)?),
        (Set::Service, service, applied_of_service(connection).await.map_err(Error::Database)?),
    ] {
        pending += compare(set, migrator, &applied)?;
    }
    Ok(pending)
}

type Applied = Vec<(i64, Vec<u8>)>;

async fn applied_of_store(connection: &mut PgConnection) -> Result<Applied, sqlx::Error> {
    if !exists(connection, "_causeway_store_migrations").await? {
        return Ok(Applied::new());
    }
    sqlx::query_as("SELECT version, checksum FROM _causeway_store_migrations ORDER BY version")
        .fetch_all(connection)
        .await
}

async fn applied_of_service(connection: &mut PgConnection) -> Result<Applied, sqlx::Error> {
    if !exists(connection, "_sqlx_migrations").await? {
        return Ok(Applied::new());
    }
    sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations ORDER BY version").fetch_all(connection).await
}

async fn exists(connection: &mut PgConnection, table: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(table).fetch_one(connection).await
}

/// The newest unknown migration is named: it tells which program to look for.
fn compare(set: Set, migrator: &Migrator, applied: &[(i64, Vec<u8>)]) -> Result<usize, Error> {
    let known: HashMap<i64, &[u8]> =
        migrator.iter().map(|migration| (migration.version, migration.checksum.as_ref())).collect();
    for (version, checksum) in applied.iter().rev() {
        match known.get(version) {
            None => return Err(Error::Newer { set, version: *version }),
            Some(ours) if *ours != checksum.as_slice() => return Err(Error::Altered { set, version: *version }),
            Some(_) => {}
        }
    }
    Ok(known.len().saturating_sub(applied.len()))
}

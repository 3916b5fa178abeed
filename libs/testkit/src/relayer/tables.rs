//! The relayer's own database: made, opened, and opened to a reader who cannot write.

use std::time::Duration;

use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use url::Url;

use super::Error;

/// The tables, as they are made in an empty database.
const SCHEMA: &str = include_str!("schema.sql");

/// One for the cycle, one for the control interface, and spares.
const CONNECTIONS: u32 = 4;

/// A database on the same machine that does not answer within this is gone.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(5);

/// What a reader may make a statement take.
const READER_STATEMENT_LIMIT: &str = "30s";

/// Makes the tables in an empty database; in one that has them, nothing.
///
/// # Errors
/// [`Error::Sql`].
pub async fn prepare(url: &str) -> Result<(), Error> {
    let mut connection = PgConnection::connect(url).await.map_err(Error::sql("connect"))?;
    let mut transaction = connection.begin().await.map_err(Error::sql("begin"))?;
    // Two processes that start at once make them once.
    sqlx::query("SELECT pg_advisory_xact_lock(138)").execute(&mut *transaction).await.map_err(Error::sql("lock"))?;
    let there: bool = sqlx::query_scalar("SELECT to_regclass('relayer_operations') IS NOT NULL")
        .fetch_one(&mut *transaction)
        .await
        .map_err(Error::sql("look for the tables"))?;
    if !there {
        sqlx::raw_sql(SCHEMA).execute(&mut *transaction).await.map_err(Error::sql("make the tables"))?;
    }
    transaction.commit().await.map_err(Error::sql("make the tables"))?;
    connection.close().await.map_err(Error::sql("disconnect"))
}

/// Opens the database.
///
/// # Errors
/// [`Error::Settings`] for no URL, [`Error::Sql`] when nobody answers.
pub async fn open(url: &str) -> Result<PgPool, Error> {
    let options: PgConnectOptions = url.parse().map_err(Error::sql("read the URL"))?;
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(ACQUIRE_LIMIT)
        .connect_with(options)
        .await
        .map_err(Error::sql("connect"))
}

/// Makes a role that may read every table of this database and write none, and returns the URL with it: what a guard is
/// given. Its transactions are read-only by default and its statements bounded; its right to write is missing, which
/// no setting brings back.
///
/// # Errors
/// [`Error::Sql`], also when the role is there already; [`Error::Url`].
pub async fn reader(url: &str) -> Result<String, Error> {
    let mut reader = Url::parse(url).map_err(Error::Url)?;
    let mut connection = PgConnection::connect(url).await.map_err(Error::sql("connect"))?;
    let database: String = sqlx::query_scalar("SELECT current_database()::text")
        .fetch_one(&mut connection)
        .await
        .map_err(Error::sql("ask for the name"))?;
    // Roles belong to the whole server, so the database's name is in theirs. It is one that `Cluster::database` made:
    // nothing but a-z, 0-9 and _. Names and passwords in CREATE ROLE cannot be bound.
    let role = format!("{database}_reader");
    let password = uuid::Uuid::new_v4().simple().to_string();
    let grants = format!(
        "CREATE ROLE {role} LOGIN PASSWORD '{password}';
         ALTER ROLE {role} SET default_transaction_read_only = on;
         ALTER ROLE {role} SET statement_timeout = '{READER_STATEMENT_LIMIT}';
         GRANT USAGE ON SCHEMA public TO {role};
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role};"
    );
    sqlx::raw_sql(AssertSqlSafe(grants)).execute(&mut connection).await.map_err(Error::sql("make the reader"))?;
    connection.close().await.map_err(Error::sql("disconnect"))?;
    let set = reader.set_username(&role).and_then(|()| reader.set_password(Some(&password)));
    set.map_err(|()| Error::Url(url::ParseError::EmptyHost))?;
    Ok(reader.into())
}

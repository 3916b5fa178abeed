//! Indexes that only readers need, laid aside while the first back-fill fills empty tables.
//!
//! A row costs as much again in indexes as in itself, and an index over all rows that are there is built in a fraction of
//! what it takes to grow it row by row. What writers look things up by, and what a plain list of messages needs, stays. Until
//! they are back, a search by account or by transaction reads the whole table.
//!
//! Whoever may not change the schema (a role that does not own the tables) keeps all of them, and is only slower.

use std::time::Duration;

use causeway_store::{
    Error, Named as _, Queries,
    lease::{Leadership, assert_current},
};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};

use super::Store;

/// Name, and what makes it: as the migrations do, which a test holds together.
const ASIDE: [(&str, &str); 4] = [
    ("sent_tx", "ON sent USING hash (tx)"),
    ("attempt_tx", "ON attempt USING hash (tx)"),
    ("message_sender", "ON message (sender, lane, status, sent_at, message, receiver) WHERE NOT orphaned"),
    ("message_receiver", "ON message (receiver, lane, status, sent_at, message) WHERE NOT orphaned"),
];

/// For a table that is larger than any that was measured, by far.
const BUILD_LIMIT: Duration = Duration::from_secs(4 * 3_600);

/// Lays them aside when nothing has been read yet. Says whether it did.
///
/// # Errors
/// [`Error`], also where the role may not or somebody reads the tables just then: then they are all still there.
pub(super) async fn lay_aside(store: &Store, leadership: &Leadership) -> Result<bool, Error> {
    let mut tx = store.pool.begin().await?;
    assert_current(&mut tx, leadership).await?;
    let queries = tx.queries();
    let young = sqlx::query_scalar!(
        r#"SELECT NOT EXISTS (SELECT FROM cursor) AND NOT EXISTS (SELECT FROM sent) AND NOT EXISTS (SELECT FROM attempt) AS "young!""#
    )
    .fetch_one(&mut *tx)
    .named("is_young", &queries)
    .await?;
    if !young {
        return Ok(false);
    }
    sqlx::query!("DROP INDEX IF EXISTS sent_tx, attempt_tx, message_sender, message_receiver")
        .execute(&mut *tx)
        .named("lay_indexes_aside", &queries)
        .await?;
    tx.commit().await?;
    Ok(true)
}

/// Builds those that are missing, without holding up readers or writers. Says how many.
///
/// # Errors
/// [`Error`]; what was built stays, and the rest is built by the next call.
pub(super) async fn build(store: &Store, leadership: &Leadership) -> Result<u64, Error> {
    let missing = list_missing(store).await?;
    if missing.is_empty() {
        return Ok(0);
    }
    let mut tx = store.pool.begin().await?;
    assert_current(&mut tx, leadership).await?;
    tx.rollback().await?;
    // A connection of its own: a build takes as long as the table is large, and no statement of the pool may.
    let queries = store.pool.queries().within(BUILD_LIMIT);
    let mut connection = store.pool.executor().connect_options().connect().named("connect", &queries).await?;
    let mut built = 0;
    run(&mut connection, &queries, "SET statement_timeout = 0".to_owned()).await?;
    for (name, definition) in missing {
        // What an interrupted build has left is no index, and in the way of one.
        run(&mut connection, &queries, format!("DROP INDEX CONCURRENTLY IF EXISTS {name}")).await?;
        run(&mut connection, &queries, format!("CREATE INDEX CONCURRENTLY {name} {definition}")).await?;
        built += 1;
    }
    connection.close().named("disconnect", &queries).await?;
    Ok(built)
}

/// A statement of this file's own words: names and definitions cannot be bound.
async fn run(connection: &mut PgConnection, queries: &Queries, statement: String) -> Result<(), Error> {
    sqlx::query(AssertSqlSafe(statement)).execute(connection).named("build_indexes", queries).await.map(drop)
}

async fn list_missing(store: &Store) -> Result<Vec<(&'static str, &'static str)>, Error> {
    let valid = sqlx::query_scalar!(
        r#"
        SELECT class.relname::TEXT AS "name!"
        FROM pg_index JOIN pg_class AS class ON class.oid = pg_index.indexrelid
        WHERE pg_index.indisvalid AND pg_index.indrelid IN ('sent'::REGCLASS, 'attempt'::REGCLASS, 'message'::REGCLASS)
        "#
    )
    .fetch_all(store.pool.executor())
    .named("list_valid_indexes", store.pool.queries())
    .await?;
    Ok(ASIDE.into_iter().filter(|(name, _)| !valid.iter().any(|valid| valid == name)).collect())
}

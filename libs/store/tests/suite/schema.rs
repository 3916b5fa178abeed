//! Migrations run once, whoever comes first, and refuse what they do not know.

use causeway_store::schema::{self, Error, Set};
use causeway_testkit::postgres::shared;
use sqlx::{
    SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};

use crate::stand::{NO_TABLES, Stand};

fn service(migrations: &[(i64, &'static str)]) -> Migrator {
    let one = |&(version, sql): &(i64, &'static str)| {
        Migration::new(version, "test".into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(migrations.iter().map(one).collect())
}

async fn empty(label: &str) -> Stand {
    Stand::on(&shared().await.unwrap().database(label).await.unwrap())
}

#[tokio::test]
async fn a_service_does_not_start_on_a_database_that_is_behind() {
    let stand = empty("behind").await;
    let own = service(&[(1, "CREATE TABLE item (id INT)"), (2, "ALTER TABLE item ADD name TEXT")]);
    let before = schema::require_current(&stand.pool, &own).await;
    assert!(matches!(before, Err(Error::Behind { pending }) if pending >= 4), "{before:?}");

    schema::migrate(&stand.pool, &service(&[(1, "CREATE TABLE item (id INT)")])).await.unwrap();
    let half = schema::require_current(&stand.pool, &own).await;
    assert!(matches!(half, Err(Error::Behind { pending: 1 })), "{half:?}");

    schema::migrate(&stand.pool, &own).await.unwrap();
    schema::require_current(&stand.pool, &own).await.unwrap();
}

#[tokio::test]
async fn many_processes_migrate_at_once_and_again() {
    let stand = empty("crowd").await;
    let own = service(&[(1, "CREATE TABLE item (id INT); INSERT INTO item VALUES (1)")]);
    let pools: Vec<_> = (0..5).map(|_| stand.another_process()).collect();
    let all = futures_util::future::join_all(pools.iter().map(|pool| schema::migrate(pool, &own))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    schema::migrate(&stand.pool, &own).await.unwrap();
    assert_eq!(stand.number("SELECT count(*) FROM item").await, 1);
}

#[tokio::test]
async fn a_schema_of_a_newer_program_is_refused_and_left_alone() {
    let stand = empty("newer").await;
    schema::migrate(&stand.pool, &service(&[(1, "CREATE TABLE a (id INT)"), (7, "CREATE TABLE b (id INT)")]))
        .await
        .unwrap();

    let older = service(&[(1, "CREATE TABLE a (id INT)"), (3, "CREATE TABLE c (id INT)")]);
    for refused in [schema::require_current(&stand.pool, &older).await, schema::migrate(&stand.pool, &older).await] {
        assert!(matches!(refused, Err(Error::Newer { set: Set::Service, version: 7 })), "{refused:?}");
    }
    assert_eq!(stand.number("SELECT count(*) FROM pg_tables WHERE tablename = 'c'").await, 0);

    stand.execute("INSERT INTO _causeway_store_migrations VALUES (999, 'later', now(), true, '', 0)").await;
    let refused = schema::migrate(&stand.pool, &NO_TABLES).await;
    assert!(matches!(refused, Err(Error::Newer { set: Set::Store, version: 999 })), "{refused:?}");
}

#[tokio::test]
async fn an_edited_migration_is_refused() {
    let stand = empty("edited").await;
    schema::migrate(&stand.pool, &service(&[(1, "CREATE TABLE a (id INT)")])).await.unwrap();
    let refused = schema::migrate(&stand.pool, &service(&[(1, "CREATE TABLE a (id BIGINT)")])).await;
    assert!(matches!(refused, Err(Error::Altered { set: Set::Service, version: 1 })), "{refused:?}");
}

#[tokio::test]
async fn a_failed_migration_leaves_no_half_and_no_lock() {
    let stand = empty("failed").await;
    let broken = service(&[(1, "CREATE TABLE a (id INT); SELECT nonsense")]);
    let failed = schema::migrate(&stand.pool, &broken).await;
    assert!(matches!(failed, Err(Error::Failed { set: Set::Service, .. })), "{failed:?}");
    schema::migrate(&stand.pool, &service(&[(1, "CREATE TABLE a (id INT)")])).await.unwrap();
}

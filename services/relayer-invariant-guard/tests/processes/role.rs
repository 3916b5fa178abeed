//! The service as it is meant to run: a role that may add facts and change none, a role that may only read the relayer's
//! tables, and an account that may pause and nothing else.

use causeway_testkit::{
    bridge::{End, Role},
    wait::eventually,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::stage::{Stage, late, url};

/// The address of a role of this database that has what `guard_grant` gives.
async fn granted(owner: &str) -> String {
    let mut connection = PgConnection::connect(owner).await.unwrap();
    let database: String =
        sqlx::query_scalar("SELECT current_database()::TEXT").fetch_one(&mut connection).await.unwrap();
    // Roles belong to the whole server, so the database's name is in theirs.
    let (name, password) = (format!("{database}_runner"), uuid::Uuid::new_v4().simple().to_string());
    let sql = format!("CREATE ROLE {name} LOGIN PASSWORD '{password}'; SELECT guard_grant('{name}')");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    let mut url = url::Url::parse(owner).unwrap();
    url.set_username(&name).unwrap();
    url.set_password(Some(&password)).unwrap();
    url.to_string()
}

/// A statement that a role must not get through.
async fn is_refused(url: &str, sql: &'static str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    // Its role says READ ONLY by default; that is a courtesy, and rights are what counts.
    sqlx::raw_sql("SET default_transaction_read_only = off").execute(&mut connection).await.unwrap();
    let refused = sqlx::raw_sql(sql).execute(&mut connection).await.expect_err(sql);
    assert!(
        refused.to_string().contains("permission denied") || refused.to_string().contains("must be owner"),
        "{sql}: {refused}"
    );
}

#[tokio::test]
async fn grd_16_a_guard_that_may_change_no_fact_judges_grants_halts_and_pauses_the_contract() {
    let mut stage = Stage::new("guard_role_whole").await;
    let (code, output) = stage.command(&["migrate"]).await;
    assert_eq!(code, Some(0), "{output}");
    stage.guards = granted(&stage.guards).await;
    stage.migrates = false;
    stage.secrets = vec![("PAUSE_PRIVATE_KEY", Role::Guardian.key(&stage.world.source).unwrap())];
    stage.more = format!(
        "[pause]\nfree_gas_chains = [\"home\"]\n[[pause.contracts]]\nname = \"vault\"\nchain = \"home\"\n\
         contract = \"{}\"\nscope = \"settlement\"",
        stage.world.bridge.vault(End::Source)
    );
    let guard = stage.serve("guard-0").await;
    let relayer = stage.relay(&[url(&guard)]).await;
    stage.settle_one(&relayer).await;
    assert!(!stage.world.bridge.is_paused(End::Source).await.unwrap());

    let halt = ["halt", "--scope", "all", "--reason", "looks odd", "--guard", &url(&guard)];
    let (code, output) = stage.command(&halt).await;
    assert_eq!(code, Some(0), "{output}");
    stage.until_held_up(&relayer).await;
    eventually("the contract is paused", async || stage.world.bridge.is_paused(End::Source).await.unwrap()).await;
    let store = stage.store();
    eventually("the pause is on the record", async || {
        store.list_audit(0, 10_000).await.unwrap().into_iter().find(|row| row.kind == "pause")
    })
    .await;
    assert!(store.verify_audit(None).await.unwrap().is_ok());
    assert_eq!(late(&relayer), 0);

    for sql in ["UPDATE audit SET actor = 'mallory'", "DELETE FROM halt", "ALTER TABLE audit DISABLE TRIGGER ALL"] {
        is_refused(&stage.guards, sql).await;
    }
    for sql in
        ["DELETE FROM deposit_confirmed", "UPDATE indexer_watermark SET block_number = 0", "CREATE TABLE mine ()"]
    {
        is_refused(&stage.readers, sql).await;
    }
}

//! Starting, stopping, and running without sending.

use causeway_testkit::{
    anvil::Mining,
    oracle::Plan,
    wait::{SOON, eventually},
};
use sqlx::{Connection as _, PgConnection};

use super::stage::{Stage, run};

#[tokio::test]
async fn ops_a_stop_drains_and_what_was_on_its_way_is_followed_after_the_restart() {
    let stage = Stage::new(Plan { mining: Mining::Manual, heartbeat_seconds: 600, ..Plan::default() }).await;
    stage.market("1.10000");
    // A stop cannot wait for blocks that do not come: it gives up before its own deadline would.
    let variables = [("ORACLE__PUBLISHER__STUCK_AFTER_MS", "120000")];
    let replica = stage.serve_with("replica-a", &variables).await;
    replica.is("leader").await;
    eventually("a transaction on its way", async || open_attempts(&stage).await >= 2).await;
    let (status, log) = replica.service.terminate(SOON).await.unwrap();
    assert_eq!(status.code(), Some(0), "{}", log.tail(30));
    assert_eq!(stage.rounds().await, 0, "nothing was mined meanwhile");

    let again = stage.serve_with("replica-b", &variables).await;
    again.is("leader").await;
    stage.world.anvil.set_interval_seconds(1).await.unwrap();
    again.first_round().await;
    again.round("usd-eur", "the derived feed's first round", |_| true).await;
    eventually("no intent is left open", async || open_attempts(&stage).await == 0).await;
    assert_eq!(stage.answers().await, ["110000000"]);
    stage.finish(vec![again]).await;
}

/// Signed transactions of intents that are not settled.
async fn open_attempts(stage: &Stage) -> i64 {
    let mut database = PgConnection::connect(stage.world.database.url()).await.unwrap();
    let count = sqlx::query_scalar(
        "SELECT COUNT(*) FROM attempt JOIN intent USING (intent_key) WHERE NOT settled AND sent_at IS NOT NULL",
    );
    count.fetch_one(&mut database).await.unwrap()
}

#[tokio::test]
async fn ora_11_a_dry_run_decides_and_records_and_sends_nothing() {
    let stage = Stage::new(Plan::default()).await;
    stage.market("1.10000");
    let publisher = stage.world.publisher().to_string();
    // Without a key: nothing could be signed.
    let variables =
        [("ORACLE__PUBLISHER__DRY_RUN", "true"), ("ORACLE__SIGNER__ADDRESS", publisher.as_str()), ("PRIVATE_KEY", "")];
    let replica = stage.serve_with("replica-a", &variables).await;
    let wanted =
        async || replica.metric("oracle_decisions_total", &["eur-usd", "publish", "first_round"]).await.checked_sub(3);
    eventually("three decisions to publish", wanted).await;
    let told = replica.explain("eur-usd", None).await;
    assert_eq!((told.kind.as_str(), told.reason.as_str()), ("publish", "first_round"));
    assert_eq!(told.round, None);
    assert!(replica.rounds("eur-usd").await.is_empty());
    assert_eq!(stage.rounds().await, 0);
    assert_eq!(stage.world.anvil.nonce(stage.world.publisher()).await.unwrap(), 0);
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ora_1_the_one_feed_deployment_is_configured_by_environment_alone() {
    let environment = [
        ("RPC_URL", "http://127.0.0.1:8545/v3/s3cr3t"),
        ("AGGREGATOR_ADDRESS", "0x5fbdb2315678afecb367f032d93f642f64180aa3"),
        ("PRIVATE_KEY", "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
        ("HEARTBEAT", "60"),
        ("DEVIATION_THRESHOLD", "0.5"),
        ("DATABASE_URL", "postgres://oracle:hunter2@127.0.0.1/oracle"),
    ];
    let (code, output) = run(&["config", "check"], &environment).await;
    assert_eq!(code, Some(0), "{output}");
    for secret in ["s3cr3t", "hunter2", "59c6995e998f97a5a0044966f0945389"] {
        assert!(!output.contains(secret), "{output}");
    }
    assert!(output.contains("# hash "), "{output}");
    let (_, again) = run(&["config", "check"], &environment).await;
    assert_eq!(output, again, "the same settings have the same hash");
}

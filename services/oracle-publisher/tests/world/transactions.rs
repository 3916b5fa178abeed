//! Transactions that are not mined, and transactions that the contract refuses.

use causeway_testkit::{anvil::Mining, contracts::Dialect, fault::RpcProxy, oracle::Plan, wait::eventually};
use sqlx::{Connection as _, PgConnection};

use super::stage::{Stage, secretive};

#[tokio::test]
async fn ora_11_a_stuck_transaction_is_replaced_at_a_gas_price_of_zero_and_one_version_lands() {
    let stage = Stage::new(Plan { mining: Mining::Manual, heartbeat_seconds: 600, ..Plan::default() }).await;
    stage.market("1.10000");
    let replica = stage.serve_with("replica-a", &[("ORACLE__PUBLISHER__STUCK_AFTER_MS", "1500")]).await;
    replica.is("leader").await;
    let versions = async || Some(attempts(&stage, 0).await).filter(|count| *count >= 2);
    eventually("a second version of the first transaction", versions).await;
    replica.alert("OracleTransactionStuck", true).await;
    assert_eq!(stage.rounds().await, 0, "nothing is mined yet");

    // The derived feed's transaction may need a block of its own.
    eventually("the round after all", async || {
        stage.world.anvil.mine(1).await.unwrap();
        stage.rounds().await == 1
    })
    .await;
    replica.first_round().await;
    replica.alert("OracleTransactionStuck", false).await;
    stage.finish(vec![replica]).await;
}

/// Signed versions of the answer of `eur-usd` that follows a round.
async fn attempts(stage: &Stage, round: i64) -> i64 {
    let mut database = PgConnection::connect(stage.world.database.url()).await.unwrap();
    let count = sqlx::query_scalar(
        "SELECT COUNT(*) FROM attempt JOIN publication USING (intent_key) \
         WHERE feed_id = 'eur-usd' AND based_on_round = $1::numeric",
    );
    count.bind(round).fetch_one(&mut database).await.unwrap()
}

#[tokio::test]
async fn ora_4_an_answer_that_the_contract_refuses_is_counted_and_alerted_without_a_hot_loop() {
    let plan = Plan { heartbeat_seconds: 600, dialect: Dialect::SubmitRound, ..Plan::default() };
    let stage = Stage::new(plan).await;
    stage.market("1.10000");
    let replica = stage.serve("replica-a").await;
    replica.first_round().await;
    let (anvil, feed) = (&stage.world.anvil, stage.world.eur_usd);
    feed.remove_transmitter(anvil, stage.world.publisher()).await.unwrap();

    stage.market("1.12000");
    replica.alert("OracleTransactionReverted", true).await;
    let failures = async || replica.metric("oracle_update_errors_total", &["eur-usd"]).await;
    let before = failures().await;
    assert!(before > 0, "it is counted");
    // Six blocks: as many seconds.
    let height = anvil.block_number().await.unwrap();
    eventually("six more blocks", async || anvil.block_number().await.unwrap() > height + 6).await;
    let tries = failures().await - before;
    assert!(tries <= 6, "{tries} tries in six seconds: a hot loop");
    // The pauses grow: on a machine that is slow, the next try may be more than six seconds away.
    eventually("another try", async || failures().await > before).await;
    assert_eq!(stage.rounds().await, 1);

    feed.add_transmitter(anvil, stage.world.publisher()).await.unwrap();
    stage.answered("112000000").await;
    replica.alert("OracleTransactionReverted", false).await;
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ora_11_a_transaction_that_reverts_where_it_is_mined_is_told_counted_and_followed_by_a_new_decision() {
    let plan = Plan { heartbeat_seconds: 600, dialect: Dialect::SubmitRound, ..Plan::default() };
    let stage = Stage::new(plan).await;
    stage.market("1.10000");
    let proxy = RpcProxy::start(stage.world.anvil.url()).await.unwrap();
    let endpoint = secretive(proxy.url());
    // What is sent late is sent again, not replaced: the bytes passed their rehearsal when they were signed.
    let variables = [("RPC_URL", endpoint.as_str()), ("ORACLE__PUBLISHER__STUCK_AFTER_MS", "120000")];
    let replica = stage.serve_with("replica-a", &variables).await;
    replica.first_round().await;
    replica.round("usd-eur", "the derived feed's first round", |_| true).await;

    proxy.stall("eth_sendRawTransaction");
    stage.market("1.12000");
    let (anvil, feed) = (&stage.world.anvil, stage.world.eur_usd);
    eventually("its signed bytes", async || attempts(&stage, 1).await > 0).await;
    let pending = async || replica.rounds("eur-usd").await.into_iter().find(|round| round.state == "pending");
    let signed = eventually("an answer on its way", pending).await;
    feed.remove_transmitter(anvil, stage.world.publisher()).await.unwrap();
    proxy.honest();

    replica.alert("OracleTransactionReverted", true).await;
    let ended = async || {
        let rounds = replica.rounds("eur-usd").await;
        rounds.into_iter().find(|round| round.decision_id == signed.decision_id && round.state == "reverted")
    };
    let reverted = eventually("the round says that it reverted", ended).await;
    assert!(!reverted.tx_hash.is_empty(), "it was mined, and cost gas: {reverted:?}");
    assert!(replica.metric("oracle_update_errors_total", &["eur-usd", "reverted"]).await > 0);
    assert_eq!(stage.answers().await, ["110000000"]);

    feed.add_transmitter(anvil, stage.world.publisher()).await.unwrap();
    stage.answered("112000000").await;
    replica.alert("OracleTransactionReverted", false).await;
    stage.finish(vec![replica]).await;
}

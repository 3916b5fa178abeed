//! Endpoints that lie.

use causeway_testkit::{fault::RpcProxy, oracle::Plan, wait::eventually};
use serde_json::{Value, json};

use super::stage::{Stage, secretive};

/// Swears that the latest answer is another one: every word that says 1.1 says 2.2.
fn inflated(_: &Value, honest: Value) -> Value {
    let (one, other) = (format!("{:064x}", 110_000_000), format!("{:064x}", 220_000_000));
    honest.as_str().map_or(Value::Null, |text| json!(text.replace(&one, &other)))
}

#[tokio::test]
async fn ora_11_one_of_three_endpoints_that_lies_is_outvoted() {
    let stage = Stage::new(Plan { heartbeat_seconds: 600, ..Plan::default() }).await;
    stage.market("1.10000");
    let honest = RpcProxy::start(stage.world.anvil.url()).await.unwrap();
    let liar = RpcProxy::start(stage.world.anvil.url()).await.unwrap();
    let urls = [liar.url(), honest.url(), stage.world.anvil.url()].map(secretive).join(",");
    let variables = [("RPC_URL", urls.as_str()), ("ORACLE__CHAIN__READ_QUORUM", "2")];
    let replica = stage.serve_with("replica-a", &variables).await;
    replica.first_round().await;

    liar.rewrite("eth_call", inflated);
    let asked = liar.calls("eth_call");
    eventually("lies", async || liar.calls("eth_call") > asked + 3).await;
    stage.market("1.11000");
    stage.answered("111000000").await;
    liar.honest();
    liar.blocks_behind(40);
    stage.market("1.12000");
    stage.answered("112000000").await;
    liar.honest();
    liar.chain_id(1);
    stage.market("1.13000");
    stage.answered("113000000").await;
    assert_eq!(stage.answers().await.len(), 4, "no lie made a round");
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ora_11_two_endpoints_that_contradict_each_other_are_no_evidence_and_nothing_is_decided() {
    let stage = Stage::new(Plan { heartbeat_seconds: 600, ..Plan::default() }).await;
    stage.market("1.10000");
    let liar = RpcProxy::start(stage.world.anvil.url()).await.unwrap();
    let urls = [liar.url(), stage.world.anvil.url()].map(secretive).join(",");
    let variables = [("RPC_URL", urls.as_str()), ("ORACLE__CHAIN__READ_QUORUM", "2")];
    let replica = stage.serve_with("replica-a", &variables).await;
    replica.first_round().await;

    liar.rewrite("eth_call", inflated);
    replica.alert("OracleRpcUnavailable", true).await;
    let unreadable = async || replica.metric("oracle_update_errors_total", &["eur-usd", "chain_unreadable"]).await;
    let known = unreadable().await;
    stage.market("1.11000");
    eventually("readings without agreement", async || unreadable().await > known + 3).await;
    assert_eq!(stage.answers().await, ["110000000"], "nothing is published on a contradiction");
    liar.honest();
    replica.alert("OracleRpcUnavailable", false).await;
    stage.answered("111000000").await;
    stage.finish(vec![replica]).await;
}

//! The chain or the database goes away, and comes back.

use causeway_testkit::{
    fault::{RpcProxy, TcpProxy},
    oracle::Plan,
    wait::eventually,
};

use super::stage::{Stage, secretive};

#[tokio::test]
async fn ora_11_an_outage_of_the_chain_makes_it_not_ready_but_never_not_live_and_it_recovers() {
    let stage = Stage::new(Plan::default()).await;
    let proxy = RpcProxy::start(stage.world.anvil.url()).await.unwrap();
    let endpoint = secretive(proxy.url());
    let replica = stage.serve_with("replica-a", &[("RPC_URL", &endpoint)]).await;
    replica.first_round().await;
    replica.answers("/readyz", 200).await;

    proxy.http_status(503);
    let reasons = replica.answers("/readyz", 503).await;
    assert!(reasons.contains("chain: down"), "{reasons}");
    replica.alert("OracleRpcUnavailable", true).await;
    assert_eq!(replica.get("/livez").await.0, 200, "an outage of the chain is no reason to restart");
    let (status, health) = replica.json("/health").await;
    assert_eq!((status, &health["live"], &health["ready"]), (503, &true.into(), &false.into()));

    let known = stage.rounds().await;
    proxy.honest();
    replica.answers("/readyz", 200).await;
    replica.alert("OracleRpcUnavailable", false).await;
    stage.rounds_beyond(known).await;
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ora_10_without_a_database_nothing_is_sent_and_it_recovers() {
    let stage = Stage::with_own_cluster(Plan { heartbeat_seconds: 600, ..Plan::default() }).await;
    stage.market("1.10000");
    let replica = stage.serve("replica-a").await;
    replica.first_round().await;
    replica.round("usd-eur", "the derived feed's first round", |_| true).await;
    replica.answers("/readyz", 200).await;
    let cluster = stage.cluster.as_ref().unwrap();
    let nonce = stage.world.anvil.nonce(stage.world.publisher()).await.unwrap();

    cluster.stop_immediate().await.unwrap();
    stage.market("1.12000");
    let reasons = replica.answers("/readyz", 503).await;
    assert!(reasons.contains("store: down"), "{reasons}");
    assert_eq!(replica.get("/livez").await.0, 200, "an outage of the database is no reason to restart");
    let height = stage.world.anvil.block_number().await.unwrap();
    let blocks = async || stage.world.anvil.block_number().await.unwrap() > height + 3;
    eventually("three more blocks", blocks).await;
    let after = stage.world.anvil.nonce(stage.world.publisher()).await.unwrap();
    assert_eq!(after, nonce, "no transaction without a stored decision");

    cluster.restart().await.unwrap();
    replica.answers("/readyz", 200).await;
    stage.answered("112000000").await;
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ops_a_replica_that_starts_before_its_database_waits_for_it_and_listens_only_then() {
    let stage = Stage::new(Plan::default()).await;
    let url = stage.world.database.url();
    let (_, rest) = url.split_once('@').unwrap();
    let server = rest.split('/').next().unwrap();
    let proxy = TcpProxy::start(server.parse().unwrap()).await.unwrap();
    proxy.down();
    let through = url.replace(server, &proxy.address().to_string());
    let variables = [("DATABASE_URL", through.as_str())];
    let (replica, ()) = tokio::join!(stage.serve_with("replica-a", &variables), async {
        eventually("two attempts to connect", async || proxy.connections() > 1).await;
        proxy.heal();
    });
    let lines = replica.service.log().lines();
    let at = |text: &str| lines.iter().position(|line| line.contains(text)).unwrap_or_else(|| panic!("no {text}"));
    assert!(at("database does not answer yet") < at("\"listening\""), "it says that it listens when it does");
    replica.first_round().await;
    stage.finish(vec![replica]).await;
}

//! Three replicas that share three keys, each with a feed of its own: real processes, one database, one chain.

use std::path::Path;

use alloy::primitives::Address;
use causeway_testkit::{
    contracts::{Aggregator, Dialect, Spec},
    oracle::Plan,
    wait::eventually,
};
use serde_json::Value;

use super::{replica::Replica, stage::Stage};

/// The chain's accounts of the two named keys; the default key is the world's own.
const NAMED: [(&str, usize); 2] = [("euro", 3), ("tether", 4)];

const FEEDS: [&str; 3] = ["eur-usd", "usdt-usd", "usd-eur"];

/// Three feeds with a key each, as variables over the world's own configuration.
struct Keys {
    contracts: [Aggregator; 3],
    variables: Vec<(String, String)>,
}

impl Keys {
    async fn new(stage: &Stage, folder: &Path) -> Self {
        let account = |index: usize| stage.world.anvil.accounts()[index].clone();
        let [(_, euro), (_, tether)] = NAMED;
        let usd_eur = stage.world.usd_eur;
        usd_eur.add_transmitter(&stage.world.anvil, account(euro).address).await.expect("a transmitter");
        let spec = Spec::new(Dialect::UpdateAnswerInt256, "USDT / USD", account(tether).address);
        let usdt_usd = Aggregator::deploy(&stage.world.anvil, &spec).await.expect("a contract");
        let variables = vec![
            ("ORACLE__FEEDS__2__SIGNER".to_owned(), "euro".to_owned()),
            ("ORACLE__FEEDS__1__SIGNER".to_owned(), "tether".to_owned()),
            ("ORACLE__FEEDS__1__AGGREGATOR_ADDRESS".to_owned(), usdt_usd.address.to_string()),
            // Its price never moves: what it publishes is its heartbeat.
            ("ORACLE__FEEDS__1__HEARTBEAT_SECONDS".to_owned(), "6".to_owned()),
        ];
        for (id, index) in NAMED {
            std::fs::write(folder.join(id), account(index).key).expect("a key file");
        }
        Self { contracts: [stage.world.eur_usd, usdt_usd, usd_eur], variables }
    }

    async fn serve(&self, stage: &Stage, name: &str) -> Replica {
        let variables: Vec<_> = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        stage.serve_with(name, &variables).await
    }

    /// Waits until every feed has another round on chain.
    async fn go_on(&self, stage: &Stage) {
        for (feed, contract) in FEEDS.iter().zip(&self.contracts) {
            let count = async || contract.round_count(&stage.world.anvil).await.expect("a count");
            let known = count().await;
            eventually(&format!("another round of {feed}"), async || count().await > known).await;
        }
    }

    /// No round of any feed was written by another account than its key's.
    async fn written_by_their_own(&self, stage: &Stage) {
        let [(_, euro), (_, tether)] = NAMED;
        let accounts = stage.world.anvil.accounts();
        let owners = [stage.world.publisher(), accounts[tether].address, accounts[euro].address];
        for (contract, owner) in self.contracts.iter().zip(owners) {
            for transaction in transactions_to(stage, contract.address).await {
                assert_eq!(transaction, owner, "of {}", contract.address);
            }
        }
    }
}

/// Who wrote the rounds of a contract.
async fn transactions_to(stage: &Stage, contract: Address) -> Vec<Address> {
    let rpc = stage.world.anvil.rpc();
    let filter = serde_json::json!({
        "address": contract,
        "fromBlock": "0x0",
        "topics": ["0x0559884fd3a460db3073b7fc896cc77986f16e378210ded43186175bf646fc5f"],
    });
    let logs: Vec<Value> = rpc.call("eth_getLogs", &(filter,)).await.expect("logs");
    assert!(!logs.is_empty(), "{contract} has rounds");
    let mut senders = Vec::new();
    for log in logs {
        let hash = log["transactionHash"].as_str().expect("a hash").to_owned();
        let transaction: Value = rpc.call("eth_getTransactionByHash", &(hash,)).await.expect("a transaction");
        senders.push(transaction["from"].as_str().expect("a sender").parse().expect("an address"));
    }
    senders
}

/// How many feeds each replica publishes, once all are published by one replica each.
async fn shared(replicas: &[&Replica], expected: &[u64]) {
    let look = async || {
        for feed in FEEDS {
            let mut leaders = 0;
            for replica in replicas {
                leaders += replica.metric("oracle_feed_leads", &[&format!("feed=\"{feed}\"")]).await;
            }
            if leaders != 1 {
                return None;
            }
        }
        let mut counts = Vec::new();
        for replica in replicas {
            counts.push(replica.metric("oracle_feed_leads", &[]).await);
        }
        counts.sort_unstable();
        (counts == expected).then_some(())
    };
    eventually(&format!("the feeds are shared {expected:?}"), look).await;
}

/// Every replica reads every feed, whoever publishes it, and says what it leads itself.
async fn reads(replica: &Replica) {
    for feed in FEEDS {
        let fresh = async || {
            let (status, page) = replica.json(&format!("/api/v1/prices/{feed}")).await;
            let decided = page["decision"]["kind"].is_string();
            if status == 200 && page["status"] == "fresh" && decided { Ok(()) } else { Err(page) }
        };
        eventually(&format!("{feed} is fresh at {}", replica.name), fresh).await;
        assert!(replica.price(feed).await.answer.is_some(), "{feed} at {}", replica.name);
    }
    let told = async || {
        let (_, page) = replica.get("/health").await;
        if page.contains(" of 3: ") { Ok(()) } else { Err(page) }
    };
    eventually(&format!("{} says what it leads", replica.name), told).await;
}

#[tokio::test]
async fn ops_10_three_replicas_share_three_keys_and_a_kill_stops_no_feed_and_doubles_no_round() {
    let folder = tempfile::tempdir().expect("a folder");
    let signer = |(id, _): (&str, usize)| {
        format!("[[signers]]\nid = \"{id}\"\nprivate_key_file = \"{}\"\n", folder.path().join(id).display())
    };
    let more: String = NAMED.into_iter().map(signer).collect();
    let stage = Stage::new(Plan { deviation_percent: "0.01", more, ..Plan::default() }).await;
    let keys = Keys::new(&stage, folder.path()).await;
    let (one, two, three) = tokio::join!(keys.serve(&stage, "a"), keys.serve(&stage, "b"), keys.serve(&stage, "c"));
    shared(&[&one, &two, &three], &[1, 1, 1]).await;
    keys.go_on(&stage).await;
    for replica in [&one, &two, &three] {
        reads(replica).await;
    }

    one.kill().await;
    shared(&[&two, &three], &[1, 2]).await;
    keys.go_on(&stage).await;
    let again = keys.serve(&stage, "d").await;
    shared(&[&two, &three, &again], &[1, 1, 1]).await;
    keys.go_on(&stage).await;
    keys.written_by_their_own(&stage).await;
    stage.finish(vec![two, three, again]).await;
}

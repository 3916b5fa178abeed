//! The generated chain holds together, and its endpoint says what a node would say.

use alloy::primitives::{Address, B256, Bytes};
use serde_json::{Value, json};

use super::*;

const CONTRACT: Address = Address::repeat_byte(1);

fn log(tx_index: u64) -> GeneratedLog {
    GeneratedLog { address: CONTRACT, topics: vec![B256::repeat_byte(2)], data: Bytes::from_static(&[3]), tx_index }
}

/// Two transactions, one with two logs, in every third block.
fn thirds(block: u64) -> Vec<GeneratedLog> {
    if block.is_multiple_of(3) { vec![log(0), log(0), log(1)] } else { Vec::new() }
}

struct Fixture {
    chain: Chain,
    server: BlockServer,
}

impl Fixture {
    async fn new(behaviour: Behaviour) -> Self {
        let chain = Chain::builder().height(100).build(thirds);
        let server = BlockServer::start(&chain, behaviour).await.unwrap();
        Self { chain, server }
    }

    async fn post(&self, body: &Value) -> Value {
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::new().post(self.server.url()).json(body).send().await.unwrap().json().await.unwrap()
    }

    async fn call(&self, method: &str, params: Value) -> Value {
        self.post(&json!({ "jsonrpc": "2.0", "id": "x", "method": method, "params": params })).await
    }

    async fn logs(&self, from: u64, to: u64) -> Value {
        let filter = json!({ "fromBlock": format!("{from:#x}"), "toBlock": format!("{to:#x}"), "address": CONTRACT });
        self.call("eth_getLogs", json!([filter])).await
    }
}

#[tokio::test]
async fn blocks_follow_each_other_and_are_found_by_number_and_by_hash() {
    let fixture = Fixture::new(Behaviour::default()).await;
    let by_number = fixture.call("eth_getBlockByNumber", json!(["0x9", false])).await["result"].clone();
    assert_eq!(by_number["hash"], json!(fixture.chain.hash(9)));
    assert_eq!(by_number["parentHash"], json!(fixture.chain.hash(8)));
    assert_eq!(by_number["timestamp"], json!(format!("{:#x}", 1_700_000_018)));
    let by_hash = fixture.call("eth_getBlockByHash", json!([fixture.chain.hash(9), false])).await;
    assert_eq!(by_hash["result"], by_number);
    assert_eq!(fixture.call("eth_getBlockByNumber", json!(["0x65", false])).await["result"], Value::Null);
    let latest = fixture.call("eth_getBlockByNumber", json!(["latest", false])).await;
    assert_eq!(latest["result"]["number"], "0x64");
    let finalized = fixture.call("eth_getBlockByNumber", json!(["finalized", false])).await;
    assert_eq!(finalized["error"]["code"], -39_001);
}

#[tokio::test]
async fn logs_stand_in_order_with_their_place_and_end_at_the_head() {
    let fixture = Fixture::new(Behaviour::default()).await;
    let logs = fixture.logs(98, 200).await["result"].as_array().unwrap().clone();
    assert_eq!(logs.len(), 3, "block 99 alone");
    let place = |log: &Value| (log["logIndex"].clone(), log["transactionIndex"].clone());
    assert_eq!(place(&logs[1]), (json!("0x1"), json!("0x0")));
    assert_eq!(place(&logs[2]), (json!("0x2"), json!("0x1")));
    assert_eq!(logs[0]["transactionHash"], logs[1]["transactionHash"]);
    assert_ne!(logs[1]["transactionHash"], logs[2]["transactionHash"]);
    assert_eq!(logs[0]["blockHash"], json!(fixture.chain.hash(99)));
    assert_eq!(logs[0].get("blockTimestamp"), None);
    let other = json!([{ "fromBlock": "0x0", "toBlock": "0x9", "topics": [[B256::ZERO]] }]);
    assert_eq!(fixture.call("eth_getLogs", other).await["result"], json!([]));
}

#[tokio::test]
async fn a_reorganisation_replaces_the_blocks_from_there_on_and_only_those() {
    struct Forked;
    impl Generator for Forked {
        fn logs(&self, _block: u64) -> Vec<GeneratedLog> {
            vec![log(0)]
        }
        fn logs_on(&self, _block: u64, fork: u32) -> Vec<GeneratedLog> {
            (0..u64::from(fork) + 1).map(log).collect()
        }
    }
    let chain = Chain::builder().height(10).build(Forked);
    let before: Vec<_> = (0..=10).map(|block| chain.hash(block)).collect();
    chain.reorganise(7);
    chain.reorganise(5);
    chain.reorganise(9);
    let logs: Vec<_> = (0..=10).map(|block| chain.logs(block).len()).collect();
    assert_eq!(logs, [1, 1, 1, 1, 1, 3, 3, 3, 3, 4, 4]);
    let kept: Vec<_> = (0..=10).map(|block| chain.hash(block) == before[usize::try_from(block).unwrap()]).collect();
    assert_eq!(kept, [true, true, true, true, true, false, false, false, false, false, false]);
    assert_eq!((chain.find(before[4]), chain.find(before[5])), (Some(4), None));
    chain.reorganise_to(4, 6);
    assert_eq!((chain.height(), chain.find(chain.hash(7))), (6, None));
}

#[tokio::test]
async fn limits_are_told_in_the_words_of_the_vendor() {
    let fixture = Fixture::new(Behaviour { range_cap: 10, most_logs: Some(6), ..Behaviour::default() }).await;
    let words = async |from, to| {
        let error = fixture.logs(from, to).await["error"].clone();
        (error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().to_owned())
    };
    let besu = (-32_005, "Requested range exceeds maximum RPC range limit".to_owned());
    assert_eq!(words(0, 10).await, besu);
    assert_eq!(words(0, 9).await, besu);
    assert_eq!(fixture.logs(1, 6).await["result"].as_array().unwrap().len(), 6);
    fixture.server.change(|behaviour| behaviour.wording = Wording::Infura);
    let text = "query returned more than 6 results. Try with this block range [0x1, 0x8].";
    assert_eq!(words(1, 10).await, (-32_005, text.to_owned()));
    fixture.server.change(|behaviour| behaviour.wording = Wording::Reth);
    assert_eq!(words(0, 10).await, (-32_602, "query exceeds max block range 10".to_owned()));
}

#[tokio::test]
async fn an_endpoint_lags_leaves_out_and_adds_as_it_is_told() {
    let behaviour = Behaviour { behind: 10, omits: Some(4..=8), ..Behaviour::default() };
    let fixture = Fixture::new(behaviour).await;
    assert_eq!(fixture.call("eth_blockNumber", json!([])).await["result"], "0x5a");
    assert_eq!(fixture.call("eth_getBlockByNumber", json!(["0x5b", false])).await["result"], Value::Null);
    assert_eq!(fixture.logs(4, 9).await["result"].as_array().unwrap().len(), 3, "block 6 is left out");
    fixture.server.change(|behaviour| behaviour.strays = 3);
    assert_eq!(fixture.logs(12, 12).await["result"].as_array().unwrap().len(), 6, "block 9 comes along");
}

#[tokio::test]
async fn batches_are_answered_call_by_call_or_refused_as_a_whole() {
    let fixture = Fixture::new(Behaviour::default()).await;
    let batch = json!([
        { "jsonrpc": "2.0", "id": 7, "method": "eth_chainId" },
        { "jsonrpc": "2.0", "id": 8, "method": "eth_sign", "params": [] },
    ]);
    let answers = fixture.post(&batch).await;
    assert_eq!((&answers[0]["id"], &answers[0]["result"]), (&json!(7), &json!("0x8a")));
    assert_eq!((&answers[1]["id"], &answers[1]["error"]["code"]), (&json!(8), &json!(-32_601)));
    fixture.server.change(|behaviour| behaviour.takes_batches = false);
    assert_eq!(fixture.post(&batch).await["error"]["code"], -32_600);
    assert_eq!((fixture.server.requests(), fixture.server.calls("eth_chainId")), (2, 2));
}

#[tokio::test]
async fn receipts_group_the_logs_by_transaction() {
    let fixture = Fixture::new(Behaviour { serves_receipts: true, ..Behaviour::default() }).await;
    let receipts = fixture.call("eth_getBlockReceipts", json!(["0x3"])).await["result"].as_array().unwrap().clone();
    let logs: Vec<_> = receipts.iter().flat_map(|receipt| receipt["logs"].as_array().unwrap().clone()).collect();
    assert_eq!((receipts.len(), json!(logs)), (2, fixture.logs(3, 3).await["result"].clone()));
}

#[tokio::test]
async fn calls_are_answered_by_the_test_or_by_nobody() {
    let fixture = Fixture::new(Behaviour::default()).await;
    let call = json!([{ "to": CONTRACT, "data": "0x01020304" }, "0x5"]);
    assert_eq!(fixture.call("eth_call", call.clone()).await["result"], "0x");
    fixture.server.answer_calls(|call| (call.block == 5).then(|| call.data.clone()));
    assert_eq!(fixture.call("eth_call", call).await["result"], "0x01020304");
    let reverted = fixture.call("eth_call", json!([{ "to": CONTRACT }, "latest"])).await;
    assert_eq!(reverted["error"]["code"], 3);
}

#[tokio::test]
async fn a_busy_endpoint_turns_so_many_requests_away() {
    let busy = Some(Busy { requests: 2, retry_after: Some(9) });
    let fixture = Fixture::new(Behaviour { busy, ..Behaviour::default() }).await;
    for _ in 0..2 {
        assert_eq!(fixture.call("eth_chainId", json!([])).await["error"]["code"], 429);
    }
    assert_eq!(fixture.call("eth_chainId", json!([])).await["result"], "0x8a");
}

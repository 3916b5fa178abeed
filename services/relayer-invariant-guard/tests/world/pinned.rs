//! Endpoints that take no block hashes in calls, as old Besu and Ethermint nodes: they are evidence all the same, unless the
//! block changes while it is read.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use causeway_testkit::fault::RpcProxy;
use relayer_invariant_guard::domain::{evaluate::Verdict, finding::Reason};
use serde_json::{Value, json};

use super::stand::Stand;

/// What is asked at a block.
const PINNED: [&str; 3] = ["eth_call", "eth_getTransactionCount", "eth_getStorageAt"];

fn names_a_hash(params: &Value) -> bool {
    params.as_array().is_some_and(|params| params.iter().any(|one| one.get("blockHash").is_some()))
}

/// Three endpoints of the home chain, each behind a proxy.
async fn proxied(stand: &mut Stand) -> Vec<RpcProxy> {
    let mut proxies = Vec::new();
    for url in &mut stand.home_urls {
        let proxy = RpcProxy::start(url).await.unwrap();
        proxy.url().clone_into(url);
        proxies.push(proxy);
    }
    proxies
}

#[tokio::test]
async fn grd_14_nodes_that_take_no_hashes_are_read_by_height_between_two_looks_at_the_hash() {
    let mut stand = Stand::new("guard_world_no_hashes").await;
    let proxies = proxied(&mut stand).await;
    for method in PINNED {
        proxies[0].fail_for(method, names_a_hash, (-32_602, "Invalid params"));
        // Ethermint answers with nothing.
        proxies[1].rewrite(method, |params, honest| if names_a_hash(params) { json!("0x") } else { honest });
    }
    let evaluation = stand.sweep().await;
    assert_eq!(evaluation.verdict, Verdict::Pass, "{:?} {:?}", evaluation.findings, evaluation.gaps);
    assert_eq!(evaluation.chains[0].voters.len(), 3, "one by hash and two by height say the same");
}

#[tokio::test]
async fn grd_14_a_block_that_changes_while_it_is_read_by_height_is_no_evidence() {
    let mut stand = Stand::new("guard_world_moving").await;
    let proxies = proxied(&mut stand).await;
    for proxy in &proxies[..2] {
        for method in PINNED {
            proxy.fail_for(method, names_a_hash, (-32_602, "Invalid params"));
        }
        let looks = Arc::new(AtomicU64::new(0));
        proxy.rewrite("eth_getBlockByNumber", move |params, mut block| {
            // Each look at a block by its height finds another one there.
            if params.get(0).and_then(Value::as_str).is_some_and(|tag| tag.starts_with("0x")) {
                let look = looks.fetch_add(1, Ordering::Relaxed);
                block["hash"] = json!(format!("0x{look:064x}"));
            }
            block
        });
    }
    assert_eq!(stand.sweep().await.verdict, Verdict::Indeterminate { reason: Reason::NoQuorum });
}

#[tokio::test]
async fn grd_14_a_node_that_lacks_the_block_is_not_asked_for_an_older_one_by_height() {
    let mut stand = Stand::new("guard_world_pruned").await;
    let proxies = proxied(&mut stand).await;
    for proxy in &proxies[..2] {
        proxy.fail_for("eth_call", names_a_hash, (-32_000, "header not found"));
    }
    assert_eq!(stand.sweep().await.verdict, Verdict::Indeterminate { reason: Reason::NoQuorum });
    assert!(proxies[0].calls("eth_call") < 3, "and not asked on");
}

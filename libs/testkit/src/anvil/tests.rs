//! What the rest of the tests rely on: the chain does what its methods say.

use std::time::Duration;

use alloy::primitives::{Bytes, U64};

use super::*;

#[tokio::test]
async fn two_chains_run_side_by_side_under_their_own_ids() {
    let (one, other) = tokio::join!(Anvil::builder().start(), Anvil::builder().chain_id(1_337).start());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_ne!(one.url(), other.url());
    for (anvil, expected) in [(&one, 138), (&other, 1_337)] {
        let id: U64 = anvil.rpc().call("eth_chainId", &()).await.unwrap();
        assert_eq!(id, U64::from(expected));
    }
    assert_eq!(one.accounts().len(), 10);
}

#[tokio::test]
async fn a_manual_chain_waits_and_can_lose_a_transaction() {
    let anvil = Anvil::builder().mining(Mining::Manual).gas_price(0).start().await.unwrap();
    let from = anvil.accounts()[0].address;
    let transaction = serde_json::json!({ "from": from, "to": from, "gasPrice": "0x0", "gas": "0x7530" });
    let hash: B256 = anvil.rpc().call("eth_sendTransaction", &(transaction,)).await.unwrap();
    assert_eq!(anvil.block_number().await.unwrap(), 0);
    assert!(anvil.drop_transaction(hash).await.unwrap());
    assert!(!anvil.drop_transaction(hash).await.unwrap());
    anvil.mine(2).await.unwrap();
    assert_eq!((anvil.block_number().await.unwrap(), anvil.nonce(from).await.unwrap()), (2, 0));
}

#[tokio::test]
async fn an_interval_makes_blocks_by_itself() {
    let anvil = Anvil::builder().mining(Mining::Interval(Duration::from_secs(1))).start().await.unwrap();
    let from = anvil.accounts()[0].address;
    let mined = anvil.send(from, Some(from), &Bytes::new()).await.unwrap();
    assert!(mined.took_effect() && mined.block_number > U64::ZERO);
}

#[tokio::test]
async fn a_reorganisation_takes_transactions_back() {
    let anvil = Anvil::builder().start().await.unwrap();
    let from = anvil.accounts()[0].address;
    anvil.send(from, Some(from), &Bytes::new()).await.unwrap();
    assert_eq!(anvil.nonce(from).await.unwrap(), 1);
    anvil.reorganise(1).await.unwrap();
    assert_eq!((anvil.block_number().await.unwrap(), anvil.nonce(from).await.unwrap()), (1, 0));
}

#[tokio::test]
async fn a_restart_keeps_the_state_and_the_url() {
    let mut anvil = Anvil::builder().start().await.unwrap();
    let (from, url, pid) = (anvil.accounts()[0].address, anvil.url().to_owned(), anvil.pid());
    anvil.send(from, Some(from), &Bytes::new()).await.unwrap();
    anvil.restart().await.unwrap();
    assert_ne!(anvil.pid(), pid);
    assert_eq!((anvil.url(), anvil.nonce(from).await.unwrap()), (url.as_str(), 1));
    assert_eq!(anvil.block_number().await.unwrap(), 1);
}

#[tokio::test]
async fn a_killed_chain_refuses_connections() {
    let mut anvil = Anvil::builder().start().await.unwrap();
    anvil.kill().await.unwrap();
    assert_eq!(anvil.pid(), None);
    assert!(matches!(anvil.block_number().await, Err(Error::Transport { .. })));
}

#[tokio::test]
async fn a_snapshot_brings_the_state_back_once() {
    let anvil = Anvil::builder().start().await.unwrap();
    let from = anvil.accounts()[0].address;
    let before = anvil.snapshot().await.unwrap();
    anvil.send(from, Some(from), &Bytes::new()).await.unwrap();
    assert!(anvil.revert_to(before).await.unwrap());
    assert_eq!(anvil.nonce(from).await.unwrap(), 0);
}
